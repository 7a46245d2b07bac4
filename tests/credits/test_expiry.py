"""Credits that expire: first come, first spent, told beforehand, and provable afterwards."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credits import expiry, ledger
from credits.models import Account, Entry, ExpiryWarning, Line, Rules
from embark import credit_expiry
from embark.celery import app
from embark.tasks import expire_credits
from notices.models import Notice
from threads import at_once

START = datetime(2031, 3, 1, 1, 40, tzinfo=UTC)
LIFE, NOTICE = 30, 7


class Clock:
    """The time that Django tells; entries are written at it."""

    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now

    def pass_days(self, days):
        self.now += timedelta(days=days)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def rules(db):
    return Rules.objects.create(pk=1, expire_after_days=LIFE, expiry_notice_days=NOTICE)


def earn(learner, amount, name="quiz:1"):
    return ledger.award(learner=learner, amount=amount, reason="first_pass", source=name)


def spend(learner, amount, name="course:1"):
    return ledger.spend(learner=learner, amount=amount, reason="course_unlock", source=name)


def nights(clock, count):
    """One run each night; returns {day: credits that were taken}."""
    taken = {}
    for _ in range(count):
        before = Entry.objects.filter(reason="expiry").count()
        credit_expiry.run()
        for entry in Entry.objects.filter(reason="expiry").order_by("pk")[before:]:
            taken[(clock.now - START).days] = -entry.lines.get(account=entry.account).amount
        clock.pass_days(1)
    return taken


def test_without_a_rule_nothing_expires(db, learner, clock):
    earn(learner, 10)
    clock.pass_days(5000)
    assert credit_expiry.run() == (0, 0)
    assert expiry.upcoming(learner) == []
    assert ledger.balance(learner) == 10
    assert not Notice.objects.exists()


def test_it_runs_every_night_before_the_ledger_is_checked():
    at = {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}
    assert (at[expire_credits.name].hour, at[expire_credits.name].minute) == ({1}, {40})


def test_credits_expire_after_their_days_and_a_notice_before(rules, learner, clock):
    earn(learner, 10)
    assert nights(clock, 40) == {LIFE: 10}
    warning = ExpiryWarning.objects.get()
    assert (warning.amount, warning.expires_at) == (10, START + timedelta(days=LIFE))
    assert warning.created_at == START + timedelta(days=LIFE - NOTICE)
    notice = Notice.objects.get()
    assert (notice.kind, notice.url) == ("credits_expire", "/wallet/")
    assert notice.title == "10 credits of yours will expire"
    assert "March 31, 2031" in notice.body
    assert ledger.balance(learner) == 0
    assert ledger.discrepancies() == []


def test_the_entry_moves_them_to_the_expired_ones(rules, learner, clock):
    earn(learner, 10)
    nights(clock, LIFE + 1)
    entry = Entry.objects.get(reason="expiry")
    assert {line.account.kind: line.amount for line in entry.lines.all()} == {"learner": -10, "expired": 10}
    assert entry.description == "Not spent within 30 days"


def test_the_oldest_are_spent_first_and_only_what_is_left_expires(rules, learner, clock):
    earn(learner, 10, "quiz:1")
    clock.pass_days(5)
    earn(learner, 20, "quiz:2")
    clock.pass_days(5)
    spend(learner, 12)
    clock.now = START
    clock.pass_days(11)
    assert nights(clock, 40) == {5 + LIFE: 18}


def test_a_refund_comes_anew(rules, learner, admin, clock):
    earn(learner, 10)
    entry, _ = spend(learner, 10)
    clock.pass_days(20)
    ledger.refund(entry=entry, description="Withdrawn", actor=admin)
    assert nights(clock, 60) == {20 + LIFE: 10}
    assert ledger.discrepancies() == []


def test_credits_that_were_old_when_the_rule_came_wait_for_the_notice(db, learner, clock):
    earn(learner, 10)
    clock.pass_days(400)
    Rules.objects.create(pk=1, expire_after_days=LIFE, expiry_notice_days=NOTICE)
    assert nights(clock, 10) == {400 + NOTICE: 10}


def test_a_rule_that_was_off_for_a_while_tells_again(rules, learner, clock):
    earn(learner, 10)
    assert nights(clock, LIFE - 1) == {}
    Rules.objects.update(expire_after_days=None)
    assert nights(clock, 100) == {}
    Rules.objects.update(expire_after_days=LIFE)
    assert nights(clock, 10) == {LIFE - 1 + 100 + NOTICE: 10}
    assert ExpiryWarning.objects.count() == 2


def test_what_follows_within_a_week_is_told_at_once(rules, learner, clock):
    for day in range(5):
        earn(learner, 2, f"quiz:{day}")
        clock.pass_days(1)
    taken = nights(clock, 45)
    assert taken == {LIFE + day: 2 for day in range(5)}
    assert [warning.amount for warning in ExpiryWarning.objects.all()] == [10]


def test_a_second_run_of_the_same_night_takes_and_tells_nothing(rules, learner, clock):
    earn(learner, 10)
    clock.pass_days(LIFE - NOTICE)
    assert credit_expiry.run() == (0, 1)
    assert credit_expiry.run() == (0, 0)
    clock.pass_days(NOTICE)
    assert credit_expiry.run() == (1, 0)
    assert credit_expiry.run() == (0, 0)
    assert Notice.objects.count() == 1
    assert ledger.balance(learner) == 0


def test_an_erased_person_is_passed_over(rules, learner, clock):
    earn(learner, 10)
    Account.objects.filter(learner=learner).update(learner=None)
    assert nights(clock, LIFE + 2) == {}


def test_one_account_that_fails_does_not_keep_the_others(rules, learner, other_learner, clock, caplog):
    earn(learner, 10)
    earn(other_learner, 10)
    with connection.cursor() as cursor:  # as somebody with a database console could
        cursor.execute("UPDATE credits_account SET balance = 3 WHERE learner_id = %s", [learner.pk])
    nights(clock, LIFE + 1)
    assert ledger.balance(other_learner) == 0
    assert ledger.balance(learner) == 3
    assert "the next night tries again" in caplog.text


def test_the_wallet_and_the_api_say_what_expires(rules, client, learner, clock):
    earn(learner, 10)
    client.force_login(learner)
    page = client.get("/wallet/").content.decode()
    assert "10 credits expire on March 31, 2031." in page
    assert "Credits last for 30 days." in page
    wallet = client.get("/api/v1/wallet/").json()
    assert [entry["amount"] for entry in wallet["expiring"]] == [10]
    assert datetime.fromisoformat(wallet["expiring"][0]["at"]) == START + timedelta(days=LIFE)
    nights(clock, LIFE + 1)
    client.force_login(learner)
    page = client.get("/wallet/").content.decode()
    assert "Expired" in page
    assert "Not spent within 30 days" in page
    assert "expire on" not in page
    assert ",-10,expiry,granted:10," in client.get("/wallet/statement.csv").content.decode()


def test_the_notice_is_shorter_than_the_life(db):
    with pytest.raises(ValidationError, match="must be fewer"):
        Rules(pk=1, expire_after_days=10, expiry_notice_days=10).full_clean()


def test_check_ledger_finds_what_expired_untold_or_twice(rules, learner, clock):
    earn(learner, 10)
    account = Account.objects.get(learner=learner)
    nights(clock, LIFE + 1)
    out = StringIO()
    call_command("check_ledger", stdout=out)
    assert "sound" in out.getvalue()
    earn(learner, 6, "quiz:2")
    with transaction.atomic():
        untold = ledger.expire(account=account, amount=2, source="granted:12")
        wrong = ledger.expire(account=account, amount=2, source="granted:99")
    with pytest.raises(CommandError) as found:
        call_command("check_ledger")
    assert f"Entry {untold.pk} let credits expire of which nobody was told." in str(found.value)
    assert f"Entry {wrong.pk} let expire what was spent or never came." in str(found.value)


@pytest.mark.django_db(transaction=True)
def test_runs_and_spends_at_once_never_take_a_credit_twice(learner, clock):
    Rules.objects.create(pk=1, expire_after_days=LIFE, expiry_notice_days=NOTICE)
    earn(learner, 30, "quiz:1")
    clock.pass_days(20)
    earn(learner, 5, "quiz:2")
    clock.pass_days(LIFE - NOTICE - 20)
    credit_expiry.run()
    clock.pass_days(NOTICE)

    def work(number):
        return credit_expiry.run() if number % 2 else spend(learner, 10, f"course:{number}")

    results = at_once(8, work)
    spent = sum(isinstance(result, tuple) and isinstance(result[0], Entry) for result in results)
    expired = -sum(
        Line.objects.filter(entry__reason="expiry", account__kind="learner").values_list("amount", flat=True)
    )
    assert ledger.balance(learner) == 35 - 10 * spent - expired
    # The younger five never expire here, and the older thirty are gone, one way or the other.
    assert ledger.balance(learner) <= 5
    assert expired <= 30
    assert ledger.discrepancies() == []


acts = st.lists(
    st.one_of(
        st.tuples(st.just("earn"), st.integers(1, 20)),
        st.tuples(st.just("spend"), st.integers(1, 20)),
        st.tuples(st.just("days"), st.integers(1, 12)),
        st.tuples(st.just("nights"), st.integers(1, 6)),
    ),
    max_size=12,
)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=acts, life=st.integers(3, 20), notice=st.integers(1, 19))
def test_laws_of_expiry(learner, clock, acts, life, notice):
    """Against a purse of single lots: none too early, none untold, the oldest spent first, none for ever."""
    if notice >= life:
        notice = life - 1
    clock.now = START
    purse = []  # [time, amount], oldest first
    with transaction.atomic():
        Rules.objects.create(pk=1, expire_after_days=life, expiry_notice_days=notice)
        for number, (act, amount) in enumerate(acts):
            clock.now += timedelta(minutes=1)
            if act == "earn":
                earn(learner, amount, f"quiz:{number}")
                purse.append([clock.now, amount])
            elif act == "spend":
                if amount <= sum(left for _time, left in purse):
                    spend(learner, amount, f"course:{number}")
                    _take(purse, amount)
            elif act == "days":
                clock.pass_days(amount)
            else:
                for _ in range(amount):
                    _one_night(learner, clock, purse, life, notice)
                    clock.pass_days(1)
            left = sum(left for _time, left in purse)
            assert ledger.balance(learner) == left
            coming = expiry.upcoming(learner)
            assert sum(lapse.amount for lapse in coming) == left
            assert ledger.discrepancies() == []
        for _ in range((life + notice) // 7 + 3):
            _one_night(learner, clock, purse, life, notice)
            clock.pass_days(7)
        assert ledger.balance(learner) == 0
        assert ledger.discrepancies() == []
        transaction.set_rollback(True)


def _one_night(learner, clock, purse, life, notice):
    before = ledger.balance(learner)
    told = list(ExpiryWarning.objects.values_list("created_at", "granted_until"))
    credit_expiry.run()
    for came, amount in _take(purse, before - ledger.balance(learner)):
        assert amount
        assert came + timedelta(days=life) <= clock.now
        assert any(when + timedelta(days=notice) <= clock.now and came <= until for when, until in told)


def _take(purse, amount):
    """Take credits, oldest first; [(when they came, how many)]."""
    taken = []
    while amount:
        part = min(amount, purse[0][1])
        taken.append((purse[0][0], part))
        purse[0][1] -= part
        amount -= part
        if not purse[0][1]:
            purse.pop(0)
    return taken
