from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.decorators import display

from accounts.lists import ModelAdmin
from accounts.read_only import ReadOnlyModelAdmin
from accounts.searching import TwoStepSearch
from accounts.tables import TableAdminMixin
from quizzes import agreeing, grading
from quizzes.admin.forms import AccommodationForm, MarkForm
from quizzes.models import Accommodation, Attempt, AttemptQuestion, AttemptStep, Prolongation, Quiz
from quizzes.presentation import present_all
from quizzes.review import EVERYTHING
from quizzes.tables import AccommodationResource


class StepInline(TabularInline):
    model = AttemptStep
    fields = ["sequence", "kind", "payload", "actor", "client_time", "created_at"]
    readonly_fields = fields
    extra = 0
    can_delete = False
    tab = True
    verbose_name_plural = gettext_lazy("steps")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("actor")

    def has_add_permission(self, request, obj):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class ProlongationInline(TabularInline):
    model = Prolongation
    fields = ["created_at", "pause", "deadline_before", "deadline_after"]
    readonly_fields = fields
    extra = 0
    can_delete = False
    tab = True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("pause")

    def has_add_permission(self, request, obj):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("quizzes.view_attempt")


@admin.register(Attempt)
class AttemptAdmin(TwoStepSearch, ReadOnlyModelAdmin):
    list_display = ["quiz", "learner", "number", "outcome", "percentage", "started_at", "submitted_at"]
    list_filter = ["state", "passed", "is_preview"]
    list_select_related = ["quiz", "learner"]
    search_fields = ["quiz__title", "learner__email", "learner__display_name"]
    show_full_result_count = False
    date_hierarchy = None
    list_before_template = "quizzes/admin/queue_link.html"
    change_form_outer_before_template = "quizzes/admin/mark_link.html"
    inlines = [StepInline, ProlongationInline]
    fields = [
        "quiz", "learner", "number", "outcome", "percentage", "mark", "max_mark", "credits_earned",
        "started_at", "deadline", "submitted_at", "answers",
    ]  # fmt: skip

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def get_queryset(self, request):
        attempts = super().get_queryset(request)
        if request.user.has_perm(agreeing.ANY):
            return attempts
        return attempts.filter(quiz__in=Quiz.objects.editable_by(request.user))

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("queue/", wrap(self.queue_view), name="quizzes_attempt_queue"),
            path("<int:pk>/mark/<int:position>/", wrap(self.mark_view), name="quizzes_attempt_mark"),
            *super().get_urls(),
        ]

    @display(
        description=gettext_lazy("outcome"),
        label={"passed": "success", "failed": "danger", "waiting": "warning", "running": "info"},
    )
    def outcome(self, attempt):
        if attempt.is_running:
            return "running", _("in progress")
        if attempt.passed is None:
            return "waiting", _("waiting for a mark")
        return ("passed", _("passed")) if attempt.passed else ("failed", _("not passed"))

    @admin.display(description=gettext_lazy("percent"))
    def percentage(self, attempt):
        return "–" if attempt.percent is None else f"{attempt.percent:.1f}"

    @admin.display(description=gettext_lazy("answers"))
    def answers(self, attempt):
        rows = (
            (
                question.position,
                question.version.kind.summarise(question.version.data, question.response, question.variant)
                or "–",
                "–" if question.mark is None else f"{question.mark:g} / {question.max_mark:g}",
            )
            for question in attempt.questions.select_related("version")
            if question.version.kind.is_graded
        )
        return format_html_join("", "<p>{}. {} <strong>{}</strong></p>", rows)

    def _check(self, request):
        if not request.user.has_perm("quizzes.grade_quiz"):
            raise PermissionDenied

    def queue_view(self, request):
        """Answers that wait for a person, the oldest first."""
        self._check(request)
        waiting = (
            AttemptQuestion.objects.filter(mark=None, attempt__state=Attempt.State.SUBMITTED)
            .filter(attempt__quiz__in=Quiz.objects.editable_by(request.user))
            .select_related("attempt__quiz", "attempt__learner", "version__question")
            .order_by("attempt__submitted_at", "pk")
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Answers to mark"),
            "page": Paginator(waiting, 50).get_page(request.GET.get("page")),
        }
        return render(request, "quizzes/admin/queue.html", context)

    def mark_view(self, request, pk, position):
        """One answer beside the question, its notes for markers and the form for its mark."""
        self._check(request)
        attempt = get_object_or_404(self.get_queryset(request).select_related("quiz"), pk=pk)
        question = get_object_or_404(
            attempt.questions.select_related("version", "marked_by"), position=position
        )
        initial = {"mark": question.mark, "comment": question.comment}
        form = MarkForm(request.POST or None, initial=initial)
        if request.method == "POST" and form.is_valid():
            try:
                grading.mark_by_hand(
                    attempt=attempt, position=position, actor=request.user, **form.cleaned_data
                )
            except grading.MarkingError as error:
                form.add_error("mark" if question.mark is None else "reason", str(error))
            else:
                messages.success(request, _("The mark is kept."))
                return redirect("admin:quizzes_attempt_queue")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Mark an answer"),
            "attempt": attempt,
            "question": present_all([question], reveal=EVERYTHING)[0],
            "answer": question.version.kind.summarise(
                question.version.data, question.response, question.variant
            ),
            "notes": question.version.data.get("grader_notes", ""),
            "form": form,
        }
        return render(request, "quizzes/admin/mark.html", context)


@admin.register(Accommodation)
class AccommodationAdmin(TableAdminMixin, ModelAdmin):
    resource_classes = [AccommodationResource]
    list_display = [
        "learner",
        "quiz",
        "extra_time_percent",
        "extra_attempts",
        "extra_days",
        "closes_at",
        "note",
    ]
    form = AccommodationForm
    fields = [
        "email",
        "quiz",
        "extra_time_percent",
        "extra_attempts",
        "extra_days",
        "closes_at",
        "note",
    ]
    list_select_related = ["learner", "quiz"]
    search_fields = ["learner__email", "learner__display_name", "quiz__title"]
    autocomplete_fields = ["quiz"]
    show_full_result_count = False

    def get_queryset(self, request):
        mine = agreeing.reachable_by(request.user)
        return super().get_queryset(request).filter(pk__in=mine.values("pk"))

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"user": request.user})

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "quiz":
            # What an autocomplete field takes is not what it offers: both are a person's own.
            kwargs["queryset"] = Quiz.objects.editable_by(request.user)
            kwargs["required"] = not request.user.has_perm(agreeing.ANY)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_import_permission(self, request):
        return self.has_add_permission(request) and self.has_change_permission(request)
