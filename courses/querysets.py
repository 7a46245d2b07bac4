"""Reads of courses as composable querysets. Time is a parameter: `published(at=...)` answers for any moment.

Models are named by string or reached through `self.model`, so that `models` can import this module.
"""

from django.apps import apps
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone


def is_published(at, prefix=""):
    """Condition: published, or scheduled for a moment that has come."""
    return Q(**{f"{prefix}status": "published"}) | Q(
        **{f"{prefix}status": "scheduled", f"{prefix}publish_at__lte": at}
    )


class TopicQuerySet(models.QuerySet):
    def with_course_counts(self, at=None):
        """Annotates `course_count`, published courses only."""
        at = at or timezone.now()
        return self.annotate(
            course_count=Count("courses", filter=is_published(at, "courses__"), distinct=True)
        )


class SkillQuerySet(models.QuerySet):
    def of_course(self, course):
        """The skills of a course, annotated `is_taught` and `is_required`."""
        taught = course.skills_taught.through.objects.filter(course=course, skill=OuterRef("pk"))
        required = course.skills_required.through.objects.filter(course=course, skill=OuterRef("pk"))
        skills = self.annotate(is_taught=Exists(taught), is_required=Exists(required))
        return skills.filter(Q(is_taught=True) | Q(is_required=True))


class CourseQuerySet(models.QuerySet):
    def published(self, at=None):
        return self.filter(is_published(at or timezone.now()))

    def editable_by(self, user):
        """Everything for an editor; for an author, the courses that name them."""
        if user.has_perm("courses.edit_any_course"):
            return self
        return self.filter(author_roles__user=user)

    def for_learner(self, learner):
        """Annotates `enrolled_at`, `completed_at`, `percent` of the learner's enrolment (null: none)."""
        if not learner or not learner.is_authenticated:
            null = models.Value(None)
            return self.annotate(
                enrolled_at=models.ExpressionWrapper(null, models.DateTimeField()),
                completed_at=models.ExpressionWrapper(null, models.DateTimeField()),
                percent=models.ExpressionWrapper(null, models.PositiveSmallIntegerField()),
            )
        enrolment = apps.get_model("courses.Enrolment").objects.filter(
            course=OuterRef("pk"), learner=learner, left_at=None
        )
        return self.annotate(
            enrolled_at=Subquery(enrolment.values("enrolled_at")[:1]),
            completed_at=Subquery(enrolment.values("completed_at")[:1]),
            percent=Subquery(enrolment.values("percent")[:1]),
        )

    def with_progress(self, learner, at=None):
        """`for_learner`, and `lesson_total`, `lessons_done` over the lessons published at that time."""
        at = at or timezone.now()
        lesson = apps.get_model("courses.Lesson")
        progress = apps.get_model("courses.LessonProgress")
        published = lesson.objects.filter(is_published(at), course=OuterRef("pk")).order_by()
        done = (
            progress.objects.filter(
                is_published(at, "lesson__"), lesson__course=OuterRef("pk"), completed_at__isnull=False
            )
            .filter(learner=learner if learner and learner.is_authenticated else None)
            .order_by()
        )
        return self.for_learner(learner).annotate(
            lesson_total=count_subquery(published, "course"),
            lessons_done=count_subquery(done, "lesson__course"),
        )

    def with_translations(self):
        """Annotates `has_translations`, so that the many courses without any cost no query for them."""
        copies = self.model.objects.published().filter(translation_of=OuterRef("pk"))
        return self.annotate(has_translations=Q(Exists(copies)) | Q(translation_of__isnull=False))

    def with_rating(self):
        """Annotates `bayesian_rating`: the mean of all stars and of five imagined ratings of 3.5."""
        return self.annotate(
            bayesian_rating=(F("rating_sum") + 17.5) / (F("rating_count") + 5.0),
        )


def count_subquery(rows, group):
    counts = rows.values(group).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counts, output_field=models.IntegerField()), 0)


class CourseManager(models.Manager.from_queryset(CourseQuerySet)):
    def get_queryset(self):
        # A list of courses never needs the vector; it would be most of the bytes fetched. Not for the base
        # manager: refresh_from_db of a field that it defers would fetch, and overwrite, all the others.
        return super().get_queryset().defer("search_vector")


