import pytest

from accounts.models import User
from credits import ledger
from notices.models import Notice
from quizzes import attempts, authoring, grading
from quizzes.models import Attempt, AttemptStep, Regrade
from quizzes.regrade import regrade
from quizzes.reports import quiz_report
from threads import at_once

pytestmark = pytest.mark.django_db

WRONG = {1: "3", 2: ["list"], 3: False, 4: "4", 5: "continue"}
ALMOST = {1: "0, 1, 2", 2: ["tuple", "str"], 3: False, 4: "1", 5: "leave"}


def corrected(quiz):
    """The teacher accepts another word, after which three answers of five are right."""
    question = quiz.slots.get(position=5).question
    return authoring.revise_question(question=question, data={"answers": ["KEYWORDbreak", "leave"]})


def test_a_dry_run_reports_and_changes_nothing(quiz, learner, take):
    attempt = take(ALMOST)
    corrected(quiz)
    outcome = regrade(quiz=quiz)
    [change] = outcome.changes
    assert (change.before, change.after, change.credits) == (2, 3, 10)
    assert (change.passed_before, change.passed_after) == (False, True)
    attempt.refresh_from_db()
    assert attempt.mark == 2
    assert ledger.balance(learner) == 0
    assert not attempt.steps.filter(kind=AttemptStep.Kind.REGRADE).exists()


def test_a_regrade_gives_what_the_correction_earns(quiz, learner, admin, take):
    attempt = take(ALMOST)
    version = corrected(quiz)
    regrade(quiz=quiz, actor=admin, reason="another word", dry_run=False)
    attempt.refresh_from_db()
    assert (attempt.mark, attempt.passed) == (3, True)
    assert ledger.balance(learner) == 10
    question = attempt.questions.get(position=5)
    assert question.marked_by == version
    assert question.version != version, "the attempt keeps the version that it saw"
    assert Regrade.objects.get().report["changes"][0]["credits"] == 10
    assert regrade(quiz=quiz).changes == []


def test_credits_once_given_stay_when_a_correction_takes_the_pass(quiz, learner, take):
    take({**ALMOST, 5: "KEYWORDbreak"})
    question = quiz.slots.get(position=5).question
    authoring.revise_question(question=question, data={"answers": ["leave"]})
    regrade(quiz=quiz, dry_run=False)
    assert Attempt.objects.get().passed is False
    assert ledger.balance(learner) == 10
    assert ledger.discrepancies() == []


def test_a_version_of_another_shape_is_not_used(quiz, take):
    take(ALMOST)
    question = quiz.slots.get(position=1).question
    authoring.revise_question(
        question=question, data={"choices": [{"text": "a", "correct": True}, {"text": "b"}]}
    )
    outcome = regrade(quiz=quiz)
    assert outcome.changes == []
    assert "Range" in outcome.kept[0]


def test_a_persons_mark_stays(quiz, admin, take):
    attempt = take(ALMOST)
    grading.mark_by_hand(attempt=attempt, position=5, mark=0.5, actor=admin, reason="half right")
    corrected(quiz)
    assert regrade(quiz=quiz).changes == []


def test_changing_a_mark_needs_a_reason_and_leaves_a_step(quiz, learner, admin, take):
    attempt = take(ALMOST)
    with pytest.raises(grading.MarkingError, match="why"):
        grading.mark_by_hand(attempt=attempt, position=5, mark=1, actor=admin)
    with pytest.raises(grading.MarkingError, match="at most 1"):
        grading.mark_by_hand(attempt=attempt, position=5, mark=2, actor=admin, reason="more")
    attempt = grading.mark_by_hand(attempt=attempt, position=5, mark=1, actor=admin, reason="a synonym")
    assert attempt.passed
    assert ledger.balance(learner) == 10
    step = attempt.steps.get(kind=AttemptStep.Kind.OVERRIDE)
    assert (step.payload["before"], step.payload["mark"], step.actor) == (0, 1, admin)


def test_an_essay_waits_for_a_person_and_then_earns(make_quiz, learner, admin, take):
    quiz = make_quiz({"type": "essay", "text": "Why loops?"})
    attempt = take({1: "Because."}, of=quiz)
    assert (attempt.state, attempt.passed) == (Attempt.State.SUBMITTED, None)
    assert ledger.balance(learner) == 0
    attempt = grading.mark_by_hand(attempt=attempt, position=1, mark=1, actor=admin, comment="Good.")
    assert (attempt.state, attempt.passed) == (Attempt.State.GRADED, True)
    assert ledger.balance(learner) == 10
    assert Notice.objects.get(learner=learner).url == attempt.get_absolute_url()


def test_statistics_take_the_first_attempt_after_a_preview(quiz, learner, other_learner, take):
    """An editor's preview takes number 1; a question worth twice as much since keeps its share."""
    attempts.submit(attempt=attempts.start(quiz=quiz, learner=learner, preview=True))
    take(ALMOST, who=learner)
    quiz.slots.filter(position=1).update(max_mark=2)
    take(WRONG, who=other_learner)
    report = quiz_report(quiz)
    assert report.quiz.attempts == 2
    assert report.max_mark == 6
    first = report.slots[0].statistics
    assert (first.facility, first.standard_deviation) == (0.5, pytest.approx(2**0.5))


@pytest.mark.django_db(transaction=True)
def test_two_regrades_at_once_of_the_same_learners_wait_for_each_other_in_one_order(make_quiz):
    learners = [User.objects.create_user(f"learner{number}@example.org") for number in range(12)]
    quizzes = [make_quiz({"type": "true_false", "text": "So?", "answer": True}) for _ in range(2)]
    for quiz, order in zip(quizzes, (learners, learners[::-1]), strict=True):
        for learner in order:
            attempt = attempts.start(quiz=quiz, learner=learner)
            attempts.submit(attempt=attempt, fields={1: {"shown": ["1"], "choice": ["false"]}})
        authoring.revise_question(question=quiz.slots.get().question, data={"answer": False})
    outcomes = at_once(2, lambda number: regrade(quiz=quizzes[number], dry_run=False))
    assert [len(getattr(outcome, "changes", [])) for outcome in outcomes] == [12, 12], outcomes
    assert {ledger.balance(learner) for learner in learners} == {20}
    assert ledger.discrepancies() == []
