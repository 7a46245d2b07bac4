"""Moving credits. Every movement is one balanced entry; repeating a movement finds the first one."""

import uuid

from django.db import transaction
from django.db.models import F, Q, Sum

from credits.models import Account, Entry, Line


class NotEnoughCredits(Exception):
    """A spend of more than the learner has; `missing` says how many credits are lacking."""

    def __init__(self, missing):
        self.missing = missing
        super().__init__(f"You need {missing} more credits: pass a quiz to earn them.")


def _house(kind):
    return Account.objects.get_or_create(kind=kind)[0]


def lock(learner):
    """The learner's account, locked until the transaction ends: movements of one learner queue up here."""
    account, _ = Account.objects.get_or_create(learner=learner, defaults={"kind": Account.Kind.LEARNER})
    return Account.objects.select_for_update().get(pk=account.pk)


def _move(account, house, amount, **fields):
    entry = Entry.objects.create(account=account, **fields)
    Line.objects.create(entry=entry, account=account, amount=amount)
    Line.objects.create(entry=entry, account=house, amount=-amount)
    return entry


@transaction.atomic
def award(*, learner, amount, reason, source, description="", actor=None):
    """Grant `amount` credits (a positive whole number) once per (learner, source, reason).

    Returns (entry, created): on a repeated call the first entry and False, whatever the amount.
    """
    if amount <= 0:
        raise ValueError("An award is a positive number of credits.")
    account = lock(learner)
    existing = Entry.objects.filter(account=account, source=source, reason=reason).first()
    if existing is not None:
        return existing, False
    fields = {"reason": reason, "source": source, "description": description, "actor": actor}
    return _move(account, _house(Account.Kind.ISSUED), amount, **fields), True


@transaction.atomic
def spend(*, learner, amount, reason, source, description=""):
    """Take `amount` credits once per (learner, source, reason); returns (entry, created).

    Raises NotEnoughCredits, and then nothing has changed.
    """
    if amount <= 0:
        raise ValueError("A price is a positive number of credits.")
    account = lock(learner)
    existing = Entry.objects.filter(account=account, source=source, reason=reason).first()
    if existing is not None:
        return existing, False
    if account.balance < amount:
        raise NotEnoughCredits(amount - account.balance)
    fields = {"reason": reason, "source": source, "description": description}
    return _move(account, _house(Account.Kind.SPENT), -amount, **fields), True


@transaction.atomic
def adjust(*, learner, amount, description, actor, key=None):
    """A correction by an admin, up or down, with its reason in words. `key` makes a repeated form one entry.

    Raises NotEnoughCredits if it would leave the learner below zero.
    """
    if not description.strip():
        raise ValueError("An adjustment needs a reason in words.")
    account = lock(learner)
    source = f"adjustment:{key or uuid.uuid4()}"
    existing = Entry.objects.filter(account=account, source=source).first()
    if existing is not None:
        return existing, False
    if account.balance + amount < 0:
        raise NotEnoughCredits(-(account.balance + amount))
    fields = {"source": source, "description": description, "actor": actor}
    return _move(account, _house(Account.Kind.ISSUED), amount, reason=Entry.Reason.ADJUSTMENT, **fields), True


@transaction.atomic
def refund(*, entry, description, actor):
    """Give back what a spend took, once per spend; returns (entry, created)."""
    taken = entry.lines.get(account=entry.account).amount
    if taken >= 0:
        raise ValueError("Only a spend can be refunded.")
    account = Account.objects.select_for_update().get(pk=entry.account_id)
    fields = {"reason": Entry.Reason.REFUND, "source": f"entry:{entry.pk}"}
    existing = Entry.objects.filter(account=account, **fields).first()
    if existing is not None:
        return existing, False
    fields |= {"description": description, "actor": actor}
    return _move(account, _house(Account.Kind.SPENT), -taken, **fields), True


def expire(*, account, amount, source, description=""):
    """Take credits whose time is up. Returns the entry.

    `credits.expiry` counts them: it holds the account's lock since before it counted, in one transaction.
    """
    fields = {"reason": Entry.Reason.EXPIRY, "source": source, "description": description}
    return _move(account, _house(Account.Kind.EXPIRED), -amount, **fields)


def balance(learner):
    """Credits the learner can spend now."""
    return Account.objects.filter(learner=learner).values_list("balance", flat=True).first() or 0


def statement(learner):
    """The learner's entries, newest first, each with its `amount` for the learner."""
    return (
        Entry.objects.filter(account__learner=learner)
        .annotate(amount=Sum("lines__amount", filter=Q(lines__account=F("account"))))
        .select_related("actor")
        .order_by("-created_at", "-id")
    )


def discrepancies():
    """What does not add up: a list of sentences, empty when the ledger is sound."""
    problems = [
        f"Entry {row['entry']} does not balance: its lines sum to {row['total']}."
        for row in Line.objects.values("entry").annotate(total=Sum("amount")).exclude(total=0)
    ]
    sums = dict(Line.objects.values_list("account").annotate(total=Sum("amount")))
    for account in Account.objects.filter(kind=Account.Kind.LEARNER).iterator():
        total = sums.get(account.pk, 0)
        if total != account.balance:
            problems.append(f"Account {account.pk} shows {account.balance} but its lines sum to {total}.")
    return problems + _wrong_expiries()


def _wrong_expiries():
    """Sentences about credits that expired too many, or before their learner was told."""
    problems = [
        f"Entry {entry} moves credits to or from the expired ones against its reason."
        for entry in Line.objects.filter(
            Q(account__kind=Account.Kind.EXPIRED) & ~Q(entry__reason=Entry.Reason.EXPIRY)
            | ~Q(account__kind__in=[Account.Kind.EXPIRED, Account.Kind.LEARNER])
            & Q(entry__reason=Entry.Reason.EXPIRY)
        )
        .values_list("entry", flat=True)
        .order_by("entry")
    ]
    accounts = Account.objects.filter(entries__reason=Entry.Reason.EXPIRY).distinct().order_by("pk")
    for account in accounts.iterator():
        told = list(account.expiry_warnings.values_list("created_at", "granted_until"))
        came, gone = [], 0
        lines = account.lines.order_by("entry").values_list(
            "entry", "entry__reason", "entry__source", "entry__created_at", "amount"
        )
        for entry, reason, source, at, amount in lines:
            if amount > 0:
                came.append((at, amount))
                continue
            gone -= amount
            if reason != Entry.Reason.EXPIRY:
                continue
            newest = _time_of(came, gone)
            if source != f"granted:{gone}" or newest is None:
                problems.append(f"Entry {entry} let expire what was spent or never came.")
            elif not any(when < at and newest <= until for when, until in told):
                problems.append(f"Entry {entry} let credits expire of which nobody was told.")
    return problems


def _time_of(came, number):
    """When the credit of a number (from 1) came, of [(time, amount)]; None if there were fewer."""
    for at, amount in sorted(came):
        number -= amount
        if number <= 0:
            return at
    return None
