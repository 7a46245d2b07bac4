import pytest

from quizzes import attempts, authoring
from quizzes.models import Quiz
from quizzes.regrade import regrade

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


SHARES = {
    "type": "single_choice",
    "text": "Which?",
    "choices": [
        {"text": "a", "fraction": 1},
        {"text": "half", "fraction": 0.5},
        {"text": "bad", "fraction": -0.5},
    ],
}
PAIRS = {
    "type": "matching",
    "text": "Match.",
    "pairs": [{"prompt": letter, "answer": letter.upper()} for letter in "abcd"],
}


def paired(question, answers):
    """The form of a matching question: {prompt: answer}."""
    prompts = [pair["prompt"] for pair in question.version.data["pairs"]]
    options = [prompt.upper() for prompt in prompts]
    shown = [prompts[number] for number in question.variant["prompts"]]
    fields = {
        f"row{row}": [str(question.variant["order"].index(options.index(answers[prompt])))]
        for row, prompt in enumerate(shown)
        if prompt in answers
    }
    return {question.position: {"shown": ["1"], **fields}}


def test_with_several_tries_the_last_answer_counts_and_with_any_number_the_best(behaving, answers, learner):
    for behaviour, mark in [("interactive", 0), ("adaptive", 0.5)]:
        attempt = behaving(behaviour, SHARES, penalty=0.25, tries=3)
        check(attempt, answers, 1, "half")
        check(attempt, answers, 1, "bad")
        assert attempts.submit(attempt=attempt).mark == pytest.approx(mark)


@pytest.mark.parametrize("behaviour", ["interactive", "adaptive"])
def test_tries_never_cost_more_than_the_answer_is_worth(behaving, answers, behaviour):
    attempt = behaving(behaviour, SHARES, penalty=0.25)
    assert check(attempt, answers, 1, "bad").fraction == 0
    assert attempts.submit(attempt=attempt).mark == 0


def test_adaptive_without_a_penalty(behaving, answers):
    attempt = behaving("adaptive", SHARES, penalty=0)
    for answer in ("bad", "half", "bad", "a"):
        check(attempt, answers, 1, answer)
    assert attempts.submit(attempt=attempt).mark == 1


@pytest.mark.parametrize("behaviour", ["interactive", "adaptive"])
def test_the_same_answer_sent_twice_is_one_try(behaving, answers, behaviour):
    """By a double click or a proxy that asks again."""
    attempt = behaving(behaviour, CHOICE, penalty=0.25, tries=3)
    for _again in range(3):
        assert check(attempt, answers, 1, "b").tries == 1
    assert attempt.steps.filter(kind="check").count() == 1
    assert check(attempt, answers, 1, "a").fraction == 0.75


def test_an_answer_that_is_handed_in_as_it_was_checked_costs_nothing_more(behaving, answers):
    attempt = behaving("interactive", SHARES, penalty=0.25, tries=3)
    check(attempt, answers, 1, "half")
    assert attempts.submit(attempt=attempt).mark == 0.5


def test_each_pair_counts_from_the_try_on_that_got_it_right(behaving, answers):
    """As Moodle counts back: a and b right at once, c at the second try, d lost at the third."""
    attempt = behaving("interactive", PAIRS, penalty=0.2, tries=3)
    question = attempt.questions.select_related("version").get()
    for given in ({"a": "A", "b": "B", "c": "D", "d": "D"}, {"a": "A", "b": "B", "c": "C", "d": "D"}):
        attempts.check(attempt=attempt, position=1, fields=paired(question, given))
    assert attempts.submit(attempt=attempt).mark == pytest.approx((1 + 1 + 0.8 + 1) / 4)

    attempt = behaving("interactive", PAIRS, penalty=0.2, tries=4)
    question = attempt.questions.select_related("version").get()
    for given in ({"a": "A", "b": "C"}, {"a": "B", "b": "B"}, {"a": "A", "b": "B", "c": "A"}):
        attempts.check(attempt=attempt, position=1, fields=paired(question, given))
    assert attempts.submit(attempt=attempt).mark == pytest.approx((0.6 + 0.8) / 4)


def test_a_regrade_judges_every_try_anew(behaving, answers):
    attempt = behaving("adaptive", SHARES, penalty=0.25)
    for answer in ("half", "bad"):
        check(attempt, answers, 1, answer)
    attempts.submit(attempt=attempt)
    question = attempt.questions.get().version.question
    choices = [
        dict(choice, fraction={"half": 1, "a": 0.5}.get(choice["text"], 0)) for choice in SHARES["choices"]
    ]
    authoring.revise_question(question=question, data={"choices": choices})
    regrade(quiz=attempt.quiz, dry_run=False)
    attempt.refresh_from_db()
    assert attempt.mark == 1, "the first try was right all along"


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
