from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses import goals
from credits import ledger, rewards
from credits.models import Entry, Rules
from threads import at_once


def rules(**fields):
    return Rules.objects.update_or_create(pk=1, defaults=fields)[0]


def give(learner, amount, number=0, reason="first_pass"):
    return rewards.grant(
        learner=learner, amount=amount, reason=reason, source=f"quiz:{number}", description="Passed: Loops"
    )


@pytest.mark.django_db
def test_without_a_limit_every_award_is_given_whole(learner):
    assert [give(learner, 400, number) for number in range(3)] == [400, 400, 400]
    assert rewards.room(learner) == rewards.Room(None, None)


@pytest.mark.django_db
def test_the_award_that_reaches_the_limit_is_given_in_part_and_says_so(learner):
    rules(daily_cap=25)
    assert [give(learner, 10, number) for number in range(4)] == [10, 10, 5, 0]
    newest = ledger.statement(learner).first()
    assert newest.amount == 5
    assert newest.description == "Passed: Loops (5 of 10, the limit of a day)"
    # What didn't fit at all is not written down: it can be earned another day.
    assert not Entry.objects.filter(source="quiz:3").exists()
    assert rewards.room(learner) == rewards.Room(25, 0)


@pytest.mark.django_db
def test_the_limit_counts_the_last_24_hours_and_only_what_learning_earned(learner, admin):
    rules(daily_cap=25)
    give(learner, 20)
    ledger.adjust(learner=learner, amount=500, description="A prize", actor=admin)
    ledger.spend(learner=learner, amount=100, reason="course_unlock", source="course:1")
    assert rewards.room(learner).left == 5
    later = Entry.objects.first().created_at + rewards.WINDOW
    assert rewards.room(learner, at=later).left == 25


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_however_many_awards_come_at_once(learner):
    rules(daily_cap=35)
    given_out = at_once(12, lambda number: give(learner, 10, number))
    assert sorted(given_out, reverse=True)[:5] == [10, 10, 10, 5, 0]
    assert sum(given_out) == ledger.balance(learner) == 35
    assert ledger.discrepancies() == []


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cap=st.integers(0, 60),
    asked=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 4), st.sampled_from(rewards.EARNED))),
)
def test_law_never_above_the_limit_and_never_twice(learner, cap, asked):
    with transaction.atomic():
        rules(daily_cap=cap)
        total, seen = 0, {}
        for amount, number, reason in asked:
            got = give(learner, amount, number, reason)
            assert 0 <= got <= amount
            if got:
                assert (number, reason) not in seen
                seen[number, reason] = got
            elif amount and (number, reason) not in seen:
                assert cap
                assert total == cap
            total += got
        assert total == ledger.balance(learner) == rewards.earned(learner)
        assert not cap or total <= cap
        assert ledger.discrepancies() == []
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_streak_is_paid_once_for_each_whole_stretch(learner):
    rules(streak_days=3, streak_credits=4)
    monday = date(2026, 5, 4)
    paid = [
        rewards.grant_streak(learner=learner, first_day=monday, length=length)
        for length in (1, 2, 3, 3, 4, 5, 6, 7)
    ]
    assert paid == [0, 0, 4, 0, 0, 0, 4, 0]
    assert ledger.statement(learner).first().description == "6 days in a row"


@pytest.mark.django_db
def test_learning_days_in_a_row_earns_the_streak(learner, noons):
    rules(streak_days=3, streak_credits=4)
    for now in noons(5):
        goals.note_study(learner=learner, seconds=5, now=now)
        goals.note_study(learner=learner, lessons=1, now=now)
    assert ledger.balance(learner) == 4
    (entry,) = ledger.statement(learner)
    assert (entry.reason, entry.description) == ("streak", "3 days in a row")


@pytest.mark.django_db
def test_a_missed_day_starts_again(learner, noons):
    rules(streak_days=3, streak_credits=4)
    days = noons(6)
    for now in days[:2] + days[3:5]:
        goals.note_study(learner=learner, lessons=1, now=now)
    assert ledger.balance(learner) == 0
    goals.note_study(learner=learner, lessons=1, now=days[5])
    assert ledger.balance(learner) == 4


@pytest.fixture
def noons():
    return lambda count: [datetime(2026, 5, 4, 12, tzinfo=UTC) + timedelta(days=day) for day in range(count)]


@pytest.mark.django_db
def test_an_admin_sets_the_rules_and_the_wallet_tells_them(client, admin, learner):
    client.force_login(admin)
    assert "/admin/credits/rules/1/change/" in client.get("/admin/credits/rules/").content.decode()
    form = client.get("/admin/credits/rules/1/change/")
    fields = {"daily_cap": 120, "improvement_credits": 3, "streak_days": 5, "streak_credits": 6}
    initial = form.context["adminform"].form.initial
    current = {name: value for name, value in initial.items() if name != "id" and value is not None}
    assert client.post("/admin/credits/rules/1/change/", current | fields).status_code == 302
    assert Rules.current().daily_cap == 120
    give(learner, 20)
    client.force_login(learner)
    page = client.get("/wallet/").content.decode()
    assert "At most 120 credits can be earned within 24 hours: 100 are left for you now." in page
    assert "By learning 5 days in a row: 6 credits, each time again." in page
