"""What a learner once knew and by now is likely to forget: the quizzes that are due for review.

Nothing is stored: the answer follows from the learner's own attempts, by the model of `quizzes.forgetting`.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Enrolment, LessonProgress
from courses.querysets import is_published
from quizzes.forgetting import Memory, days_between, memory_of
from quizzes.models import Attempt, Quiz
from quizzes.terms import terms_of

# Below this chance to recall, a quiz is due: 5 days after a first pass, 32 after the next. Flash cards are
# often repeated at 0.9; a quiz takes minutes, not seconds, and is worth them only when more is at stake.
DUE_BELOW = 0.8
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Refresher:
    """A quiz that is due. `recall` is the chance, from 0 to 1, that what was known is known still."""

    quiz: Quiz
    recall: float
    practised_at: datetime
    days: int
    """Whole days, by the learner's calendar, since it was last practised."""
    was_read: bool
    """Whether the last practice was reading its lesson rather than answering."""
    by: str
    """How to refresh it: "quiz", "lesson", or "answers" where neither is left."""
    url: str

    @property
    def percent(self):
        """The chance in percent, as coarse as an estimate should be told: in steps of 5, at least 5."""
        return max(5, 5 * round(20 * self.recall))

    @property
    def reason(self):
        """Why it is due, as a sentence for the learner."""
        if self.was_read:
            text = ngettext(
                "You last read its lesson %(days)d day ago; about %(percent)d %% is likely still there.",
                "You last read its lesson %(days)d days ago; about %(percent)d %% is likely still there.",
                self.days,
            )
        else:
            text = ngettext(
                "You last answered it %(days)d day ago; about %(percent)d %% is likely still there.",
                "You last answered it %(days)d days ago; about %(percent)d %% is likely still there.",
                self.days,
            )
        return text % {"days": self.days, "percent": self.percent}

    @property
    def action(self):
        """The words of the link."""
        return {
            "quiz": _("Take the quiz again"),
            "lesson": _("Read the lesson again"),
            "answers": _("Look at your answers"),
        }[self.by]


@dataclass(frozen=True, slots=True)
class Refreshers:
    """`passed`: how many quizzes were passed, open now or not. `due`: those to show. `remembered`: how many
    open ones are not due. `next_at`: when the first of them will be, or None.
    """

    passed: int
    due: list[Refresher]
    remembered: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Known:
    memory: Memory
    answers: list
    practised_at: datetime
    was_read: bool

    @property
    def due_at(self):
        return self.practised_at + timedelta(days=self.memory.days_until(DUE_BELOW))


def refreshers(learner, *, at=None, limit=SHOWN):
    """The learner's Refreshers, best remembered first: those can still be saved with the least work.

    Four queries at most, however many quizzes were taken.
    """
    at = at or timezone.now()
    histories = _answers(learner)
    passed = [pk for pk, answers in histories.items() if any(right for _at, right, _id in answers)]
    quizzes = list(_open_to(learner, at).filter(pk__in=passed)) if passed else []
    known = {quiz: _known(quiz, histories[quiz.pk]) for quiz in quizzes}
    due = [quiz for quiz in quizzes if _days(known[quiz], at) and known[quiz].due_at <= at]
    due.sort(key=lambda quiz: (-_recall(known[quiz], at), quiz.pk))
    later = [known[quiz].due_at for quiz in quizzes if quiz not in set(due)]
    shown = due[:limit]
    terms = terms_of(shown, learner)
    return Refreshers(
        passed=len(passed),
        due=[_refresher(quiz, known[quiz], terms[quiz.pk], at) for quiz in shown],
        remembered=len(later),
        next_at=max(at, min(later)) if later else None,
    )


def _answers(learner):
    """{quiz: [(moment, passed, id of the attempt)]} in the order of time; one query."""
    marked = Attempt.objects.of(learner).filter(state=Attempt.State.GRADED, submitted_at__isnull=False)
    rows = marked.order_by("submitted_at", "pk").values_list("quiz_id", "submitted_at", "passed", "public_id")
    histories = defaultdict(list)
    for quiz, *answer in rows:
        histories[quiz].append(tuple(answer))
    return histories


def _open_to(learner, at):
    """Published quizzes that stand alone, are free to all, or belong to a course that the learner is in;
    annotated `read_at`, when the learner last read the lesson.
    """
    courses = Enrolment.objects.running(at).filter(learner=learner).values("course")
    progress = LessonProgress.objects.filter(learner=learner, lesson=OuterRef("lesson"))
    return (
        Quiz.objects.reachable(at)
        .filter(Q(course=None) | Q(course__in=courses) | Q(lesson=None, course__price=0))
        .filter(Q(course=None) | is_published(at, "course__"))
        .select_related("course", "lesson__course")
        .annotate(read_at=Subquery(progress.values("updated_at")[:1]))
    )


def _known(quiz, answers):
    answered_at = answers[-1][0]
    was_read = quiz.read_at is not None and quiz.read_at > answered_at
    return _Known(
        memory=memory_of((moment, passed) for moment, passed, _id in answers),
        answers=answers,
        practised_at=quiz.read_at if was_read else answered_at,
        was_read=was_read,
    )


def _recall(known, at):
    return known.memory.recall(days_between(known.practised_at, at))


def _days(known, at):
    return (timezone.localdate(at) - timezone.localdate(known.practised_at)).days


def _refresher(quiz, known, terms, at):
    if _can_try_again(quiz, known, terms, at):
        by, url = "quiz", quiz.get_absolute_url()
    elif quiz.lesson is not None:
        by, url = "lesson", quiz.lesson.get_absolute_url()
    else:
        by, url = "answers", reverse("quizzes:review", args=[known.answers[-1][2]])
    return Refresher(
        quiz=quiz,
        recall=_recall(known, at),
        practised_at=known.practised_at,
        days=_days(known, at),
        was_read=known.was_read,
        by=by,
        url=url,
    )


def _can_try_again(quiz, known, terms, at):
    """Whether an attempt is left that practises and can't lower the mark of record."""
    if quiz.grading not in (Quiz.Grading.BEST, Quiz.Grading.FIRST):
        return False
    is_open = (quiz.opens_at is None or quiz.opens_at <= at) and (
        terms.closes_at is None or at < terms.closes_at
    )
    is_left = not terms.attempts_allowed or len(known.answers) < terms.attempts_allowed
    again_at = known.answers[-1][0] + timedelta(minutes=quiz.attempt_delay)
    return is_open and is_left and again_at <= at
