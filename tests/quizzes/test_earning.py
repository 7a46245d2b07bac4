"""What a quiz pays, under which rule, and that its pages say so."""

import threading

import pytest
from django.db import connection

from credits import ledger
from credits.models import Entry, Rules
from quizzes import attempts, earning
from quizzes.models import Attempt, Quiz
from quizzes.review import reveal, standing


@pytest.fixture
def paying(quiz):
    """The quiz pays 10 for a pass, 5 for a perfect mark, 3 for a better mark."""
    Quiz.objects.filter(pk=quiz.pk).update(perfect_credits=5, improvement_credits=3, attempts_allowed=0)
    quiz.refresh_from_db()
    return quiz


def reasons(learner):
    return sorted((entry.reason, entry.amount) for entry in ledger.statement(learner))


def test_each_rule_pays_once(paying, take, answers, learner):
    one_wrong, two_wrong = answers.right | {4: "4"}, answers.right | {3: False, 4: "4"}
    assert take(two_wrong).credits_earned == 10
    assert take(two_wrong).credits_earned == 0  # no better
    assert take(one_wrong).credits_earned == 3
    assert take().credits_earned == 5  # better once more, and perfect: only the latter is new
    assert take().credits_earned == 0
    assert reasons(learner) == [("first_pass", 10), ("improvement", 3), ("perfect", 5)]
    assert {entry.description for entry in ledger.statement(learner)} == {
        "Passed: Loops", "Better mark: Loops", "Perfect mark: Loops",
    }  # fmt: skip


def test_a_better_mark_before_any_pass_is_no_improvement(paying, take, answers, learner):
    take(answers.wrong)
    take(answers.right | {4: "4"})
    assert reasons(learner) == [("first_pass", 10)]


def test_the_mark_of_record_has_to_rise(paying, take, answers, learner):
    Quiz.objects.filter(pk=paying.pk).update(grading="first")
    paying.refresh_from_db()
    take(answers.right | {3: False, 4: "4"})
    take(answers.right | {4: "4"})
    assert reasons(learner) == [("first_pass", 10)]


def test_the_sites_rules_hold_where_the_quiz_says_nothing(quiz, take, learner):
    Rules.objects.create(pk=1, perfect_credits=7)
    assert take().credits_earned == 17
    Quiz.objects.filter(pk=quiz.pk).update(perfect_credits=0)
    quiz.refresh_from_db()
    assert earning.amounts(quiz, Rules.current())["perfect"] == 0


def test_what_the_limit_holds_back_can_be_earned_later(quiz, take, learner):
    rules = Rules.objects.create(pk=1, daily_cap=1)
    ledger.award(learner=learner, amount=1, reason="streak", source="streak:1")
    assert take().credits_earned == 0
    Rules.objects.filter(pk=rules.pk).update(daily_cap=100)
    assert take().credits_earned == 10
    assert take().credits_earned == 0


def test_right_answers_stay_hidden_while_a_better_mark_pays(paying, take, answers, learner):
    take(answers.right | {4: "4"})
    stand = standing(paying, learner)
    assert [(offer.reason, offer.amount) for offer in stand.offers] == [("perfect", 5), ("improvement", 3)]
    assert not reveal(paying, stand).answers
    take()
    stand = standing(paying, learner)
    assert stand.offers == []
    assert reveal(paying, stand).answers


def test_the_pages_name_what_may_be_earned(client, paying, take, answers, learner):
    client.force_login(learner)
    page = client.get(paying.get_absolute_url()).content.decode()
    for sentence in (
        "Your first pass earns 10 credits.",
        "A perfect mark earns 5 credits more.",
        "A better mark after a pass earns 3 credits, once.",
    ):
        assert sentence in page
    attempt = take(answers.right | {4: "4"})
    result = client.get(attempt.get_absolute_url()).content.decode()
    assert "+10 credits" in result
    assert "Your first pass" not in result
    assert "A better mark after a pass earns 3 credits, once." in result
    assert "KEYWORD-EXPLANATION" not in client.get(f"/quizzes/review/{attempt.public_id}/").content.decode()


def test_a_full_day_is_said_before_the_start(client, paying, learner):
    Rules.objects.create(pk=1, daily_cap=4)
    ledger.award(learner=learner, amount=4, reason="streak", source="streak:1")
    client.force_login(learner)
    page = client.get(paying.get_absolute_url()).content.decode()
    assert "You have earned the 4 credits that a day allows" in page


@pytest.mark.django_db(transaction=True)
def test_many_submissions_at_once_pay_each_rule_once(paying, learner, answers):
    attempt = attempts.start(quiz=paying, learner=learner)
    fields = answers.fields(attempt, answers.right)
    barrier = threading.Barrier(10)

    def submit():
        barrier.wait()
        try:
            attempts.submit(attempt=Attempt.objects.get(pk=attempt.pk), fields=fields)
        finally:
            connection.close()

    threads = [threading.Thread(target=submit) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reasons(learner) == [("first_pass", 10), ("perfect", 5)]
    assert Entry.objects.count() == 2
    assert ledger.discrepancies() == []
