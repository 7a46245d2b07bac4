"""A learner's requests over one kept connection and one cookie jar."""

import http.client
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore


def signed_in(user):
    """The key of a new session of `user`."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


class Browser:
    """Not for several threads at once. Raises OSError or HTTPException where the server doesn't answer."""

    def __init__(self, port, session=None, timeout=60):
        self.port, self.timeout = port, timeout
        self.cookies = {settings.SESSION_COOKIE_NAME: session} if session else {}
        self.link = None

    def request(self, path, fields=None):
        """(status, body, Location); a form is posted where `fields` are given."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        method, body = "GET", None
        if fields is not None:
            method, body = "POST", urlencode(fields, doseq=True)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["X-CSRFToken"] = self.cookies.get("csrftoken", "")
        if self.link is None:
            self.link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            self.link.request(method, path, body, headers)
            response = self.link.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        for header in response.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
        return response.status, content, response.headers.get("Location")

    def close(self):
        if self.link is not None:
            self.link.close()
            self.link = None
