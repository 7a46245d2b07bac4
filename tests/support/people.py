"""People who can sign in, and how they do it in a browser."""

import re
import time

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp

from accounts.models import User

PASSWORD = "a long way from home"


def verified(user):
    """The user, with an address that was confirmed."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def person(email, name):
    return verified(User.objects.create_user(email, PASSWORD, display_name=name))


def superuser(email, name):
    return verified(User.objects.create_superuser(email, PASSWORD, display_name=name))


def add_authenticator(user):
    """Registers an app for one-time codes; returns what it would show now."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return lambda: totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def sign_in(page, user, *, code=None):
    """Fill in the form that is open, or the sign-in page; `code` shows the one-time code of this moment."""
    if not page.locator("input[name=login]").count():
        page.goto("/account/login/")
    page.locator("input[name=login]").fill(user.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button.button--primary").click()
    if code is not None:
        page.locator("input[name=code]").fill(code())
        page.locator("main button.button--primary").click()
    page.wait_for_url(lambda address: "/account/" not in address)


def typed_code(mailoutbox):
    """The code in the last mail, which confirms an address."""
    return re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", mailoutbox[-1].body).group()
