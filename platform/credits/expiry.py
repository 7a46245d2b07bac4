"""Credits that expire, where the site's rules say so: first come, first spent, and never without notice.

Each movement into an account is a lot of credits that came at its entry's time; a refund is a new one.
Whatever leaves the account takes the oldest credits first. So those that are left of the lots until a moment
are what came until then less all that ever left: two sums, and no lot has to be kept or closed.

Credits expire after the rules' days, but not before their learner was told so long ago as the rules ask. A
warning gathers what would follow within a week, so that nobody gets one each night. It stands for a while: if
the rules were changed since, or no job has run, the learner is told anew first.

The account's row is locked while its credits are counted and moved, as for every other movement: an award or
a spend that comes at the same time waits, and then counts. A run that is repeated finds nothing left to take.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from credits import ledger
from credits.models import Account, ExpiryWarning, Line, Rules

GATHERED = timedelta(days=7)
STANDS = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Lapse:
    """`amount` credits that expire at a moment or soon after it, unless they are spent before."""

    at: datetime
    amount: int


@dataclass(frozen=True, slots=True)
class _Terms:
    """The rules as lengths of time."""

    life: timedelta
    notice: timedelta

    @classmethod
    def of(cls, rules):
        """None where credits never expire."""
        if not rules.expire_after_days:
            return None
        return cls(timedelta(days=rules.expire_after_days), timedelta(days=rules.expiry_notice_days))


def accounts_with_old_credits(*, now=None):
    """Ids of the accounts that may have credits to warn of or to take; one query."""
    now = now or timezone.now()
    terms = _Terms.of(Rules.current())
    if terms is None:
        return []
    old = Line.objects.filter(
        account=OuterRef("pk"), amount__gt=0, entry__created_at__lte=now + terms.notice - terms.life
    )
    accounts = Account.objects.filter(Exists(old), learner__isnull=False, balance__gt=0)
    return list(accounts.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def warn(*, account_id, now=None):
    """Write down that a learner is told of credits that will expire; None if there is nothing new to tell.

    Returns the ExpiryWarning. Whoever calls tells the learner in the same transaction.
    """
    now = now or timezone.now()
    account, terms = _locked(account_id), _Terms.of(Rules.current())
    if terms is None or account.learner_id is None:
        return None
    told_until = _told_until(account, since=now - terms.notice - STANDS)
    known = _left(account, told_until) if told_until else 0
    if _left(account, now + terms.notice - terms.life) <= known:
        return None
    until = min(now, now + terms.notice + GATHERED - terms.life)
    first = _lots(account, after=known)[0]
    return ExpiryWarning.objects.create(
        account=account,
        granted_until=until,
        amount=_left(account, until) - known,
        expires_at=max(now + terms.notice, first.at + terms.life),
        created_at=now,
    )


@transaction.atomic
def expire(*, account_id, now=None):
    """Take the credits of an account whose time is up. Returns the Entry, None if there are none."""
    now = now or timezone.now()
    account, terms = _locked(account_id), _Terms.of(Rules.current())
    if terms is None or account.learner_id is None:
        return None
    told_until = _told_until(account, since=now - terms.notice - STANDS, before=now - terms.notice)
    if told_until is None:
        return None
    until = min(now - terms.life, told_until)
    amount = _left(account, until)
    if not amount:
        return None
    return ledger.expire(
        account=account,
        amount=amount,
        # The first so many credits that ever came are spent or expired. The number only grows: no second
        # entry can bear it.
        source=f"granted:{_came(account, until)}",
        description=_("Not spent within %(days)d days") % {"days": terms.life.days},
    )


def upcoming(learner, *, rules=None, now=None):
    """[Lapse] of what a learner will lose unless it is spent, one a day, soonest first; five queries."""
    terms = _Terms.of(rules or Rules.current())
    account = Account.objects.filter(learner=learner, balance__gt=0).first() if terms else None
    if account is None:
        return []
    now = now or timezone.now()
    warnings = account.expiry_warnings.filter(created_at__gt=now - terms.notice - STANDS)
    told = list(warnings.order_by("created_at").values_list("created_at", "granted_until"))
    by_day = {}
    for lot in _lots(account):
        told_at = next((when for when, until in told if lot.at <= until), now)
        at = max(lot.at + terms.life, told_at + terms.notice)
        day = timezone.localdate(at)
        sooner = by_day.get(day)
        by_day[day] = (
            Lapse(min(at, sooner.at), lot.amount + sooner.amount) if sooner else Lapse(at, lot.amount)
        )
    return sorted(by_day.values(), key=lambda lapse: lapse.at)


def _locked(account_id):
    return Account.objects.select_for_update(of=("self",)).select_related("learner").get(pk=account_id)


def _told_until(account, *, since, before=None):
    """Credits that came until then were told of, by warnings that still stand; None without one."""
    warnings = account.expiry_warnings.filter(created_at__gt=since)
    if before is not None:
        warnings = warnings.filter(created_at__lte=before)
    return warnings.aggregate(until=Max("granted_until"))["until"]


def _came(account, until):
    """Credits that ever came into an account until a moment."""
    lines = account.lines.filter(amount__gt=0, entry__created_at__lte=until)
    return lines.aggregate(total=Sum("amount"))["total"] or 0


def _gone(account):
    """Credits that ever left an account."""
    return -(account.lines.filter(amount__lt=0).aggregate(total=Sum("amount"))["total"] or 0)


def _left(account, until):
    """Of the credits that came until a moment, those that are still there."""
    return max(0, _came(account, until) - _gone(account))


def _lots(account, *, after=0):
    """What is left of each lot, at the time when it came, oldest first; without the first `after` credits."""
    skip = _gone(account) + after
    lots = []
    lines = account.lines.filter(amount__gt=0).order_by("entry__created_at", "entry")
    for at, amount in lines.values_list("entry__created_at", "amount"):
        rest = amount - min(skip, amount)
        skip -= amount - rest
        if rest:
            lots.append(Lapse(at, rest))
    return lots
