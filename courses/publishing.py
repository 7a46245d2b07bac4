"""From draft to learners: what is ready, publishing now or later, taking back."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.checks import content_problems
from courses.models import Course, Lesson, Status
from courses.outline import course_minutes


@dataclass(frozen=True)
class Check:
    """One line of the "ready to publish" list. `is_required`: without it the course can't be published."""

    sentence: str
    is_ok: bool
    is_required: bool = True


def readiness(course, *, problems=None):
    """The "ready to publish" list of a course; `problems` of its texts, where they were looked for before."""
    problems = content_problems(course) if problems is None else problems
    has_preview = course.lessons.exclude(status=Status.ARCHIVED).filter(is_preview=True).exists()
    return [
        *required_checks(course),
        Check(
            _("Every link and image is found, every image described.")
            if not problems
            else ngettext("%(n)d problem in the texts.", "%(n)d problems in the texts.", len(problems))
            % {"n": len(problems)},
            not problems,
            is_required=False,
        ),
        Check(_("It has a description."), bool(course.description.strip()), is_required=False),
        Check(_("It has at least one topic."), course.topics.exists(), is_required=False),
        Check(_("It has a level."), bool(course.level), is_required=False),
        Check(_("One lesson is a free preview."), has_preview, is_required=False),
    ]


def required_checks(course):
    """What a course can't be published without. No text is drawn for them."""
    lessons = course.lessons.exclude(status=Status.ARCHIVED)
    is_shown = lessons.filter(status__in=[Status.PUBLISHED, Status.SCHEDULED]).exists()
    empty = lessons.filter(blocks=None).count()
    return [
        Check(_("It has a title and a summary."), bool(course.title.strip() and course.summary.strip())),
        Check(_("At least one lesson is published or scheduled."), is_shown),
        Check(
            _("No lesson is empty.")
            if not empty
            else ngettext("%(n)d lesson is empty.", "%(n)d lessons are empty.", empty) % {"n": empty},
            not empty,
        ),
    ]


def missing(course):
    """The sentences of the required checks that fail; empty when the course can be published."""
    return [check.sentence for check in required_checks(course) if not check.is_ok]


@transaction.atomic
def publish(*, course, now=None):
    """Make a course visible now, with the lessons that are marked published."""
    now = now or timezone.now()
    course.status, course.published_at = Status.PUBLISHED, course.published_at or now
    course.publish_at = None
    course.estimated_minutes = course.estimated_minutes or course_minutes(course)
    course.save(update_fields=["status", "published_at", "publish_at", "estimated_minutes", "updated_at"])
    course.lessons.filter(status=Status.PUBLISHED, published_at=None).update(published_at=now)
    return course


def sort_out(courses):
    """(those that can be published, {course: sentences of what is missing}, those published already)."""
    ready, refused, already = [], {}, []
    for course in courses:
        if course.status == Status.PUBLISHED:
            already.append(course)
        elif sentences := missing(course):
            refused[course] = sentences
        else:
            ready.append(course)
    return ready, refused, already


@transaction.atomic
def publish_many(*, courses, now=None):
    """Publish those that are ready; returns (published, {course: sentences of what is missing})."""
    ready, refused, _already = sort_out(courses)
    return [publish(course=course, now=now) for course in ready], refused


@transaction.atomic
def schedule(*, course, at):
    """Let a course appear by itself at a moment."""
    course.status, course.publish_at = Status.SCHEDULED, at
    course.save(update_fields=["status", "publish_at", "updated_at"])


@transaction.atomic
def withdraw(*, course, archive=False):
    """Take a course out of the catalogue: back to draft, or to the archive. Learners' records stay."""
    course.status = Status.ARCHIVED if archive else Status.DRAFT
    course.save(update_fields=["status", "updated_at"])


@transaction.atomic
def publish_due(*, now=None):
    """Settle what was scheduled for a moment that has come; returns (courses, lessons).

    Scheduled rows are visible by themselves once their time has come (`is_published`); this makes their state
    say so, dates them, and lets learners of the course see new lessons as new.
    """
    now = now or timezone.now()
    courses = list(
        Course.objects.select_for_update(skip_locked=True).filter(
            status=Status.SCHEDULED, publish_at__lte=now
        )
    )
    for course in courses:
        publish(course=course, now=course.publish_at)
    lessons = 0
    for lesson in Lesson.objects.filter(status=Status.SCHEDULED, publish_at__lte=now):
        lesson.status, lesson.published_at, lesson.publish_at = Status.PUBLISHED, lesson.publish_at, None
        lesson.save(update_fields=["status", "published_at", "publish_at", "updated_at"])
        lessons += 1
    return len(courses), lessons
