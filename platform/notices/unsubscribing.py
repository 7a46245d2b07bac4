"""Ending mails by one click: a signed link in each mail, which works signed out."""

from django.core import signing
from django.urls import reverse

from accounts.models import User
from notices.models import Preference

SALT = "notices.unsubscribe"
KINDS = ("email", "digest")


def link(learner, kind):
    """The address that ends a kind of mail ("email" or "digest") for a learner. It never expires."""
    token = signing.dumps([learner.pk, kind], salt=SALT)
    return reverse("notices:unsubscribe", args=[token])


def read(token):
    """(learner, kind) of a link's token. Raises signing.BadSignature or User.DoesNotExist."""
    pk, kind = signing.loads(token, salt=SALT)
    if kind not in KINDS:
        raise signing.BadSignature(f"no kind of mail: {kind}")
    return User.objects.get(pk=pk), kind


def unsubscribe(*, learner, kind):
    """No more mails of a kind. Notices in the page stay as they are."""
    Preference.objects.update_or_create(learner=learner, defaults={kind: False})
    if kind == "email":
        learner.notices.exclude(mail_at=None).update(mail_at=None)
