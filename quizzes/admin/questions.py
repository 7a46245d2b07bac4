from django.contrib import admin
from django.db.models import Count
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from accounts.read_only import ReadOnlyModelAdmin
from quizzes import authoring
from quizzes.admin.forms import QuestionForm
from quizzes.models import Question, QuestionBank, QuestionImport, QuestionVersion


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
class QuestionAdmin(ModelAdmin):
    form = QuestionForm
    list_display = ["name", "kind", "bank", "tags", "version", "is_retired"]
    list_filter = ["bank", "current__type", "is_retired"]
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
class QuestionBankAdmin(ModelAdmin):
    list_display = ["name", "questions"]
    search_fields = ["name"]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(question_count=Count("questions"))

    @admin.display(description=gettext_lazy("questions"), ordering="question_count")
    def questions(self, bank):
        return bank.question_count


@admin.register(QuestionImport)
class QuestionImportAdmin(ReadOnlyModelAdmin):
    list_display = ["file_name", "bank", "format", "created_at", "imported_by", "undone_at"]
    list_select_related = ["bank", "imported_by"]
    fields = ["file_name", "bank", "format", "created_at", "imported_by", "undone_at", "report"]
