"""Hints for credits: paid once, never unpaid, and not a word of them before."""

import pytest
from django.test import Client

from credits import corrections, ledger
from credits.models import Entry
from quizzes import attempts, authoring, exporting, hints, importing, privacy
from quizzes.formats import read_questions
from quizzes.models import Attempt, AttemptStep, QuestionBank, QuestionVersion, Quiz
from quizzes.regrade import regrade
from threads import at_once

FIRST, SECOND = "KEYWORD-HINT-ONE", "KEYWORD-HINT-TWO"
WORD = {
    "type": "short_text",
    "text": "Leave a loop?",
    "answers": ["break"],
    "hints": [f"It is **{FIRST}**.", f"It is {SECOND}."],
}
TRUE = {"type": "true_false", "text": "So?", "answer": True}


@pytest.fixture
def selling(make_quiz, learner):
    """An attempt whose first two questions have two hints each, for 3 credits of the learner's 7."""

    def selling(**settings):
        quiz = make_quiz(WORD, WORD, TRUE, **{"hint_price": 3, **settings})
        return attempts.start(quiz=quiz, learner=learner)

    ledger.award(learner=learner, amount=7, reason="streak", source="streak:1")
    return selling


@pytest.fixture
def attempt(selling):
    return selling()


def buy(attempt, position=1, number=1, price=3, **form):
    return hints.buy(attempt=attempt, position=position, number=number, price=price, **form)


def spends(learner):
    return list(Entry.objects.filter(account__learner=learner, reason="hint").order_by("pk"))


# ------------------------------------------------------------------------------------------------ buying


def test_hints_are_bought_in_order_and_each_is_paid_once(attempt, learner):
    assert buy(attempt).hints_bought == 1
    assert buy(attempt).hints_bought == 1
    assert ledger.balance(learner) == 4
    assert buy(attempt, number=2).hints_bought == 2
    assert buy(attempt, number=1).hints_bought == 2
    assert ledger.balance(learner) == 1
    assert [entry.description for entry in spends(learner)] == [
        "Hint 1 to question 1: A quiz", "Hint 2 to question 1: A quiz",
    ]  # fmt: skip
    assert ledger.discrepancies() == []


def test_each_purchase_is_one_step_of_the_attempt(attempt, learner):
    buy(attempt)
    buy(attempt)
    step = attempt.steps.get(kind=AttemptStep.Kind.HINT)
    [entry] = spends(learner)
    assert step.payload == {"position": 1, "hint": 1, "price": 3, "entry": entry.pk}
    attempt.refresh_from_db()
    assert attempt.sequence == step.sequence


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"number": 2}, "not for sale"),
        ({"number": 0}, "not for sale"),
        ({"position": 3}, "not for sale"),
        ({"position": 99}, "not for sale"),
        ({"price": 2}, "price of a hint has changed"),
    ],
)
def test_what_can_not_be_bought_costs_nothing(attempt, learner, asked, sentence):
    with pytest.raises(attempts.Refused, match=sentence):
        buy(attempt, **asked)
    assert ledger.balance(learner) == 7
    assert not attempt.steps.exists()


def test_a_balance_never_falls_below_zero(attempt, learner):
    buy(attempt, 1)
    buy(attempt, 2)
    with pytest.raises(ledger.NotEnoughCredits) as refusal:
        buy(attempt, 1, 2)
    assert refusal.value.missing == 2
    assert ledger.balance(learner) == 1
    assert attempt.questions.get(position=1).hints_bought == 1


@pytest.mark.parametrize("behaviour", ["interactive", "adaptive"])
def test_hints_that_come_with_wrong_tries_are_not_sold(attempt, learner, behaviour):
    Quiz.objects.update(behaviour=behaviour)
    with pytest.raises(attempts.Refused, match="not for sale"):
        buy(Attempt.objects.get())
    assert ledger.balance(learner) == 7


def test_a_quiz_without_a_price_sells_none(selling):
    with pytest.raises(attempts.Refused, match="not for sale"):
        buy(selling(hint_price=0), price=0)


def test_a_question_that_is_answered_for_good_sells_none(attempt, answers):
    Quiz.objects.update(behaviour="immediate")
    attempt = Attempt.objects.get()
    attempts.check(attempt=attempt, position=1, fields=answers.fields(attempt, {1: "break"}))
    with pytest.raises(attempts.Refused, match="not for sale"):
        buy(attempt, number=2)


def test_a_submitted_attempt_sells_none_and_shows_what_was_bought(attempt, client, learner):
    buy(attempt)
    attempts.submit(attempt=attempt)
    with pytest.raises(attempts.Refused, match="already submitted"):
        buy(attempt, number=2)
    client.force_login(learner)
    review = client.get(f"/quizzes/review/{attempt.public_id}/").content.decode()
    assert FIRST in review
    assert SECOND not in review
    assert "Buy a hint" not in review


