"""The weekly digest: what is new for a learner, with what to learn next.

Notices know nothing of courses or suggestions: other apps register what they have to say.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from notices import mail
from notices.messages import can_get_mail
from notices.models import Preference
from notices.quiet import next_moment, zone_of

logger = logging.getLogger(__name__)

MONDAY, FIRST_HOUR = 0, 8
APART = timedelta(days=6)
BATCH = 200
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Line:
    title: str
    url: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    heading: str
    lines: list[Line]


_sources = {}


def register(name, source):
    """Add a part to the digest: `source(learner)` returns a `Part`, or None for nothing to say."""
    _sources[name] = source


def parts(learner):
    """The parts that have something to say to a learner: first what is unread."""
    unread = list(learner.notices.unread()[:SHOWN])
    found = [Part(_("New for you"), [Line(row.title, row.url, row.body) for row in unread])] if unread else []
    for name, source in _sources.items():
        try:
            part = source(learner)
        except Exception:
            logger.exception("the digest goes without its part “%s”", name)
            continue
        if part is not None and part.lines:
            found.append(part)
    return found


def is_time(learner, *, now):
    """Monday from 8 o'clock on, by the learner's own clock."""
    local = now.astimezone(zone_of(learner))
    return local.weekday() == MONDAY and local.hour >= FIRST_HOUR


def send_due(*, now=None, limit=BATCH):
    """Send the digests that are due now; returns how many were sent."""
    now = now or timezone.now()
    waiting = Preference.objects.filter(
        Q(digested_at=None) | Q(digested_at__lt=now - APART), digest=True, learner__is_active=True
    ).select_related("learner__profile")
    sent = 0
    for preference in waiting.order_by("digested_at", "pk").iterator(chunk_size=500):
        if sent >= limit:
            break
        learner = preference.learner
        if is_time(learner, now=now) and next_moment(preference, learner, now=now) == now:
            sent += _send(preference.pk, now)
    return sent


@transaction.atomic
def _send(pk, now):
    rows = Preference.objects.select_for_update(of=("self",), skip_locked=True)
    preference = rows.select_related("learner__profile").filter(pk=pk, digest=True).first()
    if preference is None or (preference.digested_at and preference.digested_at >= now - APART):
        return False
    preference.digested_at = now
    preference.save(update_fields=["digested_at"])
    learner = preference.learner
    if not can_get_mail(learner):
        return False
    with translation.override(learner.profile.language or settings.LANGUAGE_CODE):
        subject, found = _("Your week on %(site)s") % {"site": settings.SITE_NAME}, parts(learner)
    if not found:
        return False
    absolute = [
        Part(
            part.heading,
            [Line(row.title, row.url and mail.absolute(row.url), row.text) for row in part.lines],
        )
        for part in found
    ]
    try:
        mail.send(
            learner=learner, kind="digest", template="digest", subject=subject, context={"parts": absolute}
        )
    except OSError as error:
        logger.warning("the digest of learner %s was not sent: %s", learner.pk, error)
        # The transaction takes the mark back with it: the next hour tries again.
        transaction.set_rollback(True)
        return False
    return True
