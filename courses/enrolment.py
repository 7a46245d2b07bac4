"""Joining and leaving a course."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activity import events
from courses.access import is_published
from courses.errors import Refused
from courses.models import Course, Enrolment
from credits import ledger


@transaction.atomic
def enrol(*, learner, course, cohort=None, now=None, context=None):
    """Enrol a learner, paying the price once; returns (enrolment, created).

    Enrolling twice finds the first enrolment; coming back after leaving restores it without a second payment.
    Raises Refused if the course is not published, prerequisites are missing, or credits are short.
    """
    now = now or timezone.now()
    if not is_published(course, now):
        raise Refused(_("This course is not open yet."))
    # Two clicks at once: the second waits here for the first. A refusal below takes the new row back with it.
    enrolment, created = Enrolment.objects.select_for_update(of=("self",)).get_or_create(
        learner=learner, course=course, defaults={"enrolled_at": now}
    )
    if not created and enrolment.left_at is None:
        return enrolment, False
    missing = missing_prerequisites(course, learner)
    if missing:
        titles = ", ".join(f"“{other.title}”" for other in missing)
        raise Refused(_("Complete %(titles)s first.") % {"titles": titles})
    if cohort is not None and cohort.course_id != course.pk:
        raise Refused(_("This group belongs to another course."))
    if course.price and not enrolment.credits_paid:
        _pay(learner, course)
        enrolment.credits_paid = course.price
    enrolment.left_at = None
    enrolment.cohort = cohort or enrolment.cohort
    enrolment.save(update_fields=["credits_paid", "left_at", "cohort"])
    Course.objects.filter(pk=course.pk).update(learner_count=F("learner_count") + 1)
    events.record(
        verb="enrolled", kind="course", object_id=course.pk, learner=learner, occurred_at=now, context=context
    )
    return enrolment, True


@transaction.atomic
def join_cohort(*, enrolment, cohort):
    """Put an enrolled learner into a group of the course, or into none. Raises Refused."""
    if cohort is not None and cohort.course_id != enrolment.course_id:
        raise Refused(_("This group belongs to another course."))
    enrolment.cohort = cohort
    enrolment.save(update_fields=["cohort"])


@transaction.atomic
def leave(*, learner, course, now=None):
    """End an enrolment, if there is one; progress, notes and what was paid stay for a return."""
    left = (
        Enrolment.objects.active()
        .filter(learner=learner, course=course)
        .update(left_at=now or timezone.now())
    )
    if left:
        Course.objects.filter(pk=course.pk, learner_count__gt=0).update(learner_count=F("learner_count") - 1)
    return bool(left)


def missing_prerequisites(course, learner):
    """The published courses that the learner has to complete before this one."""
    completed = Enrolment.objects.filter(learner=learner, completed_at__isnull=False).values("course")
    return list(course.prerequisites.published().exclude(pk__in=completed))


def _pay(learner, course):
    try:
        ledger.spend(
            learner=learner,
            amount=course.price,
            reason="course_unlock",
            source=f"course:{course.pk}",
            description=course.title[:200],
        )
    except ledger.NotEnoughCredits as short:
        raise Refused(
            ngettext(
                "You need %(missing)d more credit: pass a quiz to earn it.",
                "You need %(missing)d more credits: pass a quiz to earn them.",
                short.missing,
            )
            % {"missing": short.missing}
        ) from short
