"""Reading: opening lessons, completing them, and how far a learner is."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, OuterRef, Q
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from activity import events
from courses import completion, goals
from courses.access import active_enrolment, can_read
from courses.errors import Refused
from courses.models import Enrolment, Lesson, LessonProgress
from courses.querysets import count_subquery, is_published

# A report of reading time covers at most this many seconds: a lesson left open overnight is not eight hours
# of reading.
LONGEST_REPORT = 120


@dataclass(frozen=True)
class Progress:
    """`percent` never falls and never passes 100; `new_lessons` came after the learner enrolled, unopened."""

    done: int
    total: int
    percent: int
    new_lessons: int
    completed_at: datetime | None = None


@transaction.atomic
def open_lesson(*, lesson, learner, now=None, context=None):
    """Note that a learner opened a lesson: where to continue from, and an event. Three statements.

    The caller has checked that the lesson may be read.
    """
    now = now or timezone.now()
    _ensure_opened(lesson, learner, now)
    Enrolment.objects.active().filter(learner=learner, course=lesson.course_id).update(
        last_lesson=lesson, last_opened_at=now
    )
    events.record(
        verb="viewed", kind="lesson", object_id=lesson.pk, learner=learner, occurred_at=now, context=context
    )


@transaction.atomic
def complete_lesson(*, lesson, learner, now=None, context=None):
    """Mark a lesson as read; returns whether that was new. Completes the course if nothing is missing.

    Raises Refused if the learner may not read it.
    """
    now = now or timezone.now()
    if not can_read(lesson, learner, at=now):
        raise Refused(_("Enrol in the course to complete its lessons."))
    _ensure_opened(lesson, learner, now)
    fresh = LessonProgress.objects.filter(learner=learner, lesson=lesson, completed_at=None).update(
        completed_at=now
    )
    if not fresh:
        return False
    events.record(
        verb="completed",
        kind="lesson",
        object_id=lesson.pk,
        learner=learner,
        occurred_at=now,
        context=context,
    )
    goals.note_study(learner=learner, lessons=1, now=now)
    enrolment = active_enrolment(lesson.course, learner)
    if enrolment is not None:
        done, total = _counts(lesson.course, learner, now)
        Enrolment.objects.filter(pk=enrolment.pk).update(
            percent=Greatest(F("percent"), _percent(done, total))
        )
        completion.update(course=lesson.course, learner=learner, now=now, context=context)
    return True


@transaction.atomic
def remember_place(*, lesson, learner, block=None, position=None, seconds=0, now=None):
    """Save where a learner is in a lesson (block, second of a video) and add reading time."""
    now = now or timezone.now()
    seconds = max(0, min(int(seconds), LONGEST_REPORT))
    _ensure_opened(lesson, learner, now)
    changes = {"seconds": F("seconds") + seconds, "updated_at": now}
    if block is not None and block.lesson_id == lesson.pk:
        changes["block"] = block
    if position is not None:
        changes["position"] = max(0, min(int(position), 24 * 3600))
    LessonProgress.objects.filter(learner=learner, lesson=lesson).update(**changes)
    # The day before the enrolment, as in `complete_lesson`: the two come at once when a page is left.
    if seconds:
        goals.note_study(learner=learner, seconds=seconds, now=now)
    if "block" in changes:
        Enrolment.objects.active().filter(learner=learner, course=lesson.course_id).update(
            last_lesson=lesson, last_block=block
        )


def course_progress(course, learner, *, enrolment=None, at=None):
    """How far a learner is in a course, or None if not enrolled. Two queries (three without `enrolment`)."""
    at = at or timezone.now()
    enrolment = enrolment or active_enrolment(course, learner)
    if enrolment is None:
        return None
    done, total = _counts(course, learner, at)
    new = (
        Lesson.objects.published(at)
        .filter(course=course, published_at__gt=enrolment.enrolled_at)
        .for_learner(learner)
        .filter(is_opened=False)
        .count()
    )
    return Progress(
        done=done,
        total=total,
        percent=max(enrolment.percent, _percent(done, total)),
        new_lessons=new,
        completed_at=enrolment.completed_at,
    )


@transaction.atomic
def settle(*, course, at=None):
    """Raise the stored share of every learner of a course to what it is now, in one statement.

    Called when a lesson is taken away: what learners have then seen must not fall when another is added.
    """
    published = Lesson.objects.filter(is_published(at or timezone.now()), course=course).order_by()
    total = published.count()
    if not total:
        return
    done = LessonProgress.objects.filter(
        learner=OuterRef("learner"), completed_at__isnull=False, lesson__in=published.values("pk")
    ).order_by()
    share = count_subquery(done, "learner") * 100 / total
    Enrolment.objects.active().filter(course=course).update(percent=Greatest(F("percent"), share))


def _ensure_opened(lesson, learner, now):
    # One statement: get_or_create would be a look-up, a savepoint and an insert.
    LessonProgress.objects.bulk_create(
        [LessonProgress(learner=learner, lesson=lesson, opened_at=now)], ignore_conflicts=True
    )


def _counts(course, learner, at):
    lessons = Lesson.objects.published(at).filter(course=course)
    counts = lessons.aggregate(
        total=Count("pk", distinct=True),
        done=Count(
            "progress",
            filter=Q(progress__learner=learner, progress__completed_at__isnull=False),
            distinct=True,
        ),
    )
    return counts["done"], counts["total"]


def _percent(done, total):
    return min(100, 100 * done // total) if total else 0
