"""The credits of a quiz: what an attempt has earned, and what a learner may still earn.

First pass: the first attempt that passes. Perfect mark: an attempt with every mark. Improvement: an attempt
after a pass that raises the mark of record. Each is given once per learner and quiz.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from credits import rewards
from credits.models import Entry, Rules
from quizzes.behaviours import is_right
from quizzes.marks import mark_of_record
from quizzes.models import Attempt

FIRST_PASS, PERFECT, IMPROVEMENT = Entry.Reason.FIRST_PASS, Entry.Reason.PERFECT, Entry.Reason.IMPROVEMENT


@dataclass(frozen=True, slots=True)
class Offer:
    """Credits that a learner may still earn with a quiz: `reason` is one of the ledger's."""

    reason: str
    amount: int


def amounts(quiz, rules):
    """{reason: credits} of a quiz: its own, or those of the site's rules."""

    def either(own, site):
        return site if own is None else own

    return {
        FIRST_PASS: quiz.credits,
        PERFECT: either(quiz.perfect_credits, rules.perfect_credits),
        IMPROVEMENT: either(quiz.improvement_credits, rules.improvement_credits),
    }


def is_perfect(attempt):
    return is_right(attempt.mark / attempt.max_mark if attempt.mark and attempt.max_mark else None)


def offers(quiz, learner, finished, *, rules=None):
    """What is still to be earned, of a learner's finished attempts (newest first); two queries.

    A perfect mark of record can't be improved. Nothing is offered that the ledger has given before.
    """
    worth = amounts(quiz, rules or Rules.current())
    given = set()
    if learner is not None and learner.is_authenticated:
        given = set(
            Entry.objects.filter(account__learner=learner, source=_source(quiz)).values_list(
                "reason", flat=True
            )
        )
    record = mark_of_record(quiz, finished[::-1])
    done = {
        FIRST_PASS: any(attempt.passed for attempt in finished),
        PERFECT: any(is_perfect(attempt) for attempt in finished),
        IMPROVEMENT: record is not None and record >= 100 - 1e-9,
    }
    return [
        Offer(reason.value, amount)
        for reason, amount in worth.items()
        if amount and reason not in given and not done[reason]
    ]


def award(attempt):
    """Give what a marked, passed attempt has earned. Returns the number of credits."""
    quiz, learner, rules = attempt.quiz, attempt.learner, Rules.current()
    worth = amounts(quiz, rules)
    reached = [(FIRST_PASS, _("Passed: %(quiz)s"))]
    if is_perfect(attempt):
        reached.append((PERFECT, _("Perfect mark: %(quiz)s")))
    if worth[IMPROVEMENT] and _improves(attempt):
        reached.append((IMPROVEMENT, _("Better mark: %(quiz)s")))
    return sum(
        rewards.grant(
            learner=learner,
            amount=worth[reason],
            reason=reason,
            source=_source(quiz),
            description=(description % {"quiz": quiz.title})[:200],
            rules=rules,
        )
        for reason, description in reached
    )


def _source(quiz):
    return f"quiz:{quiz.pk}"


def _improves(attempt):
    """Whether an attempt after a pass raised the mark of record."""
    others = list(
        Attempt.objects.of(attempt.learner)
        .finished()
        .filter(quiz_id=attempt.quiz_id, number__lt=attempt.number)
        .order_by("number")
    )
    if not any(other.passed for other in others):
        return False
    before = mark_of_record(attempt.quiz, others)
    after = mark_of_record(attempt.quiz, [*others, attempt])
    return after > before + 1e-9