class LessonQuerySet(models.QuerySet):
    def published(self, at=None):
        """Lessons that can be seen: published themselves, in a published course."""
        at = at or timezone.now()
        return self.filter(is_published(at), is_published(at, "course__"))

    def in_order(self):
        """The order of the course: by section, then within it."""
        return self.order_by("section__position", "section_id", "position", "pk")

    def for_learner(self, learner):
        """Annotates `is_done` and `is_opened`."""
        if not learner or not learner.is_authenticated:
            return self.annotate(
                is_done=models.Value(False, models.BooleanField()),
                is_opened=models.Value(False, models.BooleanField()),
            )
        progress = apps.get_model("courses.LessonProgress").objects.filter(
            lesson=OuterRef("pk"), learner=learner
        )
        return self.annotate(
            is_done=Exists(progress.filter(completed_at__isnull=False)), is_opened=Exists(progress)
        )

    def for_reading(self, learner):
        """What the page of one lesson needs: `is_bookmarked`, `has_prerequisites`, and where the learner
        stopped in it (`stopped_block_id`, `stopped_second`, null if nowhere).
        """
        if learner is not None and not learner.is_authenticated:
            learner = None
        progress = apps.get_model("courses.LessonProgress").objects.filter(
            lesson=OuterRef("pk"), learner=learner
        )
        return self.select_related("course", "section").annotate(
            is_bookmarked=Exists(
                apps.get_model("courses.Bookmark").objects.filter(lesson=OuterRef("pk"), learner=learner)
            ),
            has_prerequisites=Exists(
                self.model.prerequisites.through.objects.filter(from_lesson=OuterRef("pk"))
            ),
            stopped_block_id=Subquery(progress.values("block")[:1]),
            stopped_second=Subquery(progress.values("position")[:1]),
        )

    def editable_by(self, user):
        if user.has_perm("courses.edit_any_course"):
            return self
        return self.filter(course__author_roles__user=user)


class LessonManager(models.Manager.from_queryset(LessonQuerySet)):
    def get_queryset(self):
        return super().get_queryset().defer("search_vector", "search_text")


class BlockQuerySet(models.QuerySet):
    def for_reading(self):
        return self.select_related("asset").defer("source").order_by("position", "pk")


class EnrolmentQuerySet(models.QuerySet):
    def active(self):
        return self.filter(left_at=None)

    def running(self, at=None):
        """Active, and the cohort, where there is one, has started and is not over."""
        at = at or timezone.now()
        return self.active().filter(
            Q(cohort=None)
            | Q(cohort__starts_at__lte=at) & (Q(cohort__ends_at=None) | Q(cohort__ends_at__gt=at))
        )

    def with_new_lessons(self, at=None):
        """Annotates `new_lessons`: published since the learner enrolled, and not opened yet."""
        at = at or timezone.now()
        opened = apps.get_model("courses.LessonProgress").objects.filter(
            lesson=OuterRef("pk"), learner=OuterRef(OuterRef("learner"))
        )
        lessons = (
            apps.get_model("courses.Lesson")
            .objects.filter(
                is_published(at), course=OuterRef("course"), published_at__gt=OuterRef("enrolled_at")
            )
            .exclude(Exists(opened))
            .order_by()
        )
        return self.annotate(new_lessons=count_subquery(lessons, "course"))

    def current(self):
        """Active and not yet completed, the most recently opened first."""
        return (
            self.active()
            .filter(completed_at=None)
            .order_by(F("last_opened_at").desc(nulls_last=True), "-enrolled_at")
        )


class CommentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Visible and deleted-with-replies ones, and a person's own that wait; everything for a moderator."""
        # Permissions cost two queries to read: only staff can have this one.
        if user is not None and user.is_staff and user.has_perm("courses.moderate_comment"):
            return self
        shown = Q(status__in=["visible", "deleted"])
        if user is not None and user.is_authenticated:
            shown |= Q(status="pending", author=user)
        return self.filter(shown)

    def awaiting_moderation(self):
        return self.filter(status="pending")


class CommentManager(models.Manager.from_queryset(CommentQuerySet)):
    def get_queryset(self):
        return super().get_queryset().defer("search_vector")


class CertificateQuerySet(models.QuerySet):
    def valid(self):
        return self.filter(revoked_at=None)
