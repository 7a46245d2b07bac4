"""Who may read what."""

import enum
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from courses.models import Enrolment, Lesson, LessonProgress, Status


class Access(enum.Enum):
    OPEN = "open"
    SIGN_IN = "sign in"  # a visitor, at a lesson that isn't a preview
    ENROL = "enrol"  # signed in, not in the course
    WAIT = "wait"  # the cohort has not started, or is over
    FIRST = "first"  # other lessons come before this one


@dataclass(frozen=True)
class Decision:
    """Whether a lesson opens for a learner, and what the page needs to say if not."""

    access: Access
    enrolment: Enrolment | None = None
    starts_at: datetime | None = None
    missing: list[Lesson] = field(default_factory=list)

    @property
    def is_open(self):
        return self.access is Access.OPEN


def decide(lesson, learner, *, at=None):
    """The decision for a published lesson of a published course; at most two queries."""
    at = at or timezone.now()
    signed_in = learner is not None and learner.is_authenticated
    enrolment = active_enrolment(lesson.course, learner) if signed_in else None
    if lesson.is_preview:
        return Decision(Access.OPEN, enrolment)
    if not signed_in:
        return Decision(Access.SIGN_IN)
    if enrolment is None:
        return Decision(Access.ENROL)
    cohort = enrolment.cohort
    if cohort is not None and not (
        cohort.starts_at <= at and (cohort.ends_at is None or at < cohort.ends_at)
    ):
        return Decision(Access.WAIT, enrolment, starts_at=cohort.starts_at)
    # A queryset that annotated `has_prerequisites` saves the query for the many lessons that have none.
    if getattr(lesson, "has_prerequisites", True):
        done = LessonProgress.objects.filter(learner=learner, completed_at__isnull=False).values("lesson")
        missing = list(lesson.prerequisites.published(at).exclude(pk__in=done).select_related("course"))
        if missing:
            return Decision(Access.FIRST, enrolment, missing=missing)
    return Decision(Access.OPEN, enrolment)


def can_read(lesson, learner, *, at=None):
    """Whether the lesson is published and open to this learner (None or anonymous: a visitor)."""
    return (
        is_published(lesson, at)
        and is_published(lesson.course, at)
        and decide(lesson, learner, at=at).is_open
    )


def can_edit(course, user):
    """Whether a person may see drafts of a course and change it."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return False
    return user.has_perm("courses.edit_any_course") or course.author_roles.filter(user=user).exists()


def is_published(item, at=None):
    """Whether a course or lesson, taken by itself, is published at that time."""
    if item.status == Status.SCHEDULED:
        return item.publish_at <= (at or timezone.now())
    return item.status == Status.PUBLISHED


def active_enrolment(course, learner):
    """The enrolment with its cohort, or None. One query."""
    return Enrolment.objects.active().filter(learner=learner, course=course).select_related("cohort").first()
