"""Sending a notice, and reading it."""

from django.db import connection
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


def announce(*, learners, title, body="", url="", now=None):
    """Leave the same notice for a queryset of learners, in one statement; returns how many.

    Mails are due at once; quiet hours are heeded when each is sent.
    """
    now = now or timezone.now()
    chosen, parameters = learners.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        # The queryset's own SQL and parameters: nothing of the announcement becomes SQL.
        cursor.execute(
            f"""
            INSERT INTO notices_notice
                (learner_id, kind, title, body, url, created_at, mail_at, mail_attempts)
            SELECT person.id, 'announcement', %s, %s, %s, %s,
                CASE WHEN person.email <> '' AND NOT person.is_simulated AND coalesce(wanted.email, true)
                    THEN %s::timestamptz END, 0
            FROM accounts_user person LEFT JOIN notices_preference wanted ON wanted.learner_id = person.id
            WHERE person.is_active AND person.id IN ({chosen})
            """,  # noqa: S608
            [title[:200], body, url, now, now, *parameters],
        )
        return cursor.rowcount


def preference_of(learner):
    """What the learner chose, or the defaults (an unsaved row)."""
    return Preference.objects.filter(learner=learner).first() or Preference(learner=learner)


def can_get_mail(learner):
    """Imported learners have no address; simulated ones have one that nobody reads."""
    return bool(learner.email) and learner.is_active and not learner.is_simulated


def mark_read(*, learner, now=None):
    """Mark all of a learner's notices as read; returns how many were new. Their waiting mails are dropped."""
    return Notice.objects.filter(learner=learner).unread().update(read_at=now or timezone.now(), mail_at=None)
