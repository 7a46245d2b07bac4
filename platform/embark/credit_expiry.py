"""The nightly look at credits that expire: who is told, and what is taken."""

import logging

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from credits import expiry
from notices.messages import notify
from notices.quiet import zone_of

logger = logging.getLogger(__name__)


def run(*, now=None):
    """Take what has expired and tell of what will; returns (accounts taken from, learners told).

    Each account has a transaction of its own: what fails for one waits for the next night, and no other one
    waits for it.
    """
    now = now or timezone.now()
    taken = told = 0
    for account_id in expiry.accounts_with_old_credits(now=now):
        try:
            taken += expiry.expire(account_id=account_id, now=now) is not None
            told += _warn(account_id, now)
        except Exception:
            logger.exception(
                "credits of account %d were not looked at: the next night tries again", account_id
            )
    logger.info("credits: expired for %d learners, %d told of what will", taken, told)
    return taken, told


@transaction.atomic
def _warn(account_id, now):
    warning = expiry.warn(account_id=account_id, now=now)
    if warning is None:
        return False
    learner = warning.account.learner
    with override(learner.profile.language or None):
        day = date_format(timezone.localtime(warning.expires_at, zone_of(learner)), "DATE_FORMAT")
        notify(
            learner=learner,
            kind="credits_expire",
            title=ngettext(
                "%(count)d credit of yours will expire",
                "%(count)d credits of yours will expire",
                warning.amount,
            )
            % {"count": warning.amount},
            body=_("The first of them expire on %(day)s. Until then you can spend them: the oldest go first.")
            % {"day": day},
            url=reverse("credits:wallet"),
            now=now,
        )
    return True
