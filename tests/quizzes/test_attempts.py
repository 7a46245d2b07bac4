import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from activity.models import Event, Kind, Verb
from credits import ledger
from quizzes import attempts, layout, terms
from quizzes.models import Accommodation, Attempt, AttemptStep, Quiz

pytestmark = pytest.mark.django_db


def test_a_first_pass_earns_the_quiz_its_credits_once(quiz, learner, take):
    first = take()
    second = take()
    assert first.passed
    assert first.mark == first.max_mark == 5
    assert first.credits_earned == 10
    assert second.passed
    assert second.credits_earned == 0
    assert ledger.balance(learner) == 10


def test_a_failed_attempt_earns_nothing(learner, take, answers):
    attempt = take(answers.wrong)
    assert attempt.passed is False
    assert ledger.balance(learner) == 0


def test_answers_are_kept_as_numbered_steps(quiz, learner, answers):
    attempt = attempts.start(quiz=quiz, learner=learner)
    first = attempts.save(attempt=attempt, fields=answers.fields(attempt, {1: "3"}), sequence=1, token="a")
    second = attempts.save(
        attempt=attempt, fields=answers.fields(attempt, {1: "0, 1, 2"}), sequence=2, token="b"
    )
    assert (first.outcome, second.outcome) == ("saved", "saved")
    assert attempt.questions.get(position=1).response == 0
    steps = list(attempt.steps.filter(kind=AttemptStep.Kind.SAVE).values_list("sequence", flat=True))
    assert steps == [1, 2]


def test_a_repeated_step_is_acknowledged_and_changes_nothing(quiz, learner, answers):
    attempt = attempts.start(quiz=quiz, learner=learner)
    attempts.save(attempt=attempt, fields=answers.fields(attempt, {1: "3"}), sequence=1, token="a")
    attempts.save(attempt=attempt, fields=answers.fields(attempt, {1: "0, 1, 2"}), sequence=2, token="b")
    again = attempts.save(attempt=attempt, fields=answers.fields(attempt, {1: "3"}), sequence=1, token="a")
    assert (again.outcome, again.sequence) == ("repeated", 2)
    assert attempt.questions.get(position=1).response == 0


def test_a_late_step_of_another_page_changes_nothing_and_is_told_the_last_number(quiz, learner, answers):
    attempt = attempts.start(quiz=quiz, learner=learner)
    attempts.save(
        attempt=attempt, fields=answers.fields(attempt, {1: "0, 1, 2"}), sequence=1, token="one tab"
    )
    late = attempts.save(
        attempt=attempt, fields=answers.fields(attempt, {1: "3"}), sequence=1, token="another"
    )
    assert (late.outcome, late.sequence) == ("late", 1)
    assert attempt.questions.get(position=1).response == 0


def test_an_unticked_box_clears_the_answer(quiz, learner, answers):
    attempt = attempts.start(quiz=quiz, learner=learner)
    attempts.save(attempt=attempt, fields=answers.fields(attempt, {2: ["list"]}))
    attempts.save(attempt=attempt, fields=answers.fields(attempt, {2: None}))
    assert attempt.questions.get(position=2).response is None


def test_submitting_twice_gives_one_result(quiz, learner, answers):
    attempt = attempts.start(quiz=quiz, learner=learner)
    first = attempts.submit(attempt=attempt, fields=answers.fields(attempt, answers.right))
    steps = attempt.steps.count()
    second = attempts.submit(attempt=attempt, fields=answers.fields(attempt, answers.wrong))
    assert (second.mark, second.submitted_at) == (first.mark, first.submitted_at)
    assert attempt.steps.count() == steps
    assert attempts.save(attempt=attempt, fields=answers.fields(attempt, answers.wrong)).outcome == "closed"


def test_at_the_deadline_the_server_submits_what_was_saved(quiz, learner, answers):
    Quiz.objects.filter(pk=quiz.pk).update(time_limit=10)
    quiz.refresh_from_db()
    attempt = attempts.start(quiz=quiz, learner=learner)
    attempts.save(attempt=attempt, fields=answers.fields(attempt, answers.right))
    after = attempt.started_at + timedelta(minutes=10, seconds=1)
    late = attempts.save(attempt=attempt, fields=answers.fields(attempt, answers.wrong), at=after)
    assert late.outcome == "closed"
    attempt.refresh_from_db()
    assert attempt.passed
    assert attempt.submitted_at == attempt.deadline


