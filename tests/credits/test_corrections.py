import uuid

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import User
from credits import corrections, ledger, privacy
from credits.models import Entry, Proposal, Rules
from threads import at_once


@pytest.fixture
def second(db):
    """An admin by rights alone: no superuser."""
    person = User.objects.create_user("second@example.org", "correct horse battery", is_staff=True)
    names = ["add_entry", "view_entry", "view_account", "view_proposal"]
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    return User.objects.get(pk=person.pk)


@pytest.fixture
def limited(db):
    return Rules.objects.create(pk=1, one_admin_up_to=100)


def adjust(learner, amount, actor, description="A prize", key=None):
    return corrections.adjust(
        learner=learner, amount=amount, description=description, actor=actor, key=key or uuid.uuid4()
    )


def spent(learner, amount=150):
    ledger.award(learner=learner, amount=200, reason="first_pass", source="quiz:7")
    return ledger.spend(learner=learner, amount=amount, reason="course_unlock", source="course:1")[0]


@pytest.mark.django_db
def test_without_a_limit_one_admin_is_enough(learner, admin):
    assert adjust(learner, 5000, admin).actor == admin
    assert ledger.balance(learner) == 5000
    assert not Proposal.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("limited")
def test_above_the_limit_nothing_changes_until_another_admin_approves(learner, admin, second):
    assert isinstance(adjust(learner, 100, admin), Entry)
    proposal = adjust(learner, 1, admin)
    assert isinstance(proposal, Proposal)
    assert ledger.balance(learner) == 100
    with pytest.raises(corrections.Refused, match="another admin"):
        corrections.approve(proposal=proposal, actor=admin)
    with pytest.raises(corrections.Refused, match="another admin"):
        corrections.decline(proposal=proposal, actor=admin)
    entry = corrections.approve(proposal=proposal, actor=second)
    assert ledger.balance(learner) == 101
    assert (entry.reason, entry.description, entry.actor) == ("adjustment", "A prize", admin)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by, proposal.entry) == ("approved", second, entry)
    # What two admins agreed on leaves each of them what one may do alone.
    assert isinstance(adjust(learner, -100, second), Entry)


@pytest.mark.django_db
@pytest.mark.usefixtures("limited")
def test_small_pieces_and_both_directions_count_together(learner, admin, second):
    adjust(learner, 60, admin)
    assert isinstance(adjust(learner, -50, admin), Proposal)
    assert isinstance(adjust(learner, -50, second), Entry)


@pytest.mark.django_db
def test_a_limit_of_zero_always_takes_two(learner, admin):
    Rules.objects.create(pk=1, one_admin_up_to=0)
    assert isinstance(adjust(learner, 1, admin), Proposal)


@pytest.mark.django_db
@pytest.mark.usefixtures("limited")
def test_only_who_has_the_right_decides_and_never_about_own_credits(learner, admin, second):
    proposal = adjust(second, 500, admin)
    for person, sentence in ((second, "your own credits"), (learner, "may not change balances")):
        with pytest.raises(corrections.Refused, match=sentence):
            corrections.approve(proposal=proposal, actor=person)
    with pytest.raises(corrections.Refused, match="may not change balances"):
        adjust(admin, 5, learner)
    assert ledger.balance(second) == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("limited")
def test_the_database_refuses_a_decision_by_the_one_who_proposed(learner, admin):
    proposal = adjust(learner, 500, admin)
    with pytest.raises(IntegrityError, match="two_admins"), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(state="declined", decided_by=admin)


@pytest.mark.django_db
@pytest.mark.usefixtures("limited")
def test_a_declined_proposal_stays_declined(learner, admin, second):
    proposal = adjust(learner, 500, admin)
    corrections.decline(proposal=proposal, actor=second)
    with pytest.raises(corrections.Refused, match="declined"):
        corrections.approve(proposal=proposal, actor=second)
    assert ledger.balance(learner) == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("limited")
def test_a_taking_that_no_longer_fits_waits_and_changes_nothing(learner, admin, second):
    ledger.award(learner=learner, amount=200, reason="first_pass", source="quiz:7")
    with pytest.raises(ledger.NotEnoughCredits):
        adjust(learner, -201, admin)
    proposal = adjust(learner, -150, admin)
    ledger.spend(learner=learner, amount=100, reason="course_unlock", source="course:1")
    with pytest.raises(ledger.NotEnoughCredits):
        corrections.approve(proposal=proposal, actor=second)
    proposal.refresh_from_db()
    assert (proposal.state, ledger.balance(learner)) == ("pending", 100)


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["", "   "])
def test_every_correction_has_its_reason_in_words(learner, admin, words):
    with pytest.raises(corrections.Refused, match="Say why"):
        adjust(learner, 5, admin, words)
    with pytest.raises(corrections.Refused, match="Say why"):
        corrections.refund(entry=spent(learner), description=words, actor=admin, key=uuid.uuid4())


@pytest.mark.django_db
@pytest.mark.usefixtures("limited")
def test_a_refund_above_the_limit_is_proposed_once_and_given_once(learner, admin, second):
    spend = spent(learner)
    proposals = [
        corrections.refund(entry=spend, description="Withdrawn", actor=admin, key=uuid.uuid4())
        for _ in range(2)
    ]
    assert proposals[0] == proposals[1]
    assert ledger.balance(learner) == 50
    entry = corrections.approve(proposal=proposals[0], actor=second)
    assert (entry.reason, ledger.balance(learner)) == ("refund", 200)
    again = corrections.refund(entry=spend, description="Withdrawn", actor=admin, key=uuid.uuid4())
    assert (again, ledger.balance(learner)) == (entry, 200)


