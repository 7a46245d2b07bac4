from django.contrib import admin
from django.db.models import Count
from django.urls import path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.decorators import display

from accounts.lists import ModelAdmin
from accounts.read_only import ReadOnlyModelAdmin
from accounts.tables import TableAdminMixin
from quizzes import authoring
from quizzes.admin import importing
from quizzes.admin.forms import QuestionForm
from quizzes.admin.ownership import OwnedAdmin
from quizzes.models import Question, QuestionBank, QuestionImport, QuestionVersion
from quizzes.tables import QuestionResource


class VersionInline(TabularInline):
    """The history of a question: versions are never changed."""

    model = QuestionVersion
    fields = ["number", "type", "text", "created_at", "created_by"]
    readonly_fields = fields
    extra = 0
    can_delete = False
    tab = True
    show_change_link = False
    ordering = ["-number"]
    verbose_name_plural = gettext_lazy("versions")

    def has_add_permission(self, request, obj):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Question)
class QuestionAdmin(TableAdminMixin, OwnedAdmin, ModelAdmin):
    resource_classes = [QuestionResource]
    form = QuestionForm
    list_display = ["name", "kind", "bank", "tags", "version", "is_retired"]
    list_filter = [("bank", admin.RelatedOnlyFieldListFilter), "current__type", "is_retired"]
    list_select_related = ["bank", "current"]
    search_fields = ["name", "current__text", "tags"]
    show_full_result_count = False
    autocomplete_fields = ["bank", "skills"]
    readonly_fields = ["shown"]
    inlines = [VersionInline]
    fieldsets = [
        (None, {"fields": ["bank", "name", "type", "text", "lines", "explanation", "hints"]}),
        (gettext_lazy("Answers as JSON"), {"fields": ["data"], "classes": ["collapse"]}),
        (gettext_lazy("Where it belongs"), {"fields": ["tags", "skills", "is_retired"]}),
        (gettext_lazy("As learners see it"), {"fields": ["shown"]}),
    ]

    def get_export_queryset(self, request):
        questions = super().get_export_queryset(request)
        return questions.select_related("bank", "current").prefetch_related("skills")

    def has_import_permission(self, request):
        return self.has_change_permission(request)

    @display(description=gettext_lazy("type"), ordering="current__type")
    def kind(self, question):
        return question.current.kind.label if question.current else "–"

    @admin.display(description=gettext_lazy("version"), ordering="current__number")
    def version(self, question):
        return question.current.number if question.current else "–"

    @admin.display(description=gettext_lazy("text and explanation"))
    def shown(self, question):
        if question.current is None:
            return "–"
        return format_html(
            "<div>{}</div><hr><div>{}</div>",
            mark_safe(question.current.text_html),  # noqa: S308  sanitised when it was saved
            mark_safe(question.current.explanation_html),  # noqa: S308
        )

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        authoring.write_version(question=obj, author=request.user, **form.content())

    def has_delete_permission(self, request, obj=None):
        # A question that an attempt saw is retired instead.
        if obj is not None and obj.versions.filter(attempt_questions__isnull=False).exists():
            return False
        return super().has_delete_permission(request, obj)


@admin.register(QuestionBank)
class QuestionBankAdmin(OwnedAdmin, ModelAdmin):
    list_display = ["name", "course", "questions"]
    list_select_related = ["course"]
    search_fields = ["name", "course__title"]
    autocomplete_fields = ["course"]
    list_before_template = "quizzes/admin/import_link.html"
    change_form_outer_before_template = "quizzes/admin/export_links.html"

    def get_urls(self):
        wrap = self.admin_site.admin_view

        def upload(request):
            return importing.upload_view(request, self.admin_site, self.opts)

        return [
            path("import/", wrap(upload), name="quizzes_questionbank_import"),
            path("import/apply/", wrap(importing.apply_view), name="quizzes_questionbank_import_apply"),
            path(
                "<int:pk>/export/<slug:format>/",
                wrap(importing.export_view),
                name="quizzes_questionbank_export",
            ),
            *super().get_urls(),
        ]

    def get_queryset(self, request):
        banks = super().get_queryset(request).annotate(question_count=Count("questions"))
        return banks.order_by("name")  # a count takes the order of the model away

    @admin.display(description=gettext_lazy("questions"), ordering="question_count")
    def questions(self, bank):
        return bank.question_count


@admin.register(QuestionImport)
class QuestionImportAdmin(ReadOnlyModelAdmin):
    list_display = ["file_name", "bank", "format", "created_at", "imported_by", "undone_at"]
    list_select_related = ["bank", "imported_by"]
    fields = ["file_name", "bank", "format", "created_at", "imported_by", "undone_at", "counts", "problems"]
    change_form_outer_before_template = "quizzes/admin/undo_import.html"

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def get_queryset(self, request):
        return super().get_queryset(request).filter(bank__in=QuestionBank.objects.editable_by(request.user))

    def get_urls(self):
        undo = self.admin_site.admin_view(importing.undo_view)
        return [path("<int:pk>/undo/", undo, name="quizzes_questionimport_undo"), *super().get_urls()]

    @admin.display(description=gettext_lazy("report"))
    def counts(self, source):
        words = {
            "found": _("found"),
            "imported": _("imported"),
            "skipped": _("skipped"),
            "failed": _("failed"),
        }
        return ", ".join(f"{source.report.get(key, 0)} {word}" for key, word in words.items())

    @admin.display(description=gettext_lazy("not imported"))
    def problems(self, source):
        rows = (
            (item["path"], item["line"] or "", item["name"] or item["kind"], item["reason"])
            for item in source.report.get("items", ())
            if item["outcome"] != "imported"
        )
        return format_html_join("", "<p>{}:{} {}: {}</p>", rows) or "–"
