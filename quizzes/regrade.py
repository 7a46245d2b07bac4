"""Marking past attempts again, after a question was corrected.

An answer is judged by its question's newest version where that version has the same shape (as many
choices, the same gaps) as the one the learner saw. Marks that a person gave stay.
"""

from dataclasses import asdict, dataclass

from django.db import transaction

from quizzes import grading
from quizzes.models import Attempt, AttemptQuestion, AttemptStep, Regrade


@dataclass(frozen=True, slots=True)
class Change:
    """One attempt whose outcome differs. Credits are what the change adds; what was given is never taken."""

    attempt: int
    learner: str
    number: int
    before: float
    after: float
    max_mark: float
    passed_before: bool | None
    passed_after: bool | None
    credits: int
    questions: dict


@dataclass(frozen=True, slots=True)
class Outcome:
    attempts: int
    changes: list[Change]
    kept: list[str]
    """Sentences about answers that can't be judged by the newest version."""


class _Rehearsal(Exception):
    """Ends the transaction of a dry run."""


def regrade(*, quiz, actor=None, reason="", dry_run=True):
    """Mark every finished attempt of a quiz again. Returns Outcome; a dry run changes nothing."""
    outcome = None
    try:
        with transaction.atomic():
            outcome = _regrade(quiz, actor, reason)
            if dry_run:
                raise _Rehearsal
            Regrade.objects.create(
                quiz=quiz,
                actor=actor,
                reason=reason,
                report={
                    "attempts": outcome.attempts,
                    "changes": [asdict(change) for change in outcome.changes],
                },
            )
    except _Rehearsal:
        pass
    return outcome


def _regrade(quiz, actor, reason):
    changes, kept = [], {}
    attempts = (
        Attempt.objects.filter(quiz=quiz, is_preview=False)
        .finished()
        .select_for_update(of=("self",))
        .select_related("quiz", "learner")
        # Credits lock the learners' accounts: regrades that run at once take them in one order.
        .order_by("learner", "pk")
    )
    count = 0
    for attempt in attempts:
        count += 1
        change = _regrade_attempt(attempt, actor, reason, kept)
        if change is not None:
            changes.append(change)
    return Outcome(count, changes, list(kept))


def _regrade_attempt(attempt, actor, reason, kept):
    by_hand = _marked_by_hand(attempt)
    questions = list(
        attempt.questions.select_related("version__question__current", "marked_by").order_by("position")
    )
    before = (attempt.mark, attempt.passed, attempt.credits_earned)
    tries, changed = grading.tries_of(attempt), {}
    for question in questions:
        if question.position in by_hand or question.version.kind.needs_person:
            continue
        key = question.version.question.current
        if not _fits(key, question.version):
            kept[f"{question.version.question.name}: its newest version has another shape."] = True
            key = question.marked_by or question.version
        old = question.mark
        grading.mark_question(attempt.quiz, question, key=key, tries=tries.get(question.position, ()))
        if question.mark != old:
            question.marked_by = key
            changed[str(question.position)] = {"before": old, "after": question.mark, "version": key.number}
    if not changed:
        return None
    AttemptQuestion.objects.bulk_update(questions, ["fraction", "mark", "marked_by"])
    grading.add_step(
        attempt=attempt,
        kind=AttemptStep.Kind.REGRADE,
        payload={"questions": changed, "reason": reason},
        actor=actor,
    )
    grading.settle(attempt=attempt, questions=questions)
    return Change(
        attempt=attempt.pk,
        learner=str(attempt.learner or ""),
        number=attempt.number,
        before=before[0],
        after=attempt.mark,
        max_mark=attempt.max_mark,
        passed_before=before[1],
        passed_after=attempt.passed,
        credits=attempt.credits_earned - before[2],
        questions=changed,
    )


def _marked_by_hand(attempt):
    """Positions whose mark a person gave."""
    steps = attempt.steps.filter(
        kind__in=[AttemptStep.Kind.OVERRIDE, AttemptStep.Kind.GRADE], actor__isnull=False
    )
    return {
        payload["position"] for payload in steps.values_list("payload", flat=True) if "position" in payload
    }


def _fits(key, seen):
    return key is not None and key.type == seen.type and key.kind.size(key.data) == seen.kind.size(seen.data)
