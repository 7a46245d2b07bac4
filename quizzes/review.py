"""What a learner may see of a finished attempt, and when.

Right answers, feedback and explanations stay hidden while an attempt that can earn credits remains, so that
nobody reads the answers off a failed attempt and hands them in at the next one.
"""

from dataclasses import dataclass

from django.utils import timezone

from credits.models import Rules
from credits.rewards import Room, room
from quizzes import earning
from quizzes.models import Attempt, Quiz
from quizzes.terms import Terms, refusal, terms_for


@dataclass(frozen=True, slots=True)
class Reveal:
    """marks: the mark and whether each answer was right; answers: right answers, feedback, explanations."""

    marks: bool
    answers: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a learner stands with a quiz: finished attempts, newest first, and what can still be done."""

    attempts: list
    running: Attempt | None
    terms: Terms
    passed: bool
    refusal: str | None
    can_earn: bool
    offers: list
    """quizzes.earning.Offer of what may still be earned; empty once no attempt can earn it."""
    room: Room

    @property
    def attempts_left(self):
        """How many more attempts, None for any number."""
        if not self.terms.attempts_allowed:
            return None
        return max(0, self.terms.attempts_allowed - len(self.attempts))


def standing(quiz, learner, *, at=None):
    """A learner's standing; eight queries at most."""
    at = at or timezone.now()
    terms = terms_for(quiz, learner)
    mine = list(Attempt.objects.of(learner).filter(quiz=quiz).order_by("-number"))
    running = next((attempt for attempt in mine if attempt.is_running), None)
    finished = [attempt for attempt in mine if not attempt.is_running]
    passed = any(attempt.passed for attempt in finished)
    closed = terms.closes_at is not None and at >= terms.closes_at
    used_up = (
        bool(terms.attempts_allowed) and len(finished) >= terms.attempts_allowed and not quiz.attempt_price
    )
    rules = Rules.current()
    over = closed or used_up
    offers = [] if over else earning.offers(quiz, learner, finished, rules=rules)
    return Standing(
        attempts=finished,
        running=running,
        terms=terms,
        passed=passed,
        refusal=None if running else refusal(quiz=quiz, learner=learner, terms=terms, at=at),
        can_earn=bool(offers),
        offers=offers,
        room=room(learner, rules=rules),
    )


def reveal(quiz, stand, *, at=None):
    """What may be shown of a finished attempt of the learner whose standing this is."""
    at = at or timezone.now()
    closed = stand.terms.closes_at is not None and at >= stand.terms.closes_at
    match quiz.show_answers:
        case Quiz.Show.NEVER:
            answers = False
        case Quiz.Show.CLOSED:
            answers = closed
        case _:
            answers = True
    hidden = stand.can_earn or stand.running is not None
    return Reveal(marks=quiz.show_marks, answers=answers and not hidden)


EVERYTHING = Reveal(marks=True, answers=True)
