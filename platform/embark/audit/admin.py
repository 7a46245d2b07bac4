"""The audit log in the admin: to find, to read, never to change."""

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.utils import unquote
from django.http import Http404
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateFilter,
)
from unfold.decorators import display
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList

from accounts.read_only import ReadOnlyModelAdmin
from embark.audit import reading
from embark.audit.models import Change

PERMISSION = "embark.view_change"


class KindFilter(DropdownFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        return reading.kinds()

    def queryset(self, request, queryset):
        return queryset.filter(kind=self.value()) if self.value() else queryset


class AboutFilter(admin.SimpleListFilter):
    """One object with its parts, as the link of the object's own page asks for it: courses.course:7."""

    title = gettext_lazy("object")
    parameter_name = "about"

    def lookups(self, request, model_admin):
        asked = request.GET.get(self.parameter_name, "")
        return [(asked, asked)] if asked else []

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        kind, _colon, key = self.value().partition(":")
        return queryset.about(kind, int(key)) if key.isascii() and key.isdecimal() else queryset.none()


class Log(ChangeList):
    """A page of changes in words."""

    def get_results(self, request):
        super().get_results(request)
        self.result_list = reading.tell(self.result_list)


@admin.register(Change)
class ChangeAdmin(ReadOnlyModelAdmin):
    list_display = ["at", "by", "object_shown", "act_shown", "sentence"]
    list_filter = [
        AboutFilter,
        KindFilter,
        ("act", ChoicesDropdownFilter),
        ("user", AutocompleteSelectFilter),
        ("at", RangeDateFilter),
    ]
    list_filter_submit = True
    search_fields = ["name", "request"]
    search_help_text = gettext_lazy("The object's title, or the id of a request")
    list_select_related = ["user"]
    list_per_page = 50
    show_full_result_count = False
    # Counting a log that only grows would read all of it for each page.
    paginator = InfinitePaginator
    fields = ["at", "by", "object_shown", "act", "request", "network", "job_shown", "compared"]
    readonly_fields = fields

    def get_changelist(self, request, **kwargs):
        return Log

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return super().change_view(
            request, object_id, form_url, {"show_history": False} | (extra_context or {})
        )

    def get_object(self, request, object_id, from_field=None):
        kind, _colon, number = unquote(object_id).rpartition(":")
        if not (number.isascii() and number.isdecimal()):
            return None
        # By its parts, which the tables know by an index; the view's own key is put together from them.
        change = self.get_queryset(request).select_related("user").filter(kind=kind, number=number).first()
        return reading.tell([change])[0] if change is not None else None

    @admin.display(description=gettext_lazy("by"))
    def by(self, change):
        if change.user_id is None:
            return _("the system")
        # A person who was erased left a number.
        return str(change.user) if change.user is not None else f"#{change.user_id}"

    @admin.display(description=gettext_lazy("object"))
    def object_shown(self, change):
        told = change.told
        name = told.name or told.parent
        where = (
            (change.kind, change.object_id)
            if told.name or not change.parent_kind
            else (change.parent_kind, change.parent_id)
        )
        link = _link(*where)
        text = f"{told.kind}: {name}" if name else told.kind
        return format_html('<a href="{}">{}</a>', link, text) if link else text

    @display(
        description=gettext_lazy("act"),
        label={Change.Act.ADDED: "success", Change.Act.CHANGED: "info", Change.Act.REMOVED: "danger"},
    )
    def act_shown(self, change):
        return change.act, change.get_act_display()

    @admin.display(description=gettext_lazy("what"))
    def sentence(self, change):
        return change.told.sentence

    @admin.display(description=gettext_lazy("job"))
    def job_shown(self, change):
        if change.job_id is None:
            return "–"
        link = reverse("admin:jobs_job_change", args=[change.job_id])
        return format_html('<a href="{}">#{}</a>', link, change.job_id)

    @admin.display(description=gettext_lazy("before and afterwards"))
    def compared(self, change):
        return render_to_string("admin/audit/compared.html", {"fields": change.told.fields})


def _link(kind, key):
    """The admin page of an object, "" where it has none."""
    try:
        return reverse(f"admin:{kind.replace('.', '_')}_change", args=[key])
    except NoReverseMatch:
        return ""


def history(request, app, model, pk):
    """What "History" of an object leads to: its audit log, where it has one and the person may see it."""
    kind = f"{app}.{model}"
    if request.user.has_perm(PERMISSION) and kind in reading.tables():
        about = urlencode({"about": f"{kind}:{pk}"})
        return redirect(f"{reverse('admin:embark_change_changelist')}?{about}")
    return _model_admin(app, model).history_view(request, str(pk))


def _model_admin(app, model):
    try:
        return admin.site.get_model_admin(apps.get_model(app, model))
    except (LookupError, NotRegistered):
        raise Http404 from None
