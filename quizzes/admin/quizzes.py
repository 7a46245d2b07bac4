from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import TabularInline
from unfold.decorators import action, display

from accounts.bulk import states_counts
from accounts.lists import ModelAdmin
from courses.models import Cohort
from courses.querysets import count_subquery
from quizzes import authoring
from quizzes.admin import plans
from quizzes.admin.forms import QuizForm, RegradeForm
from quizzes.admin.ownership import OwnedAdmin, SlotFormSet
from quizzes.models import Attempt, DueDate, Quiz, QuizSlot
from quizzes.regrade import regrade
from quizzes.rendering import to_html
from quizzes.reports import quiz_report


class SlotInline(TabularInline):
    model = QuizSlot
    extra = 0
    tab = True
    fields = ["position", "page", "section", "question", "draw_bank", "draw_tag", "draw_skill", "max_mark"]
    autocomplete_fields = ["question", "draw_bank", "draw_skill"]
    ordering_field = "position"
    hide_ordering_field = False
    formset = SlotFormSet

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        formset.user = request.user
        return formset


class DueDateInline(TabularInline):
    model = DueDate
    extra = 0
    tab = True
    fields = ["cohort", "due_at", "days_after_start"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "cohort":
            quiz = request.resolver_match.kwargs.get("object_id")
            kwargs["queryset"] = Cohort.objects.filter(course__quizzes=quiz or None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Quiz)
class QuizAdmin(OwnedAdmin, ModelAdmin):
    form = QuizForm
    list_display = [
        "title",
        "state",
        "course",
        "credits",
        "pass_mark",
        "questions",
        "attempts_made",
        "updated_at",
    ]
    list_filter = ["status", "level", "language", "behaviour"]
    list_select_related = ["course"]
    search_fields = ["title", "slug", "course__title"]
    show_full_result_count = False
    autocomplete_fields = ["course", "lesson", "topics"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["published_at"]
    inlines = [SlotInline, DueDateInline]
    actions = ["publish_selected", "unpublish_selected"]
    change_form_outer_before_template = "quizzes/admin/quiz_acts.html"
    fieldsets = [
        (None, {"fields": ["title", "slug", "description", "course", "lesson", "topics", "level",
        "language"]}), (
            gettext_lazy("Credits and passing"),
            {
                "fields": [
                    "credits", "perfect_credits", "improvement_credits", "pass_mark", "grading",
                    "grade_bands",
                ],
                "classes": ["tab"],
            },
        ),
        (
            gettext_lazy("Attempts and time"),
            {
                "fields": [
                    "attempts_allowed", "attempt_delay", "attempt_price", "hint_price", "time_limit",
                    "opens_at", "closes_at",
                ],
                "classes": ["tab"],
            },
        ),
        (
            gettext_lazy("Behaviour"),
            {
                "fields": [
                    "behaviour", "tries", "penalty", "navigation", "one_per_page", "shuffle_questions",
                    "shuffle_answers", "show_marks", "show_answers",
                ],
                "classes": ["tab"],
            },
        ),
        (
            gettext_lazy("Access"),
            {"fields": ["password", "ip_ranges", "logs_focus", "open_to_visitors", "published_at"],
            "classes": ["tab"]},
        ),
    ]  # fmt: skip

    def get_queryset(self, request):
        # Counted for the rows of a page alone: a join would count the attempts of every quiz, twice.
        attempts = Attempt.objects.filter(quiz=OuterRef("pk"), is_preview=False).order_by()
        quizzes = super().get_queryset(request).with_question_count()
        return quizzes.annotate(attempt_count=count_subquery(attempts, "quiz"))

    @display(
        description=gettext_lazy("status"),
        label={"published": "success", "draft": "info", "archived": "warning"},
        ordering="status",
    )
    def state(self, quiz):
        return quiz.status, quiz.get_status_display()

    @admin.display(description=gettext_lazy("questions"))
    def questions(self, quiz):
        return quiz.question_count

    @admin.display(description=gettext_lazy("attempts"), ordering="attempt_count")
    def attempts_made(self, quiz):
        return quiz.attempt_count

    def save_model(self, request, obj, form, change):
        obj.description_html = to_html(obj.description)
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request, obj=None):
        # Attempts, and with them credits, lead back to their quiz.
        if obj is not None and obj.attempts.exists():
            return False
        return super().has_delete_permission(request, obj)

    # ------------------------------------------------------------------------------------------ acts

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/publish/", wrap(self.publish_view), name="quizzes_quiz_publish"),
            path("<int:pk>/unpublish/", wrap(self.unpublish_view), name="quizzes_quiz_unpublish"),
            path("<int:pk>/statistics/", wrap(self.statistics_view), name="quizzes_quiz_statistics"),
            path("<int:pk>/regrade/", wrap(self.regrade_view), name="quizzes_quiz_regrade"),
            *super().get_urls(),
        ]

    def _quiz(self, request, pk, *, change=False):
        if change and (request.method != "POST" or not self.has_change_permission(request)):
            raise PermissionDenied
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def publish_view(self, request, pk):
        quiz = self._quiz(request, pk, change=True)
        try:
            authoring.publish(quiz=quiz)
        except authoring.AuthoringError as error:
            for problem in error.problems:
                messages.error(request, problem)
        else:
            messages.success(request, _("“%(quiz)s” is open to learners.") % {"quiz": quiz.title})
        return redirect("admin:quizzes_quiz_change", pk)

    def unpublish_view(self, request, pk):
        quiz = self._quiz(request, pk, change=True)
        authoring.unpublish(quiz=quiz)
        messages.success(request, _("“%(quiz)s” is a draft again.") % {"quiz": quiz.title})
        return redirect("admin:quizzes_quiz_change", pk)

    @action(description=gettext_lazy("Publish those that are ready"), permissions=["change"])
    @states_counts(plans.publish)
    def publish_selected(self, request, queryset):
        published, refused = authoring.publish_many(quizzes=queryset)
        count = len(published)
        text = ngettext("%(n)d quiz is open to learners.", "%(n)d quizzes are open to learners.", count)
        messages.success(request, text % {"n": count})
        for quiz, sentences in refused.items():
            messages.warning(request, f"{quiz.title}: {' '.join(sentences)}")

    @action(description=gettext_lazy("Take back to draft"), permissions=["change"])
    @states_counts(plans.unpublish)
    def unpublish_selected(self, request, queryset):
        count = 0
        for quiz in queryset.exclude(status=Quiz.Status.DRAFT):
            authoring.unpublish(quiz=quiz)
            count += 1
        text = ngettext("%(n)d quiz is a draft now.", "%(n)d quizzes are drafts now.", count)
        messages.success(request, text % {"n": count})

    def statistics_view(self, request, pk):
        quiz = self._quiz(request, pk)
        context = {"title": _("Statistics of “%(quiz)s”") % {"quiz": quiz.title}, "quiz": quiz}
        return self._render(request, "quizzes/admin/statistics.html", context | {"report": quiz_report(quiz)})

    def regrade_view(self, request, pk):
        """The dry run first; the same page applies it."""
        quiz = self._quiz(request, pk)
        if not request.user.has_perm("quizzes.grade_quiz"):
            raise PermissionDenied
        form = RegradeForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            outcome = regrade(
                quiz=quiz, actor=request.user, reason=form.cleaned_data["reason"], dry_run=False
            )
            sentence = ngettext(
                "%(attempts)d attempt marked again, %(changes)d changed.",
                "%(attempts)d attempts marked again, %(changes)d changed.",
                outcome.attempts,
            )
            counts = {"attempts": outcome.attempts, "changes": len(outcome.changes)}
            messages.success(request, sentence % counts)
            return redirect("admin:quizzes_quiz_change", pk)
        context = {
            "title": _("Mark “%(quiz)s” again") % {"quiz": quiz.title},
            "quiz": quiz,
            "outcome": regrade(quiz=quiz, actor=request.user),
            "form": form,
        }
        return self._render(request, "quizzes/admin/regrade.html", context)

    def _render(self, request, template, context):
        return render(
            request, template, {**self.admin_site.each_context(request), "opts": self.opts, **context}
        )