def test_pages_left_behind_and_ahead_sell_none(attempt):
    Quiz.objects.update(navigation="sequential")
    attempt.questions.filter(position=2).update(page=2)
    with pytest.raises(attempts.Refused, match="not for sale"):
        buy(Attempt.objects.get(), 2)
    attempts.turn_page(attempt=attempt, page=2)
    with pytest.raises(attempts.Refused, match="not for sale"):
        buy(Attempt.objects.get(), 1)
    assert buy(Attempt.objects.get(), 2).hints_bought == 1


def test_a_preview_shows_hints_for_nothing(attempt, learner):
    Attempt.objects.update(is_preview=True)
    attempt.refresh_from_db()
    assert buy(attempt, price=0).hints_bought == 1
    assert ledger.balance(learner) == 7


@pytest.mark.django_db(transaction=True)
def test_many_purchases_at_once_are_one(attempt, learner):
    bought = at_once(8, lambda _number: buy(Attempt.objects.get(pk=attempt.pk)).hints_bought)
    assert bought == [1] * 8
    assert len(spends(learner)) == 1
    assert attempt.steps.filter(kind=AttemptStep.Kind.HINT).count() == 1
    assert ledger.discrepancies() == []


@pytest.mark.django_db(transaction=True)
def test_of_more_hints_at_once_than_can_be_paid_no_more_are_sold(make_quiz, learner):
    """Two attempts of one learner, so that the ledger's lock alone has to say no."""
    ledger.award(learner=learner, amount=7, reason="streak", source="streak:1")
    running = [
        attempts.start(quiz=make_quiz(WORD, WORD, hint_price=3), learner=learner).pk for _number in range(2)
    ]

    def work(number):
        return buy(Attempt.objects.get(pk=running[number % 2]), number // 2 + 1).hints_bought

    results = at_once(4, work)
    assert results.count(1) == 2
    assert sum(isinstance(result, ledger.NotEnoughCredits) for result in results) == 2
    assert ledger.balance(learner) == 1
    assert ledger.discrepancies() == []


# ------------------------------------------------------------------------------------------- on the page


def test_no_word_of_a_hint_leaves_the_server_before_it_is_paid(attempt, client, learner):
    client.force_login(learner)
    page, api = attempt.get_absolute_url(), f"/api/v1/attempts/{attempt.public_id}/"
    before = [client.get(address) for address in (page, api)]
    for response in before:
        assert "KEYWORD-HINT" not in response.content.decode()
        assert "KEYWORD-HINT" not in str(response.headers)
    tag = before[1]["ETag"]
    versions = QuestionVersion.objects.filter(
        attempt_questions__attempt=attempt, attempt_questions__position=1
    )
    kept = versions.get().fragments
    versions.update(fragments={text: f"{html} More." for text, html in kept.items()})
    assert client.get(api)["ETag"] == tag
    buy(attempt)
    tag = client.get(api)["ETag"]
    versions.update(fragments=kept)
    assert client.get(api)["ETag"] != tag
    for address in (page, api):
        content = client.get(address).content.decode()
        assert FIRST in content
        assert SECOND not in content


def test_the_price_and_the_balance_are_shown_before_buying(attempt, client, learner):
    client.force_login(learner)
    assert "each costs 3 credits" in client.get(attempt.quiz.get_absolute_url()).content.decode()
    page = client.get(attempt.get_absolute_url()).content.decode()
    assert page.count("Buy a hint for 3 credits") == 2
    assert "You have 7 credits." in page
    buy(attempt, 1)
    buy(attempt, 2)
    page = client.get(attempt.get_absolute_url()).content.decode()
    assert "Buy a hint" not in page
    assert "A hint costs 3 credits." in page
    assert "You have 1 credit." in page


def test_buying_keeps_the_answers_of_the_whole_form(attempt, client, learner, answers):
    """Without a script the form is all there is."""
    client.force_login(learner)
    post = answers.post(attempt, {1: "brake", 2: "continue", 3: True}) | {"seen": "0", "page": "1"}
    response = client.post(attempt.get_absolute_url(), post | {"action": "hint:2:1:3"}, follow=True)
    assert response.redirect_chain == [(f"{attempt.get_absolute_url()}?page=1#question-2", 302)]
    assert FIRST in response.content.decode()
    assert [row.response for row in attempt.questions.order_by("position")] == ["brake", "continue", True]
    assert [step.kind for step in attempt.steps.all()] == ["save", "hint"]


@pytest.mark.parametrize("action", ["hint:1:2:3", "hint:1:1:2", "hint:1:1", "hint:1:1:²", "hint:x", "hint"])
def test_a_purchase_that_is_refused_keeps_the_answers_too(attempt, client, learner, answers, action):
    client.force_login(learner)
    post = answers.post(attempt, {1: "brake", 2: "continue", 3: True}) | {"action": action}
    assert client.post(attempt.get_absolute_url(), post, follow=True).status_code == 200
    assert [row.response for row in attempt.questions.order_by("position")] == ["brake", "continue", True]
    assert ledger.balance(learner) == 7


def test_a_visitor_is_offered_none(make_quiz, client):
    quiz = make_quiz(WORD, hint_price=3, open_to_visitors=True)
    page = client.get(f"/quizzes/{quiz.slug}/try/").content.decode()
    assert "Leave a loop?" in page
    assert "Buy a hint" not in page
    assert "KEYWORD-HINT" not in page


# ------------------------------------------------------------------------------------------- by the API


@pytest.fixture
def program(client, learner):
    client.force_login(learner)
    return Client(headers={"X-Session-Token": client.session.session_key})


def ask(program, attempt, key="", **body):
    return program.post(
        f"/api/v1/attempts/{attempt.public_id}/hints/",
        {"position": 1, "number": 1, "price": 3} | body,
        content_type="application/json",
        headers={"Idempotency-Key": key} if key else {},
    )


def test_a_program_buys_what_it_was_offered(attempt, program, learner):
    question = program.get(f"/api/v1/attempts/{attempt.public_id}/").json()["questions"][0]
    assert question["next_hint"] == {"number": 1, "price": 3}
    for _time in range(2):
        response = ask(program, attempt, key="one")
        assert response.status_code == 200
        question = response.json()["questions"][0]
        assert FIRST in question["hints"][0]
        assert question["next_hint"] == {"number": 2, "price": 3}
    assert response["Idempotency-Replayed"] == "true"
    assert ledger.balance(learner) == 4


def test_a_program_is_told_why_nothing_is_sold(attempt, program, other_learner):
    assert ask(program, attempt, position=99).status_code == 404
    assert ask(program, attempt, number=0).status_code == 400
    refused = ask(program, attempt, price=2)
    assert (refused.status_code, refused.json()["detail"]) == (
        409, "The price of a hint has changed: look at it again before you buy.",
    )  # fmt: skip
    Attempt.objects.update(learner=other_learner)
    assert ask(program, attempt).status_code == 404


# ------------------------------------------------------------------------------------------ what follows


def test_a_refund_gives_the_credits_back_and_leaves_the_hint(attempt, learner, admin):
    buy(attempt)
    [entry] = spends(learner)
    for key in ("0" * 32, "1" * 32):
        corrections.refund(entry=entry, description="It misled.", actor=admin, key=key)
    assert ledger.balance(learner) == 7
    assert buy(attempt).hints_bought == 1  # bought for ever: not paid anew
    assert ledger.balance(learner) == 7
    assert ledger.discrepancies() == []


def test_a_regrade_takes_no_hint_and_no_credits(attempt, learner, answers):
    buy(attempt)
    attempts.submit(attempt=attempt, fields=answers.fields(attempt, {1: "leave", 2: "break", 3: True}))
    question = attempt.questions.get(position=1).version.question
    authoring.revise_question(question=question, data={"answers": ["leave"]}, hints=[])
    before = ledger.balance(learner)
    assert len(regrade(quiz=attempt.quiz, dry_run=False).changes) == 1
    assert attempt.questions.get(position=1).hints_bought == 1
    assert ledger.balance(learner) == before


def test_a_persons_data_tell_how_many_were_bought(attempt, learner):
    buy(attempt)
    [row] = dict(privacy.export(learner))["quiz_attempts"]
    assert [answer["hints_bought"] for answer in row["answers"]] == [1, 0, 0]


def test_a_new_attempt_sells_them_anew(attempt, learner):
    buy(attempt)
    attempts.submit(attempt=attempt)
    again = attempts.start(quiz=attempt.quiz, learner=learner)
    assert again.questions.get(position=1).hints_bought == 0
    buy(again)
    assert ledger.balance(learner) == 1


MOODLE = b"""<quiz><question type="shortanswer"><name><text>Leave</text></name>
<questiontext format="html"><text>Leave a loop?</text></questiontext>
<answer fraction="100"><text>break</text></answer>
<hint format="html"><text><![CDATA[<p>It is <b>KEYWORD-HINT-ONE</b>.</p>]]></text></hint>
<hint format="html"><text>KEYWORD-HINT-TWO</text></hint>
</question></quiz>"""


def test_the_hints_of_an_imported_file_can_be_sold_and_are_exported(make_quiz, learner):
    ledger.award(learner=learner, amount=7, reason="streak", source="streak:1")
    quiz = make_quiz(TRUE, hint_price=3)
    importing.import_questions(
        reading=read_questions(MOODLE), bank=QuestionBank.objects.create(name="Moodle"), quiz=quiz
    )
    question = buy(attempts.start(quiz=quiz, learner=learner), position=2)
    assert question.version.hints == [f"It is **{FIRST}**.", SECOND]
    exported = exporting.export_questions(questions=[question.version.question], format="moodle-xml")
    assert exported.count(b"<hint ") == 2
    assert [entry.hints for entry in read_questions(exported).questions] == [question.version.hints]
