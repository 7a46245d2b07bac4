import pytest

from quizzes import attempts
from quizzes.models import Quiz

pytestmark = pytest.mark.django_db

CHOICE = {
    "type": "single_choice",
    "text": "Which?",
    "choices": [{"text": "a", "correct": True}, {"text": "b"}, {"text": "c"}],
    "hints": ["Think of the first letter."],
}
TRUE = {"type": "true_false", "text": "So?", "answer": True}


@pytest.fixture
def behaving(make_quiz, learner):
    def behaving(behaviour, *questions, **settings):
        quiz = make_quiz(*questions)
        Quiz.objects.filter(pk=quiz.pk).update(behaviour=behaviour, **settings)
        quiz.refresh_from_db()
        return attempts.start(quiz=quiz, learner=learner)

    return behaving


def check(attempt, answers, position, answer):
    fields = answers.fields(attempt, {position: answer})
    return attempts.check(attempt=attempt, position=position, fields=fields)


def test_each_wrong_try_costs_and_the_right_one_locks(behaving, answers):
    attempt = behaving("interactive", CHOICE, penalty=0.25)
    assert check(attempt, answers, 1, "b").is_locked is False
    question = check(attempt, answers, 1, "a")
    assert (question.tries, question.fraction, question.is_locked) == (2, 0.75, True)
    assert check(attempt, answers, 1, "c").fraction == 0.75
    assert attempts.submit(attempt=attempt).mark == 0.75


def test_tries_run_out(behaving, answers):
    attempt = behaving("interactive", CHOICE, tries=2)
    check(attempt, answers, 1, "b")
    assert check(attempt, answers, 1, "c").is_locked
    assert attempts.submit(attempt=attempt, fields=answers.fields(attempt, {1: "a"})).mark == 0


def test_adaptive_keeps_the_best_try(behaving, answers):
    attempt = behaving("adaptive", CHOICE, penalty=0.1)
    for answer in ("b", "c"):
        check(attempt, answers, 1, answer)
    submitted = attempts.submit(attempt=attempt, fields=answers.fields(attempt, {1: "a"}))
    assert submitted.mark == pytest.approx(0.8)


def test_immediate_feedback_takes_one_try(behaving, answers):
    attempt = behaving("immediate", CHOICE, TRUE)
    assert check(attempt, answers, 1, "b").is_locked
    submitted = attempts.submit(attempt=attempt, fields=answers.fields(attempt, {1: "a", 2: True}))
    assert submitted.mark == 1


def test_deferred_feedback_checks_nothing(behaving, answers):
    attempt = behaving("deferred", CHOICE)
    with pytest.raises(attempts.Refused, match="when it is submitted"):
        check(attempt, answers, 1, "a")


def test_nothing_is_checked_before_it_is_answered(behaving, answers):
    attempt = behaving("interactive", CHOICE)
    with pytest.raises(attempts.Refused, match="Answer the question"):
        check(attempt, answers, 1, None)


@pytest.mark.parametrize(
    ("certainty", "right", "mark"),
    [(1, True, 1 / 3), (2, True, 2 / 3), (3, True, 1), (1, False, 0), (2, False, -2 / 3), (3, False, -2)],
)
def test_certainty_pays_and_costs(behaving, answers, certainty, right, mark):
    attempt = behaving("certainty", TRUE)
    fields = answers.fields(attempt, {1: right})
    fields[1]["certainty"] = [str(certainty)]
    submitted = attempts.submit(attempt=attempt, fields=fields)
    assert submitted.mark == pytest.approx(mark)
    assert submitted.percent == pytest.approx(max(0, 100 * mark))


def test_hints_come_one_after_another(client, learner, behaving, answers):
    attempt = behaving("interactive", CHOICE)
    client.force_login(learner)
    assert "first letter" not in client.get(attempt.get_absolute_url()).content.decode()
    post = answers.post(attempt, {1: "b"}) | {"action": "check:1"}
    assert "first letter" in client.post(attempt.get_absolute_url(), post, follow=True).content.decode()


def test_a_check_that_is_refused_keeps_the_other_answers_of_the_form(client, learner, behaving, answers):
    """Without a script the form is all there is."""
    attempt = behaving("immediate", CHOICE, TRUE)
    client.force_login(learner)
    post = answers.post(attempt, {1: "b"}) | {"action": "check:2"}
    page = client.post(attempt.get_absolute_url(), post, follow=True).content.decode()
    assert "Answer the question before you check it." in page
    assert attempt.questions.get(position=1).response is not None
    assert attempt.questions.get(position=2).tries == 0
