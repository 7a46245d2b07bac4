"""The clock of attempts stands still while learners can't reach the site, and what was lost comes back.

Who closes the site registers what it owes (embark.maintenance does): spans of time, the last one open while
the site is closed. A deadline that passes within them ends no attempt. Once a span has ended, the deadlines
of the attempts that ran in it move by what each of them lost, and so do the closing times that would cut
this off. The server's clock decides, and a span is given back once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max, Q

from quizzes.models import Accommodation, Attempt, Pause, Prolongation, Quiz


@dataclass(frozen=True, slots=True)
class Span:
    """A time without access; `ended_at` is None while it lasts."""

    began_at: datetime
    ended_at: datetime | None = None


def _nothing(span):
    """Without a registered source there is nothing to forget."""


_owed: Callable[[], list[Span]] = list
_forget: Callable[[Span], None] = _nothing


def register(*, owed, forget):
    """Name who knows of pauses. `owed()` lists Spans that were not given back; `forget(span)` ends one."""
    global _owed, _forget
    _owed, _forget = owed, forget


def stands_still(deadline):
    """Whether an attempt with that deadline has no running clock: the site is closed, or was just now."""
    return deadline is not None and any(
        span.began_at <= deadline and not _is_given_back(span) for span in _owed()
    )


def _is_given_back(span):
    return span.ended_at is not None and Pause.objects.filter(ended_at__gte=span.ended_at).exists()


def settle():
    """Give back every span that has ended; returns how many attempts were prolonged."""
    prolonged = 0
    for span in sorted(_owed(), key=lambda span: span.began_at):
        if span.ended_at is not None:
            prolonged += give_back(began_at=span.began_at, ended_at=span.ended_at)
            _forget(span)
    return prolonged


@transaction.atomic
def give_back(*, began_at, ended_at):
    """Prolong the attempts that ran within a span by what they lost of it; returns how many.

    Machines may each report the same maintenance: what lies before the end of the last pause was given back.
    """
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE quizzes_pause IN EXCLUSIVE MODE")
    last = Pause.objects.aggregate(last=Max("ended_at"))["last"]
    began_at = max(began_at, last) if last else began_at
    if began_at >= ended_at:
        return 0
    pause = Pause.objects.create(began_at=began_at, ended_at=ended_at)
    running = list(
        Attempt.objects.select_for_update()
        .filter(state=Attempt.State.IN_PROGRESS, deadline__gte=began_at, started_at__lt=ended_at)
        .order_by("pk")
    )
    before = {attempt.pk: attempt.deadline for attempt in running}
    for attempt in running:
        attempt.deadline += ended_at - max(began_at, attempt.started_at)
    Attempt.objects.bulk_update(running, ["deadline"], batch_size=1000)
    Prolongation.objects.bulk_create(
        Prolongation(
            attempt=attempt,
            pause=pause,
            deadline_before=before[attempt.pk],
            deadline_after=attempt.deadline,
        )
        for attempt in running
    )
    _move_closing_times(pause, running)
    return len(running)


def _move_closing_times(pause, prolonged):
    """Closing times that fell into the pause, and those that now lie before the end of an attempt.

    Otherwise a quiz would be over while somebody still takes it, and show what only then may be seen.
    """
    ends = {}
    for attempt in prolonged:
        key = attempt.learner_id, attempt.quiz_id
        ends[key] = max(attempt.deadline, ends.get(key, attempt.deadline))
    passed = Q(closes_at__gt=pause.began_at, closes_at__lte=pause.ended_at)
    quizzes = {attempt.quiz_id for attempt in prolonged}
    # What is set for one learner wins over the quiz, which then need not move for them.
    own = Accommodation.objects.filter(quiz__isnull=False, closes_at__gt=pause.began_at).filter(
        passed | Q(quiz__in=quizzes, learner__in={attempt.learner_id for attempt in prolonged})
    )
    for row in own.select_related("quiz"):
        end = ends.pop((row.learner_id, row.quiz_id), row.closes_at)
        _move(row, row.quiz.opens_at, pause, end)
    latest = {}
    for (_learner, quiz), end in ends.items():
        latest[quiz] = max(end, latest.get(quiz, end))
    for quiz in Quiz.objects.filter(passed | Q(pk__in=quizzes, closes_at__gt=pause.began_at)):
        _move(quiz, quiz.opens_at, pause, latest.get(quiz.pk, quiz.closes_at))


def _move(row, opens_at, pause, end):
    """Move `row.closes_at` by what its quiz lost, if it fell into the pause or before `end`."""
    lost = pause.ended_at - max(pause.began_at, opens_at or pause.began_at)
    if lost.total_seconds() > 0 and (row.closes_at <= pause.ended_at or row.closes_at < end):
        type(row).objects.filter(pk=row.pk).update(closes_at=row.closes_at + lost)
