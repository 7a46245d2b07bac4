"""A learner's due dates as a calendar at a private address, which programs read without signing in.

The address is signed and names a key that only its learner's row holds: nobody can guess one, and a new key
makes the old address worthless.
"""

import secrets
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from notices.mail import absolute
from quizzes import icalendar
from quizzes.due import dues_of
from quizzes.models import DueCalendar

SALT = "quizzes.due_calendar"
REFRESH = "PT6H"


def address(calendar):
    """The whole address of a DueCalendar."""
    return absolute(reverse("due_calendar_feed", args=[token(calendar)]))


def token(calendar):
    return _signer().sign_object([calendar.pk, calendar.key])


def _signer():
    return signing.Signer(salt=SALT)


def renew(*, learner):
    """Make the learner's calendar, or give it a new address; the old one leads nowhere from now on."""
    values = {"key": secrets.token_urlsafe(16), "created_at": timezone.now()}
    return DueCalendar.objects.update_or_create(learner=learner, defaults=values)[0]


def end(*, learner):
    """No calendar any more."""
    DueCalendar.objects.filter(learner=learner).delete()


def read(token):
    """The DueCalendar of an address's token. Raises signing.BadSignature or DueCalendar.DoesNotExist."""
    pk, key = _signer().unsign_object(token)
    return DueCalendar.objects.select_related("learner__profile").get(pk=pk, key=key, learner__is_active=True)


def text(calendar, *, at=None):
    """The calendar as RFC 5545 text, in its learner's language; the same text while nothing changes."""
    learner = calendar.learner
    host = urlsplit(settings.SITE_URL).hostname
    with translation.override(learner.profile.language or settings.LANGUAGE_CODE):
        return icalendar.write(
            name=_("%(site)s: due dates") % {"site": settings.SITE_NAME},
            product=settings.SITE_NAME,
            stamp=calendar.created_at,
            refresh=REFRESH,
            events=[_event(due, host) for due in dues_of(learner, at=at)],
        )


def _event(due, host):
    words = {"quiz": due.quiz.title}
    return icalendar.Event(
        uid=f"due-{due.quiz.pk}@{host}",
        at=due.at,
        summary=(_("Handed in: %(quiz)s") if due.handed_in_at else _("Due: %(quiz)s")) % words,
        description=due.quiz.course.title,
        url=absolute(due.quiz.get_absolute_url()),
    )
