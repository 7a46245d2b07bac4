"""By when learners hand in the quizzes of their courses, and whether they have.

Handing in is the first submitted attempt, whatever its mark. A due date closes nothing: who is late may still
take the quiz, and the gradebook says so.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Min, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models import Enrolment
from courses.querysets import is_published
from quizzes.models import Accommodation, Attempt, DueDate, Quiz

SOON = timedelta(days=7)
# Longer ago than this, what was missed is for the teacher to raise, not for the first page.
MISSED_SHOWN = timedelta(days=14)
MOST_SHOWN = 6


class State(models.TextChoices):
    OPEN = "open", _("to hand in")
    OVERDUE = "overdue", _("overdue")
    HANDED_IN = "handed_in", _("handed in")
    LATE = "late", _("handed in late")


@dataclass(frozen=True, slots=True)
class Due:
    """A quiz that a learner hands in by a moment, extensions included."""

    quiz: Quiz
    at: datetime
    handed_in_at: datetime | None
    state: State


def due_moment(rows, enrolment, *, extra_days=0):
    """When a quiz is due for a learner, of the DueDate rows of that quiz; None for never.

    The line of the learner's cohort wins over the line for everybody. Days are counted by the
    site's clock, so that 9 o'clock stays 9 o'clock when summer time begins in between.
    """
    lines = {row.cohort_id: row for row in rows}
    line = lines.get(enrolment.cohort_id) or lines.get(None)
    if line is None:
        return None
    days = timedelta(days=extra_days)
    if line.due_at is not None:
        return _by_the_clock(line.due_at) + days
    start = enrolment.cohort.starts_at if enrolment.cohort is not None else enrolment.enrolled_at
    return _by_the_clock(start) + timedelta(days=line.days_after_start) + days


def _by_the_clock(moment):
    return timezone.localtime(moment, timezone.get_default_timezone())


def dues(enrolments, quizzes, *, accommodations=None, at=None):
    """{(id of the learner, id of the quiz): Due} of a list of enrolments (with their cohorts).

    `quizzes` are those that count, as a queryset or a list; `accommodations` those of the learners, which are
    read if they are not given. Three queries, one where nothing has a due date.
    """
    at = at or timezone.now()
    rows = defaultdict(list)
    lines = DueDate.objects.filter(quiz__in=quizzes, quiz__course__in={row.course_id for row in enrolments})
    for row in lines.select_related("quiz__course"):
        rows[row.quiz_id].append(row)
    if not rows:
        return {}
    learners = {enrolment.learner_id for enrolment in enrolments}
    if accommodations is None:
        accommodations = Accommodation.objects.filter(Q(quiz__in=rows) | Q(quiz=None), learner__in=learners)
    extra = _extra_days(accommodations)
    handed_in = _handed_in(learners, rows)
    found = {}
    for enrolment in enrolments:
        for pk, lines in rows.items():
            quiz, key = lines[0].quiz, (enrolment.learner_id, pk)
            if quiz.course_id != enrolment.course_id:
                continue
            moment = due_moment(lines, enrolment, extra_days=extra(*key))
            if moment is not None:
                found[key] = _due(quiz, moment, handed_in.get(key), at)
    return found


def _due(quiz, moment, handed_in_at, at):
    if handed_in_at is None:
        state = State.OVERDUE if moment < at else State.OPEN
    else:
        state = State.LATE if moment < handed_in_at else State.HANDED_IN
    return Due(quiz, moment, handed_in_at, state)


def _extra_days(accommodations):
    """A function of learner and quiz: the days of their accommodation, of the quiz before that of all."""
    days = {(row.learner_id, row.quiz_id): row.extra_days for row in accommodations}

    def extra(learner, quiz):
        return days.get((learner, quiz), days.get((learner, None), 0))

    return extra


def _handed_in(learners, quizzes):
    attempts = Attempt.objects.finished().filter(
        learner__in=learners, quiz__in=quizzes, is_preview=False, submitted_at__isnull=False
    )
    firsts = attempts.order_by().values_list("learner_id", "quiz_id").annotate(Min("submitted_at"))
    return {(learner, quiz): moment for learner, quiz, moment in firsts}


def dues_of(learner, *, quizzes=None, at=None):
    """A learner's Dues in all courses that they are in, earliest first; four queries at most."""
    at = at or timezone.now()
    if learner is None or not learner.is_authenticated:
        return []
    enrolments = list(
        Enrolment.objects.running(at)
        .filter(is_published(at, "course__"), learner=learner)
        .select_related("cohort")
    )
    if not enrolments:
        return []
    found = dues(
        enrolments,
        Quiz.objects.reachable(at) if quizzes is None else quizzes,
        accommodations=learner.accommodations.all(),
        at=at,
    )
    return sorted(found.values(), key=lambda due: (due.at, due.quiz.pk))


def due_of(quiz, learner, *, at=None):
    """When one quiz is due for a learner: their Due, or None. One query where the quiz has no due date."""
    if not learner.is_authenticated or not DueDate.objects.filter(quiz=quiz).exists():
        return None
    return next(iter(dues_of(learner, quizzes=[quiz], at=at)), None)


def due_soon(learner, *, at=None):
    """What a learner has to hand in within a week, and what they missed lately; earliest first."""
    at = at or timezone.now()
    return [
        due
        for due in dues_of(learner, at=at)
        if due.handed_in_at is None and at - MISSED_SHOWN < due.at <= at + SOON
    ][:MOST_SHOWN]
