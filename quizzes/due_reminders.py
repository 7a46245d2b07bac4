"""A notice to learners who have not handed in, a day before a quiz is due."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from courses.models import Enrolment
from courses.querysets import is_published
from notices.messages import notify
from notices.quiet import zone_of
from quizzes.due import State, dues
from quizzes.models import Accommodation, Attempt, DueReminder, Quiz

BEFORE = timedelta(days=1)
CHUNK = 500
# A day is 23 to 25 hours long where the clock changes; the exact moment is looked at afterwards.
CLOCK_CHANGE = timedelta(hours=2)


def remind(*, now=None):
    """Leave a notice for every learner who has a day left or less; returns how many. Once a due moment."""
    now = now or timezone.now()
    longest = Accommodation.objects.aggregate(days=Max("extra_days"))["days"] or 0
    count = 0
    quizzes = Quiz.objects.reachable(now).filter(is_published(now, "course__"))
    for quiz in quizzes.filter(due_dates__isnull=False).distinct().prefetch_related("due_dates"):
        near = _may_be_due(quiz, now, timedelta(days=longest))
        if near is None:
            continue
        keys = list(near.values_list("pk", flat=True))
        for start in range(0, len(keys), CHUNK):
            count += _remind_some(quiz, keys[start : start + CHUNK], now)
    return count


def _may_be_due(quiz, now, longest):
    """Enrolments for which the quiz may be due within a day, nothing handed in, nobody reminded; or None."""
    when = Q()
    for row in quiz.due_dates.all():
        who = Q(cohort=row.cohort_id) if row.cohort_id else Q(pk__isnull=False)
        earliest, latest = now - longest - CLOCK_CHANGE, now + BEFORE + CLOCK_CHANGE
        if row.due_at is not None:
            if earliest < row.due_at <= latest:
                when |= who
        else:
            days = timedelta(days=row.days_after_start)
            when |= who & Q(start__gt=earliest - days, start__lte=latest - days)
    if not when:
        return None
    handed_in = Attempt.objects.finished().filter(quiz=quiz, learner=OuterRef("learner"), is_preview=False)
    reminded = DueReminder.objects.filter(quiz=quiz, learner=OuterRef("learner"), due_at__gt=now)
    return (
        Enrolment.objects.running(now)
        .filter(course=quiz.course_id, learner__is_active=True)
        .filter(learner__is_simulated=False, learner__is_imported=False)
        .alias(start=Coalesce("cohort__starts_at", "enrolled_at"))
        .filter(when)
        .exclude(Exists(handed_in))
        .exclude(Exists(reminded))
        .order_by("pk")
    )


def _remind_some(quiz, keys, now):
    enrolments = list(
        Enrolment.objects.filter(pk__in=keys).select_related("cohort", "learner__profile", "course")
    )
    learners = {enrolment.learner_id: enrolment.learner for enrolment in enrolments}
    count = 0
    for (learner, _quiz), due in dues(enrolments, [quiz], at=now).items():
        if due.state == State.OPEN and due.at <= now + BEFORE:
            count += _remind(learners[learner], due, now)
    return count


@transaction.atomic
def _remind(learner, due, now):
    _row, is_new = DueReminder.objects.get_or_create(learner=learner, quiz=due.quiz, due_at=due.at)
    if not is_new:
        return False
    with override(learner.profile.language or None):
        moment = date_format(timezone.localtime(due.at, zone_of(learner)), "DATETIME_FORMAT")
        notify(
            learner=learner,
            kind="quiz_due",
            title=_("“%(quiz)s” is due soon") % {"quiz": due.quiz.title[:150]},
            body=_("A quiz of “%(course)s”. Hand it in by: %(time)s")
            % {"course": due.quiz.course.title, "time": moment},
            url=due.quiz.get_absolute_url(),
            now=now,
        )
    return True
