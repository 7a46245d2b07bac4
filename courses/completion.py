"""When a course is complete: every registered rule is content.

A rule is a function (course, learner) -> list of sentences saying what is still missing. Higher layers
register theirs when they start: courses does not know that there are quizzes.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activity import events
from courses import certificates
from courses.models import Enrolment, Lesson, LessonProgress
from notices.messages import notify

_rules = {}


def register(name, rule):
    """Add a completion rule; a name is registered once, the latest function counts."""
    _rules[name] = rule


def missing(course, learner):
    """What is still missing, a list of sentences; empty when the course is complete."""
    return [sentence for rule in _rules.values() for sentence in rule(course, learner)]


def all_lessons(course, learner):
    """The rule that every course has: each published lesson is completed, and there is at least one."""
    lessons = Lesson.objects.published().filter(course=course)
    total = lessons.count()
    if not total:
        return [_("The course has no lessons yet.")]
    done = LessonProgress.objects.filter(
        learner=learner, completed_at__isnull=False, lesson__in=lessons.values("pk")
    ).count()
    left = total - done
    if not left:
        return []
    return [ngettext("%(left)d lesson to complete", "%(left)d lessons to complete", left) % {"left": left}]


@transaction.atomic
def update(*, course, learner, now=None, context=None):
    """Mark the learner's enrolment completed if every rule holds; returns whether that happened now.

    Called after anything a rule may depend on. A completed course stays completed when lessons are added.
    """
    now = now or timezone.now()
    enrolment = (
        Enrolment.objects.select_for_update().filter(learner=learner, course=course, left_at=None).first()
    )
    if enrolment is None or enrolment.completed_at is not None or missing(course, learner):
        return False
    enrolment.completed_at, enrolment.percent = now, 100
    enrolment.save(update_fields=["completed_at", "percent"])
    events.record(
        verb="completed",
        kind="course",
        object_id=course.pk,
        learner=learner,
        occurred_at=now,
        context=context,
    )
    certificate = certificates.issue(learner=learner, course=course, now=now)
    notify(
        learner=learner,
        kind="course_completed",
        title=_("You completed “%(title)s”") % {"title": course.title},
        body=_("Your certificate is ready."),
        url=certificate.get_absolute_url(),
    )
    return True


register("lessons", all_lessons)
