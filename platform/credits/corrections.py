"""What admins do to balances by hand: adjustments and refunds, each with its reason in words.

A large one needs two admins: the first proposes it (a `Proposal`), another one approves or declines. What
counts is what one admin has given or taken within 24 hours in all for one learner, so that a large sum in
small pieces is a large one. The learner's account is locked while that is counted, and a proposal's row while
it is decided: of decisions that come at once, one is made.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Abs
from django.utils import timezone
from django.utils.translation import gettext as _

from credits import ledger
from credits.models import Account, Entry, Line, Proposal, Rules

WINDOW = timedelta(hours=24)
PERMISSION = "credits.add_entry"


class Refused(Exception):
    """Why a correction can't be made or decided, as a sentence for the admin."""


@transaction.atomic
def adjust(*, learner, amount, description, actor, key):
    """Change a balance, or propose it where that takes a second admin. Returns the Entry or the Proposal.

    `key` (a UUID) makes a form that was sent twice one correction. Raises Refused, ledger.NotEnoughCredits.
    """
    description = _checked(description, actor)
    if not amount:
        raise Refused(_("Enter a number of credits other than 0."))
    account = ledger.lock(learner)
    proposal = Proposal.objects.filter(key=key).first()
    if proposal is not None:
        return proposal
    entry = Entry.objects.filter(account=account, source=f"adjustment:{key}").first()
    if entry is not None:
        return entry
    if account.balance + amount < 0:
        raise ledger.NotEnoughCredits(-(account.balance + amount))
    if _takes_two(account, amount, actor):
        return _propose(account, amount, description, actor, key)
    entry, _created = ledger.adjust(
        learner=learner, amount=amount, description=description, actor=actor, key=key
    )
    return entry


@transaction.atomic
def refund(*, entry, description, actor, key):
    """Give back what a spend took, or propose it where that takes a second admin; once per spend.

    Returns the Entry or the Proposal. Raises Refused.
    """
    description = _checked(description, actor)
    amount = refundable(entry)
    if not amount:
        raise Refused(_("Only a spend can be refunded."))
    account = _locked_account(entry.account_id)
    pending = Q(spend=entry, state=Proposal.State.PENDING)
    proposal = Proposal.objects.filter(pending | Q(key=key)).first()
    if proposal is not None:
        return proposal
    if refund_of(entry) is None and _takes_two(account, amount, actor):
        return _propose(account, amount, description, actor, key, spend=entry)
    return ledger.refund(entry=entry, description=description, actor=actor)[0]


@transaction.atomic
def approve(*, proposal, actor):
    """Do what was proposed, once. Returns the Entry. Raises Refused, ledger.NotEnoughCredits."""
    proposal = _locked_proposal(proposal, actor)
    if proposal.state == Proposal.State.APPROVED:
        return proposal.entry
    if proposal.state == Proposal.State.DECLINED:
        raise Refused(_("This proposal was declined: make a new one."))
    account = _locked_account(proposal.account_id)
    fields = {"description": proposal.description, "actor": proposal.proposed_by}
    if proposal.spend is not None:
        entry, created = ledger.refund(entry=proposal.spend, **fields)
        if not created:
            raise Refused(_("This spend was refunded in the meantime: decline the proposal."))
    else:
        entry, _created = ledger.adjust(
            learner=account.learner, amount=proposal.amount, key=proposal.key, **fields
        )
    _decide(proposal, Proposal.State.APPROVED, actor, entry)
    return entry


@transaction.atomic
def decline(*, proposal, actor):
    """Decide that nothing happens. Raises Refused if it has happened already."""
    proposal = _locked_proposal(proposal, actor)
    if proposal.state == Proposal.State.APPROVED:
        raise Refused(_("This proposal was approved already: correct it by a new adjustment."))
    if proposal.state == Proposal.State.PENDING:
        _decide(proposal, Proposal.State.DECLINED, actor, None)
    return proposal


def refusal(proposal, actor):
    """The sentence that says why an admin can't decide about a proposal, or None."""
    if not actor.has_perm(PERMISSION):
        return _("You may not change balances: ask for the right to add ledger entries.")
    if proposal.proposed_by_id == actor.pk:
        return _("You proposed this: another admin has to decide.")
    if proposal.account.learner_id == actor.pk:
        return _("These are your own credits: another admin has to decide.")
    return None


def refundable(entry):
    """How many credits a spend took; 0 for an entry that can't be refunded."""
    if entry.reason in (Entry.Reason.ADJUSTMENT, Entry.Reason.EXPIRY, Entry.Reason.REFUND):
        return 0
    return max(0, -entry.lines.get(account=entry.account_id).amount)


def refund_of(entry):
    return Entry.objects.filter(
        account=entry.account_id, reason=Entry.Reason.REFUND, source=f"entry:{entry.pk}"
    ).first()


def _checked(description, actor):
    if not description.strip():
        raise Refused(_("Say why, in words."))
    if not actor.has_perm(PERMISSION):
        raise Refused(_("You may not change balances: ask for the right to add ledger entries."))
    return description.strip()


def _locked_account(pk):
    account = Account.objects.select_for_update(of=("self",)).select_related("learner").get(pk=pk)
    if account.learner is None:
        raise Refused(_("The learner's account was erased: there is nobody to give credits to."))
    return account


def _locked_proposal(proposal, actor):
    # Without `entry`: a row joined to the one that was waited for is as it was before the wait.
    rows = Proposal.objects.select_for_update(of=("self",))
    proposal = rows.select_related("account", "spend", "proposed_by").get(pk=proposal.pk)
    sentence = refusal(proposal, actor)
    if sentence:
        raise Refused(sentence)
    return proposal


def _takes_two(account, amount, actor):
    most = Rules.current().one_admin_up_to
    return most is not None and _by_hand(account, actor) + abs(amount) > most


def _by_hand(account, actor):
    """Credits that an admin alone gave and took within 24 hours; the account is locked."""
    lines = Line.objects.filter(
        account=account,
        entry__account=F("account"),
        entry__actor=actor,
        entry__reason__in=(Entry.Reason.ADJUSTMENT, Entry.Reason.REFUND),
        entry__created_at__gt=timezone.now() - WINDOW,
        entry__proposals=None,
    )
    return lines.aggregate(total=Sum(Abs("amount")))["total"] or 0


def _propose(account, amount, description, actor, key, spend=None):
    return Proposal.objects.create(
        key=key,
        account=account,
        amount=amount,
        description=description,
        spend=spend,
        proposed_by=actor,
    )


def _decide(proposal, state, actor, entry):
    proposal.state, proposal.decided_by, proposal.entry = state, actor, entry
    proposal.decided_at = timezone.now()
    proposal.save(update_fields=["state", "decided_by", "decided_at", "entry"])
