"""Mailing what is due. Each notice is its own transaction: one that fails waits and holds up no other."""

import logging
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from notices import mail
from notices.messages import can_get_mail, preference_of
from notices.models import Notice
from notices.quiet import next_moment

logger = logging.getLogger(__name__)

BATCH = 200
# With doubling pauses the last attempt is about a day after the first.
MOST_ATTEMPTS = 9
FIRST_PAUSE = timedelta(minutes=5)


def send_due(*, now=None, limit=BATCH):
    """Mail the notices that are due; returns how many were sent. Several workers may do it at once."""
    now = now or timezone.now()
    sent = 0
    for pk in Notice.objects.to_mail(now).values_list("pk", flat=True)[:limit]:
        sent += _send(pk, now)
    return sent


@transaction.atomic
def _send(pk, now):
    """Mail one notice unless another worker has it; returns whether it was sent."""
    notice = (
        Notice.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("learner__profile")
        .filter(pk=pk, mail_at__lte=now)
        .first()
    )
    if notice is None:
        return False
    preference = preference_of(notice.learner)
    if not (can_get_mail(notice.learner) and preference.email):
        notice.mail_at = None
    elif (later := next_moment(preference, notice.learner, now=now)) > now:
        notice.mail_at = later
    else:
        _attempt(notice, now)
    notice.save(update_fields=["mail_at", "mail_attempts", "mailed_at"])
    return notice.mailed_at == now


def _attempt(notice, now):
    notice.mail_attempts += 1
    try:
        mail.send(
            learner=notice.learner,
            kind="email",
            template="notice",
            subject=notice.title,
            context={"notice": notice, "url": mail.absolute(notice.url) if notice.url else ""},
            message_id=f"<notice-{notice.pk}@{urlsplit(settings.SITE_URL).hostname}>",
        )
    except OSError as error:  # smtplib's errors are OSErrors, too
        logger.warning("the mail of notice %s was not sent: %s", notice.pk, error)
        given_up = notice.mail_attempts >= MOST_ATTEMPTS
        notice.mail_at = None if given_up else now + FIRST_PAUSE * 2 ** (notice.mail_attempts - 1)
    else:
        notice.mail_at, notice.mailed_at = None, now
