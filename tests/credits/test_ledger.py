import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from credits import ledger, privacy
from credits.models import Account, Entry, Line
from threads import at_once


@pytest.mark.django_db
def test_an_award_is_one_balanced_entry(learner):
    entry, created = ledger.award(learner=learner, amount=10, reason="first_pass", source="quiz:7")
    assert created
    assert sorted(entry.lines.values_list("amount", flat=True)) == [-10, 10]
    assert ledger.balance(learner) == 10
    assert ledger.discrepancies() == []


@pytest.mark.django_db
def test_the_same_award_is_found_not_repeated(learner):
    first, _ = ledger.award(learner=learner, amount=10, reason="first_pass", source="quiz:7")
    second, created = ledger.award(learner=learner, amount=99, reason="first_pass", source="quiz:7")
    assert (second, created) == (first, False)
    assert ledger.balance(learner) == 10


@pytest.mark.django_db
def test_a_spend_beyond_the_balance_says_what_is_missing_and_changes_nothing(learner):
    ledger.award(learner=learner, amount=10, reason="first_pass", source="quiz:7")
    with pytest.raises(ledger.NotEnoughCredits) as refused:
        ledger.spend(learner=learner, amount=22, reason="course_unlock", source="course:1")
    assert refused.value.missing == 12
    assert "12 more credits" in str(refused.value)
    assert ledger.balance(learner) == 10
    assert Entry.objects.count() == 1


@pytest.mark.django_db
def test_a_refund_gives_back_once(learner, admin):
    ledger.award(learner=learner, amount=30, reason="first_pass", source="quiz:7")
    entry, _ = ledger.spend(learner=learner, amount=20, reason="course_unlock", source="course:1")
    ledger.refund(entry=entry, description="Course withdrawn", actor=admin)
    _, created = ledger.refund(entry=entry, description="Course withdrawn", actor=admin)
    assert not created
    assert ledger.balance(learner) == 30


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Entry, Line])
@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_the_ledger(learner, model, change):
    ledger.award(learner=learner, amount=10, reason="first_pass", source="quiz:7")
    rows = model.objects.all()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows._raw_delete(rows.db) if change == "delete" else rows.update(id=1)


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_an_entry_that_does_not_balance(learner):
    ledger.award(learner=learner, amount=10, reason="first_pass", source="quiz:7")
    account = Account.objects.get(learner=learner)

    @transaction.atomic
    def one_sided():
        entry = Entry.objects.create(account=account, reason="adjustment", source="by hand")
        Line.objects.create(entry=entry, account=account, amount=5)

    with pytest.raises(DatabaseError, match="does not balance"):
        one_sided()
    assert ledger.balance(learner) == 10


@pytest.mark.django_db(transaction=True)
def test_parallel_awards_of_one_thing_are_one_award(learner):
    results = at_once(
        12, lambda _: ledger.award(learner=learner, amount=10, reason="first_pass", source="quiz:7")
    )
    assert [created for _, created in results].count(True) == 1
    assert ledger.balance(learner) == 10


@pytest.mark.django_db(transaction=True)
def test_parallel_spending_never_goes_below_zero(learner):
    ledger.award(learner=learner, amount=30, reason="first_pass", source="quiz:7")
    results = at_once(
        8,
        lambda number: ledger.spend(
            learner=learner, amount=10, reason="course_unlock", source=f"course:{number}"
        ),
    )
    refused = [result for result in results if isinstance(result, ledger.NotEnoughCredits)]
    assert len(refused) == 5
    assert ledger.balance(learner) == 0
    assert ledger.discrepancies() == []


@pytest.mark.django_db(transaction=True)
def test_many_learners_at_once_never_deadlock():
    learners = [User.objects.create_user(f"learner{number}@example.org") for number in range(8)]

    def work(number):
        for quiz in range(5):
            ledger.award(learner=learners[number], amount=3, reason="first_pass", source=f"quiz:{quiz}")
            ledger.spend(learner=learners[number], amount=2, reason="hint", source=f"quiz:{quiz}")

    assert at_once(8, work) == [None] * 8
    assert [ledger.balance(learner) for learner in learners] == [5] * 8
    assert ledger.discrepancies() == []


moves = st.lists(
    st.tuples(st.sampled_from(["award", "spend"]), st.integers(1, 50), st.integers(0, 5)), max_size=20
)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=moves)
def test_law_the_balance_is_the_sum_of_the_lines_and_never_negative(learner, moves):
    with transaction.atomic():
        for verb, amount, number in moves:
            reason = "first_pass" if verb == "award" else "hint"
            try:
                getattr(ledger, verb)(learner=learner, amount=amount, reason=reason, source=f"thing:{number}")
            except ledger.NotEnoughCredits:
                continue
            assert ledger.balance(learner) == sum(entry.amount for entry in ledger.statement(learner))
        assert ledger.balance(learner) >= 0
        assert ledger.discrepancies() == []
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_erasure_leaves_the_lines_without_the_person(learner):
    ledger.award(learner=learner, amount=10, reason="first_pass", source="quiz:7")
    privacy.erase(learner)
    assert Line.objects.count() == 2
    assert ledger.balance(learner) == 0
    assert ledger.discrepancies() == []


@pytest.mark.django_db
def test_the_wallet_shows_only_ones_own_lines(client, learner, other_learner):
    ledger.award(learner=learner, amount=10, reason="first_pass", source="quiz:7", description="My quiz")
    ledger.award(
        learner=other_learner, amount=10, reason="first_pass", source="quiz:8", description="Not mine"
    )
    client.force_login(learner)
    for address in ("/wallet/", "/wallet/statement.csv"):
        text = client.get(address).content.decode()
        assert "My quiz" in text
        assert "Not mine" not in text


@pytest.mark.django_db
def test_a_statement_never_starts_a_formula(client, learner):
    ledger.award(learner=learner, amount=10, reason="first_pass", source="quiz:7", description="=1+1")
    client.force_login(learner)
    assert ",'=1+1" in client.get("/wallet/statement.csv").content.decode()