@pytest.mark.django_db
def test_only_a_spend_can_be_refunded(learner, admin):
    given = ledger.award(learner=learner, amount=200, reason="first_pass", source="quiz:7")[0]
    taken = adjust(learner, -50, admin)
    for entry in (given, taken):
        with pytest.raises(corrections.Refused, match="Only a spend"):
            corrections.refund(entry=entry, description="No", actor=admin, key=uuid.uuid4())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["adjustment", "refund"])
def test_approving_at_once_is_one_entry(learner, admin, second, what):
    Rules.objects.create(pk=1, one_admin_up_to=100)
    spend = spent(learner)
    if what == "refund":
        proposal = corrections.refund(entry=spend, description="Gone", actor=admin, key=uuid.uuid4())
    else:
        proposal = adjust(learner, 150, admin)
    results = at_once(8, lambda _: corrections.approve(proposal=proposal, actor=second))
    assert {result.pk for result in results} == {Proposal.objects.get().entry_id}
    assert ledger.balance(learner) == 200
    assert Entry.objects.filter(reason=what).count() == 1
    assert ledger.discrepancies() == []


@pytest.mark.django_db(transaction=True)
def test_of_approving_and_declining_at_once_one_holds(learner, admin, second):
    Rules.objects.create(pk=1, one_admin_up_to=100)
    proposal = adjust(learner, 150, admin)
    verbs = [corrections.approve, corrections.decline] * 4
    at_once(8, lambda number: verbs[number](proposal=proposal, actor=second))
    proposal.refresh_from_db()
    assert ledger.balance(learner) == (150 if proposal.state == "approved" else 0)
    assert (proposal.entry is not None) == (proposal.state == "approved")


@pytest.mark.django_db(transaction=True)
def test_the_limit_of_one_admin_holds_however_many_forms_come_at_once(learner, admin):
    Rules.objects.create(pk=1, one_admin_up_to=100)
    results = at_once(8, lambda _: adjust(learner, 30, admin))
    assert [type(result) for result in results].count(Entry) == 3
    assert ledger.balance(learner) == 90


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("amount", [30, 150])
def test_a_form_sent_twice_at_once_is_one_correction(learner, admin, amount):
    Rules.objects.create(pk=1, one_admin_up_to=100)
    key = uuid.uuid4()
    results = at_once(6, lambda _: adjust(learner, amount, admin, key=key))
    assert len(set(results)) == 1
    assert Entry.objects.count() + Proposal.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("limited")
def test_erasure_takes_what_was_never_done(learner, admin, second):
    done, open_one = adjust(learner, 500, admin), adjust(learner, 700, admin)
    corrections.approve(proposal=done, actor=second)
    assert [row["credits"] for row in dict(privacy.export(learner))["credit_proposals"]] == [700, 500]
    privacy.erase(learner)
    assert list(Proposal.objects.all()) == [done]
    assert not Proposal.objects.filter(pk=open_one.pk).exists()


def form_of(client, address):
    return {"key": str(client.get(address).context["form"].initial["key"])}


@pytest.mark.django_db
@pytest.mark.usefixtures("limited")
def test_two_admins_adjust_a_balance_in_the_admin(client, learner, admin, second):
    account = ledger.lock(learner)
    address = reverse("admin:credits_account_adjust", args=[account.pk])
    client.force_login(admin)
    form = form_of(client, address) | {"amount": "150"}
    assert "This field is required" in client.post(address, form).content.decode()
    form |= {"description": "A prize"}
    for _ in range(2):
        page = client.post(address, form, follow=True)
        assert "takes a second admin" in page.content.decode()
    proposal = Proposal.objects.get()
    decide = reverse("admin:credits_proposal_decide", args=[proposal.pk])
    page = client.get(decide).content.decode()
    assert "You proposed this" in page
    assert 'value="approve"' not in page
    page = client.post(decide, {"decision": "approve"}, follow=True).content.decode()
    assert "You proposed this" in page
    assert ledger.balance(learner) == 0
    client.force_login(second)
    assert 'value="approve"' in client.get(decide).content.decode()
    for _ in range(2):
        page = client.post(decide, {"decision": "approve"}, follow=True).content.decode()
        assert "approved" in page
    assert ledger.balance(learner) == 150
    assert client.get(reverse("admin:credits_proposal_changelist")).status_code == 200
    client.force_login(learner)
    assert "A prize" in client.get(reverse("credits:wallet")).content.decode()


@pytest.mark.django_db
def test_an_admin_refunds_a_spend_in_the_admin(client, learner, admin):
    spend = spent(learner)
    address = reverse("admin:credits_entry_refund", args=[spend.pk])
    client.force_login(admin)
    form = form_of(client, address)
    client.post(address, form)
    assert ledger.balance(learner) == 50
    client.post(address, form | {"description": "Withdrawn"})
    assert ledger.balance(learner) == 200
    assert "refunded already" in client.get(address).content.decode()


@pytest.mark.django_db
@pytest.mark.usefixtures("limited")
def test_corrections_are_for_who_has_the_right(client, learner, admin, second):
    proposal = adjust(learner, 500, admin)
    spend = spent(learner)
    second.user_permissions.remove(Permission.objects.get(codename="add_entry"))
    addresses = [
        reverse("admin:credits_account_adjust", args=[spend.account_id]),
        reverse("admin:credits_entry_refund", args=[spend.pk]),
        reverse("admin:credits_proposal_decide", args=[proposal.pk]),
    ]
    for address in addresses:
        client.force_login(second)
        assert client.get(address).status_code == 403
        assert client.post(address, {"decision": "approve"}).status_code == 403
        client.force_login(learner)
        assert client.get(address).status_code == 302
    assert ledger.balance(learner) == 50
