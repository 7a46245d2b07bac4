"""The import wizard: upload, see what it would bring, import, undo."""

import tempfile

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from accounts.lists import ModelAdmin
from courses.models import Course
from exchange import uploads
from exchange.cartridge_export import write_cartridge
from exchange.course_archive import write_archive
from exchange.models import CourseImport

SHOWN_ITEMS = 500
EXPORT_FORMATS = [
    ("archive", gettext_lazy("Embark archive, restores it exactly")),
    ("cartridge", gettext_lazy("Common Cartridge 1.3, for other systems")),
]
EXPORTS = {"archive": (write_archive, ".embark.zip"), "cartridge": (write_cartridge, ".imscc")}


class UploadForm(forms.ModelForm):
    class Meta:
        model = CourseImport
        fields = ["file", "format"]
        widgets = {"file": UnfoldAdminFileFieldWidget, "format": UnfoldAdminSelectWidget}
        help_texts = {
            "file": gettext_lazy(
                "A .tar.gz of Open edX, an .imscc cartridge, a zip of Markdown, or an Embark archive."
            )
        }


@admin.register(CourseImport)
class CourseImportAdmin(ModelAdmin):
    form = UploadForm
    list_display = ["file_name", "named_state", "found_course", "counts", "owner", "created_at"]
    list_select_related = ["course", "owner"]
    list_filter = ["state"]
    search_fields = ["file_name"]
    list_before_template = "admin/exchange/export.html"
    change_form_outer_before_template = "admin/exchange/import.html"

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/import/", wrap(self.import_view), name="exchange_courseimport_import"),
            path("<int:pk>/undo/", wrap(self.undo_view), name="exchange_courseimport_undo"),
            path("export/", wrap(self.export_view), name="exchange_courseimport_export"),
            *super().get_urls(),
        ]

    def get_queryset(self, request):
        return uploads.visible_to(request.user)

    def has_add_permission(self, request):
        return request.user.has_perm("courses.add_course")

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("courses.add_course")

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        row = uploads.upload(
            file=form.cleaned_data["file"], format=form.cleaned_data["format"], owner=request.user
        )
        obj.pk = row.pk

    def save_related(self, request, form, formsets, change):
        pass

    def log_addition(self, request, obj, message):
        return super().log_addition(request, CourseImport.objects.get(pk=obj.pk), message)

    def add_view(self, request, form_url="", extra_context=None):
        # One button: each upload goes on to its preview.
        extra = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, extra | (extra_context or {}))

    def response_add(self, request, obj, post_url_continue=None):
        return redirect("admin:exchange_courseimport_change", obj.pk)

    def get_fields(self, request, obj=None):
        return ["file", "format"] if obj is None else []

    def change_view(self, request, object_id, form_url="", extra_context=None):
        extra = {"title": _("Import of a course")}
        row = self.get_object(request, object_id)
        if row is not None:
            items = row.report.get("items", [])
            missing = [item for item in items if item["outcome"] != "imported" or item["reason"]]
            extra |= {
                "import": row,
                "job": row.job,
                "items": missing[:SHOWN_ITEMS],
                "more_items": max(len(missing) - SHOWN_ITEMS, 0),
                "may_import": row.state == CourseImport.State.PREVIEW,
                "may_undo": row.state == CourseImport.State.IMPORTED and row.made_course and row.course_id,
                "is_working": row.state in {CourseImport.State.READING, CourseImport.State.WRITING},
            }
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    def changelist_view(self, request, extra_context=None):
        courses = Course.objects.editable_by(request.user).order_by("title").values_list("pk", "title")
        extra = {"export_courses": list(courses[:SHOWN_ITEMS]), "export_formats": EXPORT_FORMATS}
        return super().changelist_view(request, extra | (extra_context or {}))

    def export_view(self, request):
        """A course as a download; its authors and editors alone may have it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        wanted = request.GET.get("course", "")
        courses = Course.objects.editable_by(request.user)
        course = get_object_or_404(courses, pk=int(wanted) if wanted.isdecimal() else 0)
        write, ending = EXPORTS.get(request.GET.get("format"), EXPORTS["archive"])
        file = tempfile.NamedTemporaryFile(prefix="embark-export-", suffix=ending)  # noqa: SIM115  the response closes it
        write(course=course, target=file)
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename=f"{course.slug}{ending}")

    def import_view(self, request, pk):
        return self._do(request, pk, uploads.confirm, _("The import has been started."))

    def undo_view(self, request, pk):
        return self._do(request, pk, uploads.undo, _("The course was taken back."))

    def _do(self, request, pk, verb, done):
        if request.method != "POST" or not self.has_add_permission(request):
            raise PermissionDenied
        if not self.get_queryset(request).filter(pk=pk).exists():
            raise PermissionDenied
        try:
            verb(pk=pk)
        except uploads.NotPossible as error:
            messages.error(request, str(error))
        else:
            messages.success(request, done)
        return redirect("admin:exchange_courseimport_change", pk)

    @display(
        description=gettext_lazy("state"),
        label={
            "imported": "success",
            "refused": "danger",
            "preview": "info",
            "reading": "warning",
            "writing": "warning",
        },
    )
    def named_state(self, row):
        return row.state, row.get_state_display()

    @admin.display(description=gettext_lazy("course"))
    def found_course(self, row):
        if row.course is None:
            return row.outline.get("title", "")
        return format_html(
            '<a href="{}">{}</a>',
            reverse("admin:courses_course_change", args=[row.course_id]),
            row.course.title,
        )

    @admin.display(description=gettext_lazy("parts"))
    def counts(self, row):
        if not row.report:
            return ""
        return _("%(imported)d imported, %(skipped)d skipped, %(failed)d failed") % row.report
