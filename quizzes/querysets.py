"""Reads of quizzes and attempts as composable querysets; time is a parameter."""

from django.apps import apps
from django.db import models
from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from courses.querysets import is_published


class QuizQuerySet(models.QuerySet):
    def published(self):
        return self.filter(status="published")

    def open(self, at=None):
        """Published quizzes that can be started at that moment."""
        at = at or timezone.now()
        return self.published().filter(
            Q(opens_at=None) | Q(opens_at__lte=at), Q(closes_at=None) | Q(closes_at__gt=at)
        )

    def reachable(self, at=None):
        """Published quizzes whose lesson, where they have one, is published too at that moment."""
        at = at or timezone.now()
        return self.published().filter(Q(lesson=None) | is_published(at, "lesson__"))

    def findable(self, at=None):
        """Published quizzes whose lesson and course, where they have one, are published too."""
        at = at or timezone.now()
        return self.reachable(at).filter(
            Q(lesson=None) | is_published(at, "lesson__course__"),
            Q(course=None) | is_published(at, "course__"),
        )

    def for_learner(self, learner):
        """Annotates `is_passed`, `attempts_made`, `best_percent` and `running` (public id of the open
        attempt).
        """
        if not learner or not learner.is_authenticated:
            return self.annotate(
                is_passed=models.Value(False, models.BooleanField()),
                attempts_made=models.Value(0, models.IntegerField()),
                best_percent=models.ExpressionWrapper(models.Value(None), models.FloatField()),
                running=models.ExpressionWrapper(models.Value(None), models.UUIDField()),
            )
        attempts = (
            apps.get_model("quizzes.Attempt")
            .objects.filter(quiz=OuterRef("pk"), learner=learner, is_preview=False)
            .order_by()
        )
        made = attempts.exclude(state="in_progress").values("quiz")
        best = attempts.filter(max_mark__gt=0).values("quiz")
        return self.annotate(
            is_passed=Exists(attempts.filter(passed=True)),
            attempts_made=Coalesce(
                Subquery(made.annotate(n=Count("pk")).values("n"), output_field=models.IntegerField()), 0
            ),
            best_percent=Subquery(
                best.annotate(best=Max(100 * F("mark") / F("max_mark"))).values("best"),
                output_field=models.FloatField(),
            ),
            running=Subquery(attempts.filter(state="in_progress").values("public_id")[:1]),
        )

    def with_question_count(self):
        """Annotates `question_count`."""
        slots = apps.get_model("quizzes.QuizSlot").objects.filter(quiz=OuterRef("pk")).order_by()
        counted = slots.exclude(question__current__type="text_block").values("quiz")
        return self.annotate(
            question_count=Coalesce(
                Subquery(counted.annotate(n=Count("pk")).values("n"), output_field=models.IntegerField()), 0
            )
        )

    def editable_by(self, user):
        """Everything for an editor; for an author, the quizzes of the courses that name them."""
        if user.has_perm("quizzes.edit_any_quiz"):
            return self
        return self.filter(course__author_roles__user=user)


class QuizManager(models.Manager.from_queryset(QuizQuerySet)):
    def get_queryset(self):
        # A list of quizzes never needs the vector.
        return super().get_queryset().defer("search_vector")


class AttemptQuerySet(models.QuerySet):
    def of(self, learner):
        """Attempts of one learner, without previews."""
        return self.filter(learner=learner, is_preview=False)

    def finished(self):
        return self.exclude(state="in_progress")

    def due(self, at=None):
        """Running attempts whose time is up."""
        return self.filter(state="in_progress", deadline__lte=at or timezone.now())

    def for_statistics(self):
        """The first attempt of each learner, if it is marked, as item analysis assumes independent attempts.

        An editor who tried the quiz in a preview took the numbers of those away: theirs is the first after.
        """
        attempts = apps.get_model("quizzes.Attempt").objects.filter(is_preview=False)
        earlier = attempts.filter(
            quiz=OuterRef("quiz"), learner=OuterRef("learner"), number__lt=OuterRef("number")
        )
        first = Q(number=1) | Q(learner__isnull=False) & ~Exists(earlier)
        return self.filter(first, state="graded", is_preview=False)

    def credits(self):
        return self.aggregate(total=Coalesce(Sum("credits_earned"), 0))["total"]
