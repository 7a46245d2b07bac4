"""A person's rows in the ledger: export, and anonymisation (lines are never deleted)."""

from credits.ledger import balance, statement
from credits.models import Account, ExpiryWarning, Proposal


def export(learner):
    yield "credits", {"balance": balance(learner)}
    yield (
        "credit_entries",
        [
            {
                "time": entry.created_at,
                "credits": entry.amount,
                "reason": entry.get_reason_display(),
                "source": entry.source,
                "description": entry.description,
            }
            for entry in statement(learner)
        ],
    )
    yield (
        "credit_proposals",
        [
            {
                "time": proposal.proposed_at,
                "credits": proposal.amount,
                "description": proposal.description,
                "state": proposal.get_state_display(),
            }
            for proposal in Proposal.objects.filter(account__learner=learner)
        ],
    )
    yield (
        "credit_expiry_warnings",
        [
            {"time": warning.created_at, "credits": warning.amount, "expire_from": warning.expires_at}
            for warning in ExpiryWarning.objects.filter(account__learner=learner)
        ],
    )


def erase(learner):
    # What was proposed and never done holds words about a person and no credits.
    Proposal.objects.filter(account__learner=learner, entry=None).delete()
    Account.objects.filter(learner=learner).update(learner=None)