def test_the_sweep_and_the_next_read_come_to_one_result(quiz, learner, answers):
    Quiz.objects.filter(pk=quiz.pk).update(time_limit=10)
    quiz.refresh_from_db()
    attempt = attempts.start(quiz=quiz, learner=learner)
    attempts.save(attempt=attempt, fields=answers.fields(attempt, answers.right))
    after = attempt.deadline + timedelta(seconds=1)
    assert attempts.submit_due(at=after) == 1
    assert attempts.submit_due(at=after) == 0
    read = attempts.finish_if_due(attempt=Attempt.objects.get(pk=attempt.pk), at=after)
    assert read.steps.filter(kind=AttemptStep.Kind.SUBMIT).count() == 1
    assert ledger.balance(learner) == 10


def test_extra_time_and_extra_attempts_are_the_learners_own(quiz, learner, other_learner):
    Quiz.objects.filter(pk=quiz.pk).update(time_limit=60, attempts_allowed=1)
    quiz.refresh_from_db()
    Accommodation.objects.create(learner=learner, extra_time_percent=50)
    Accommodation.objects.create(learner=learner, quiz=quiz, extra_time_percent=100, extra_attempts=1)
    own, others = terms.terms_for(quiz, learner), terms.terms_for(quiz, other_learner)
    assert (own.minutes, own.attempts_allowed) == (120, 2)
    assert (others.minutes, others.attempts_allowed) == (60, 1)


def test_a_quiz_is_refused_outside_its_times_and_attempts(quiz, learner, take, answers):
    now = timezone.now()
    for _ in range(3):
        take(answers.wrong)
    with pytest.raises(attempts.Refused, match="3 attempts"):
        attempts.start(quiz=quiz, learner=learner)
    quiz.attempts_allowed = 0
    quiz.closes_at = now - timedelta(days=1)
    assert "closed" in terms.refusal(quiz=quiz, learner=learner)
    quiz.closes_at, quiz.opens_at = None, now + timedelta(days=1)
    assert "opens" in terms.refusal(quiz=quiz, learner=learner)
    quiz.opens_at, quiz.attempt_delay = None, 60
    assert "try again from" in terms.refusal(quiz=quiz, learner=learner)


def test_an_attempt_can_be_bought_once_the_allowed_ones_are_used(quiz, learner, admin, take, answers):
    Quiz.objects.filter(pk=quiz.pk).update(attempts_allowed=1, attempt_price=4)
    quiz.refresh_from_db()
    take(answers.wrong)
    ledger.adjust(learner=learner, amount=5, description="A gift", actor=admin)
    attempts.buy(quiz=quiz, learner=learner)
    with pytest.raises(attempts.Refused, match="no attempt to buy"):
        attempts.buy(quiz=quiz, learner=learner)
    assert ledger.balance(learner) == 1
    assert take(answers.right).passed


def test_a_password_and_an_address_are_asked_for(quiz, learner):
    quiz.password, quiz.ip_ranges = "open sesame", ["192.0.2.0/24"]
    with pytest.raises(attempts.Refused, match="network"):
        attempts.start(quiz=quiz, learner=learner, password="open sesame", address="198.51.100.7")
    with pytest.raises(attempts.Refused, match="password"):
        attempts.start(quiz=quiz, learner=learner, password="open", address="192.0.2.7")
    assert attempts.start(quiz=quiz, learner=learner, password="open sesame", address="192.0.2.7").is_running


def test_steps_refuse_to_be_changed_or_deleted(quiz, learner, take):
    step = take().steps.first()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AttemptStep.objects.filter(pk=step.pk).update(kind="save")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        step.delete()


def test_answers_and_outcome_are_recorded_as_events(quiz, learner, take, answers):
    take({**answers.right, 3: False, 4: None})
    answered = Event.objects.filter(learner_id=learner.pk, verb=Verb.ANSWERED, kind=Kind.QUESTION)
    assert sorted(answered.values_list("value", flat=True)) == [0, 1, 1, 1]
    outcome = Event.objects.get(learner_id=learner.pk, kind=Kind.QUIZ)
    assert (outcome.verb, outcome.object_id, outcome.value) == (Verb.PASSED, quiz.pk, 0.6)


