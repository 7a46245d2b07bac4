"""Sending a notice, and reading it."""

from django.utils import timezone

from notices.models import Notice, Preference
from notices.quiet import next_moment


def notify(*, learner, kind, title, body="", url="", now=None):
    """Leave a notice for a learner, in the caller's transaction; its mail follows where they want mails.

    The mail is due at once, or when the learner's quiet hours end. A worker's sweep sends it.
    """
    now = now or timezone.now()
    preference = preference_of(learner)
    wanted = can_get_mail(learner) and preference.email
    return Notice.objects.create(
        learner=learner,
        kind=kind,
        title=title[:200],
        body=body,
        url=url,
        mail_at=next_moment(preference, learner, now=now) if wanted else None,
    )


def preference_of(learner):
    """What the learner chose, or the defaults (an unsaved row)."""
    return Preference.objects.filter(learner=learner).first() or Preference(learner=learner)


def can_get_mail(learner):
    """Imported learners have no address; simulated ones have one that nobody reads."""
    return bool(learner.email) and learner.is_active and not learner.is_simulated


def mark_read(*, learner, now=None):
    """Mark all of a learner's notices as read; returns how many were new. Their waiting mails are dropped."""
    return Notice.objects.filter(learner=learner).unread().update(read_at=now or timezone.now(), mail_at=None)
