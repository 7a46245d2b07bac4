"""What learning earns: the ledger's awards under the site's rules, with a limit for each learner.

The limit counts any 24 hours, so that no time zone and no midnight moves it. The learner's account is locked
while it is counted: awards of one learner that come at once queue up, and the limit holds. An award that only
partly fits is given in part; one that doesn't fit at all is not written down, and can be earned another day.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from credits import ledger
from credits.models import Entry, Line, Rules

EARNED = (
    Entry.Reason.FIRST_PASS,
    Entry.Reason.IMPROVEMENT,
    Entry.Reason.PERFECT,
    Entry.Reason.STREAK,
)
WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Room:
    """How many credits a learner may still earn now; `cap` and `left` are None without a limit."""

    cap: int | None
    left: int | None


def earned(learner, *, at=None):
    """Credits that learning has earned within the last 24 hours."""
    at = at or timezone.now()
    lines = Line.objects.filter(
        account__learner=learner,
        entry__account=F("account"),
        entry__reason__in=EARNED,
        entry__created_at__gt=at - WINDOW,
    )
    return lines.aggregate(total=Sum("amount"))["total"] or 0


def room(learner, *, rules=None, at=None):
    """The Room of a learner; at most two queries."""
    cap = (rules or Rules.current()).daily_cap or None
    return Room(cap, None if cap is None else max(0, cap - earned(learner, at=at)))


@transaction.atomic
def grant(*, learner, amount, reason, source, description="", rules=None):
    """Give what a learner earned, once per (learner, source, reason), within the limit of the rules.

    Returns how many credits were given: 0 if they were given before, or if the limit leaves none.
    """
    if amount <= 0:
        return 0
    ledger.lock(learner)
    left = room(learner, rules=rules).left
    given = amount if left is None else min(amount, left)
    if not given:
        return 0
    if given < amount:
        note = _("%(given)d of %(amount)d, the limit of a day") % {"given": given, "amount": amount}
        description = f"{description[: 197 - len(note)]} ({note})"
    _entry, created = ledger.award(
        learner=learner, amount=given, reason=reason, source=source, description=description
    )
    return given if created else 0


def grant_streak(*, learner, first_day, length):
    """Credits for each whole stretch of days in a row since `first_day`. Returns how many were given."""
    rules = Rules.current()
    stretches = length // max(2, rules.streak_days)
    if not (stretches and rules.streak_credits):
        return 0
    # The newest stretch alone: those before were given when they were reached.
    return grant(
        learner=learner,
        amount=rules.streak_credits,
        reason=Entry.Reason.STREAK,
        source=f"streak:{first_day}:{stretches}",
        description=_("%(days)d days in a row") % {"days": stretches * rules.streak_days},
        rules=rules,
    )