def test_sequential_pages_take_no_answers_once_left(make_quiz, learner, answers):
    quiz = make_quiz(
        {"type": "true_false", "text": "One", "answer": True},
        {"type": "true_false", "text": "Two", "answer": True},
    )
    Quiz.objects.filter(pk=quiz.pk).update(navigation="sequential", one_per_page=True)
    quiz.refresh_from_db()
    attempt = attempts.start(quiz=quiz, learner=learner)
    attempts.save(attempt=attempt, fields=answers.fields(attempt, {1: True}))
    assert attempts.turn_page(attempt=attempt, page=2) == 2
    assert attempts.turn_page(attempt=attempt, page=1) == 2
    attempts.save(attempt=attempt, fields=answers.fields(attempt, {1: False, 2: True}))
    assert list(attempt.questions.values_list("response", flat=True)) == [True, True]


def test_a_seed_lays_out_the_same_questions_again(quiz, learner):
    import random

    Quiz.objects.filter(pk=quiz.pk).update(shuffle_questions=True)
    quiz.refresh_from_db()
    attempt = attempts.start(quiz=quiz, learner=learner)
    again = layout.lay_out(quiz, random.Random(attempt.seed))
    stored = list(attempt.questions.values_list("version", "variant"))
    assert [(row["version"].pk, row["variant"]) for row in again] == stored


def _at_once(count, act):
    """Run `act` in that many threads, each on its own connection; returns what they returned or raised."""
    gate, results = threading.Barrier(count), []

    def run():
        try:
            gate.wait()
            results.append(act())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_fifty_submits_at_once_give_one_mark_and_one_award(quiz, learner, answers):
    attempt = attempts.start(quiz=quiz, learner=learner)
    attempts.save(attempt=attempt, fields=answers.fields(attempt, answers.right))
    results = _at_once(50, lambda: attempts.submit(attempt=Attempt.objects.get(pk=attempt.pk)).mark)
    assert results == [5.0] * 50
    assert attempt.steps.filter(kind=AttemptStep.Kind.SUBMIT).count() == 1
    assert ledger.balance(learner) == 10
    assert ledger.statement(learner).count() == 1
    assert ledger.discrepancies() == []


@pytest.mark.django_db(transaction=True)
def test_twenty_starts_at_once_are_one_attempt(quiz, learner):
    results = _at_once(20, lambda: attempts.start(quiz=quiz, learner=learner).pk)
    assert len(set(results)) == 1
    assert Attempt.objects.filter(learner=learner).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(4))
def test_starts_and_submits_at_once_never_go_beyond_the_allowed_attempts(make_quiz, learner, number):
    """A start that was allowed before another device started and submitted is not allowed any more."""
    quiz = make_quiz({"type": "true_false", "text": "So?", "answer": True}, attempts=2)

    def start_and_submit():
        return attempts.submit(attempt=attempts.start(quiz=quiz, learner=learner)).number

    results = _at_once(12, start_and_submit)
    # Some joined an attempt that another one had started.
    assert {type(result) for result in results} <= {int, attempts.Refused}, results
    assert Attempt.objects.filter(learner=learner).count() <= 2


def test_an_attempt_that_can_not_be_marked_keeps_no_other_one_waiting(
    make_quiz, learner, other_learner, caplog
):
    quiz = make_quiz(
        {"type": "calculated", "text": "{a}?", "expression": "a", "parameters": {"a": {"values": [2]}}}
    )
    Quiz.objects.filter(pk=quiz.pk).update(time_limit=10)
    quiz.refresh_from_db()
    broken = attempts.start(quiz=quiz, learner=learner)
    broken.questions.update(variant={}, response="2")  # as a fault in a question type would leave it
    sound = attempts.start(quiz=quiz, learner=other_learner)
    assert attempts.submit_due(at=sound.deadline + timedelta(seconds=1)) == 1
    sound.refresh_from_db()
    assert not sound.is_running
    assert f"attempt {broken.pk} could not be submitted" in caplog.text


@pytest.mark.parametrize("typed", ["a\x00b", "a\ud800b"])
def test_characters_that_no_database_keeps_are_left_out(make_quiz, learner, typed):
    quiz = make_quiz({"type": "short_text", "text": "What?", "answers": ["ab"]})
    attempt = attempts.start(quiz=quiz, learner=learner)
    saved = attempts.save(attempt=attempt, fields={1: {"shown": ["1"], "answer": [typed]}})
    assert saved.outcome == "saved"
    assert attempts.submit(attempt=attempt).mark == 1
