"""Marking attempts: by the key, by a person, and what a finished attempt leads to.

Whoever calls these verbs for an attempt holds its row lock; each works in the caller's transaction or its
own.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from activity import events
from courses import completion
from notices.messages import notify
from quizzes import behaviours, earning
from quizzes.models import Attempt, AttemptQuestion, AttemptStep, Quiz

MARKING_FIELDS = ["fraction", "mark", "is_locked", "tries", "marked_by"]


class MarkingError(ValueError):
    """Why a mark can't be given, as a sentence for the person who gives it."""


def add_step(*, attempt, kind, payload=None, actor=None, token="", client_time=None, sequence=None):
    """Append a numbered step; without a number, the next one."""
    attempt.sequence = attempt.sequence + 1 if sequence is None else sequence
    return AttemptStep.objects.create(
        attempt=attempt,
        sequence=attempt.sequence,
        kind=kind,
        payload=payload or {},
        actor=actor,
        token=token,
        client_time=client_time,
    )


def worth(question, *, key=None):
    """Grade of a question's stored response, by its own version's key or by another's."""
    version = key or question.version
    return version.kind.grade(version.data, question.response, question.variant)


def tries_of(attempt):
    """{position: the responses that were checked, in turn}; one query, none where answers aren't checked."""
    tries = {}
    if attempt.quiz.checks_answers:
        checks = attempt.steps.filter(kind=AttemptStep.Kind.CHECK).order_by("sequence")
        for payload in checks.values_list("payload", flat=True):
            tries.setdefault(payload["position"], []).append(payload["response"])
    return tries


def mark_question(quiz, question, *, key=None, tries=()):
    """Set `fraction` and `mark` from the stored response; both stay None where a person has to decide.

    tries: the responses that were checked before, as `tries_of` gives them. Returns the stored one's Grade.
    """
    grade = worth(question, key=key)
    if grade.fraction is None:
        question.fraction = question.mark = None
        return grade
    fraction = grade.fraction
    if quiz.behaviour == Quiz.Behaviour.CERTAINTY and question.version.kind.is_graded:
        answered = question.response is not None
        fraction = behaviours.certainty_fraction(fraction, question.certainty) if answered else 0.0
    elif quiz.checks_answers and question.is_locked and key is None:
        fraction = question.fraction
    elif quiz.checks_answers:
        fraction = _after_tries(quiz, question, key or question.version, tries)
    set_fraction(question, fraction)
    return grade


def _after_tries(quiz, question, version, tries):
    kind, data = version.kind, version.data
    responses = behaviours.different([*tries, question.response])
    grades = [kind.grade(data, response, question.variant) for response in responses]
    return behaviours.after_tries(quiz, grades, kind.part_weights(data))


def set_fraction(question, fraction):
    question.fraction = fraction
    question.mark = fraction * question.max_mark


def finish(*, attempt, by, at=None):
    """Submit and mark an attempt whose row is locked. `by` is "learner" or "time"."""
    quiz = attempt.quiz
    questions = list(attempt.questions.select_related("version"))
    attempt.submitted_at = at or timezone.now()
    add_step(attempt=attempt, kind=AttemptStep.Kind.SUBMIT, payload={"by": by})
    tries = tries_of(attempt)
    for question in questions:
        mark_question(quiz, question, tries=tries.get(question.position, ()))
        question.is_locked = True
    AttemptQuestion.objects.bulk_update(questions, MARKING_FIELDS)
    if any(question.mark is not None for question in questions):
        add_step(attempt=attempt, kind=AttemptStep.Kind.GRADE, payload={"marks": marks_of(questions)})
    settle(attempt=attempt, questions=questions)
    _record_answers(attempt, questions)


def marks_of(questions):
    return {str(question.position): question.mark for question in questions}


def settle(*, attempt, questions):
    """Recompute an attempt's outcome from its questions, and give what it earned. Saves the attempt.

    Credits once given stay given, whatever a later correction says.
    """
    was_passed = attempt.passed
    waiting = any(question.mark is None for question in questions)
    attempt.mark = sum(question.mark or 0.0 for question in questions)
    attempt.max_mark = sum(question.max_mark for question in questions)
    attempt.state = Attempt.State.SUBMITTED if waiting else Attempt.State.GRADED
    attempt.passed = None if waiting else (attempt.percent or 0.0) >= attempt.quiz.pass_mark - 1e-9
    if not waiting and attempt.learner_id and not attempt.is_preview:
        if attempt.passed:
            attempt.credits_earned += earning.award(attempt)
        if attempt.passed and attempt.quiz.course_id:
            completion.update(course=attempt.quiz.course, learner=attempt.learner)
        if attempt.passed != was_passed:
            events.record(
                verb="passed" if attempt.passed else "failed",
                kind="quiz",
                object_id=attempt.quiz_id,
                learner=attempt.learner,
                value=round((attempt.percent or 0.0) / 100, 6),
            )
    attempt.save(
        update_fields=["state", "submitted_at", "sequence", "mark", "max_mark", "passed", "credits_earned"]
    )


def _record_answers(attempt, questions):
    if attempt.learner_id is None or attempt.is_preview:
        return
    for question in questions:
        if question.response is not None and question.fraction is not None:
            events.record(
                verb="answered",
                kind="question",
                object_id=question.version.question_id,
                learner=attempt.learner,
                value=float(behaviours.is_right(question.fraction)),
                context={"quiz": attempt.quiz_id},
            )


@transaction.atomic
def mark_by_hand(*, attempt, position, mark, actor, comment="", reason=""):
    """A person's mark for one answer of a finished attempt; changing an earlier mark needs a reason.

    Returns the attempt. Raises MarkingError.
    """
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if attempt.is_running:
        raise MarkingError(_("This attempt is still running: it can be marked once it is submitted."))
    questions = list(attempt.questions.select_related("version"))
    question = next((entry for entry in questions if entry.position == position), None)
    if question is None:
        raise MarkingError(_("This attempt has no question %(position)s.") % {"position": position})
    if not -question.max_mark <= mark <= question.max_mark:
        raise MarkingError(_("Give a mark of at most %(max)g.") % {"max": question.max_mark})
    first = question.mark is None
    if not first and not reason.strip():
        raise MarkingError(_("Say why the mark changes."))
    before = question.mark
    set_fraction(question, mark / question.max_mark if question.max_mark else 0.0)
    question.mark = mark
    question.comment = comment
    question.save(update_fields=["fraction", "mark", "comment"])
    add_step(
        attempt=attempt,
        kind=AttemptStep.Kind.GRADE if first else AttemptStep.Kind.OVERRIDE,
        payload={"position": position, "before": before, "mark": mark, "comment": comment, "reason": reason},
        actor=actor,
    )
    was_waiting = attempt.passed is None
    settle(attempt=attempt, questions=questions)
    if was_waiting and attempt.passed is not None and attempt.learner_id and not attempt.is_preview:
        notify(
            learner=attempt.learner,
            kind="quiz_marked",
            title=_("Your answers to “%(quiz)s” are marked") % {"quiz": attempt.quiz.title},
            url=attempt.get_absolute_url(),
        )
    return attempt
