"""A person's rows in the ledger: export, and anonymisation (lines are never deleted)."""

from credits.ledger import balance, statement
from credits.models import Account


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


def erase(learner):
    Account.objects.filter(learner=learner).update(learner=None)
