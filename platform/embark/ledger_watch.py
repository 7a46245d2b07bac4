"""The nightly look at the ledger: what does not add up is told to those who administer the site."""

import logging

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from credits import ledger
from credits.models import Entry
from notices.messages import notify

logger = logging.getLogger(__name__)

TOLD = 5


def check():
    """Compare every entry and balance; returns the sentences about what is wrong, which superusers get as a
    notice (and a mail, where they want mails) and the log as errors.
    """
    problems = ledger.discrepancies()
    if not problems:
        logger.info("ledger: %d entries, all balanced", Entry.objects.count())
        return problems
    for sentence in problems:
        logger.error("ledger: %s", sentence)
    for person in User.objects.filter(is_superuser=True, is_active=True).select_related("profile"):
        with translation.override(person.profile.language or translation.get_language()):
            notify(
                learner=person,
                kind="ledger",
                title=_("The ledger of credits does not add up"),
                # What is wrong is told as check_ledger tells it.
                body="\n".join([*problems[:TOLD], *(["…"] if len(problems) > TOLD else [])]),
                url=reverse("admin:credits_entry_changelist"),
            )
    return problems
