"""The site closed for maintenance: while a file is there, people get one calm page (503) and staff go on.

Quizzes get back what their learners lost of it (quizzes.pauses): closing and opening write down the times in
files too, and whoever next looks at an attempt, or the worker, settles them once the database is there.

A file, because the moment for maintenance is when database and cache may be down: asking costs one failed
`open` a request, it survives restarts, and machines that share a folder share it (docs/operations.md).
"""

import contextlib
import json
import logging
import math
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.log import log_response
from django.utils.translation import gettext as _

from embark.api.problems import MEDIA_TYPE, problem
from quizzes import pauses

logger = logging.getLogger(__name__)

# Seconds after which to ask again where nobody said when the site is back, or that moment has passed.
ASK_AGAIN = 120

# Signing in and the admin stay open. Neither lets learners further than they are; both show who is staff.
DOORS = {
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
}
# What watches the site must see it all the time.
OPEN = {"health-live", "health-ready", "metrics", "set_language"}

COOKIE = "embark_staff"


@dataclass(frozen=True, slots=True)
class Maintenance:
    """until: when the site is expected back, or None; message: words for people, or ""; since: when it
    was closed.
    """

    until: datetime | None = None
    message: str = ""
    since: datetime | None = None

    def seconds_left(self, *, now=None):
        """Seconds until the site is expected back; None if nobody knows or the moment has passed."""
        if self.until is None:
            return None
        seconds = (self.until - (now or timezone.now())).total_seconds()
        return math.ceil(seconds) if seconds > 0 else None


def current():
    """The Maintenance that is on, or None."""
    path = Path(settings.MAINTENANCE_FILE)
    try:
        content = path.read_text(encoding="utf-8")
        made_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except PermissionError:
        logger.error("%s can't be read; the site stays closed without its words", path)
        return Maintenance()
    except OSError:
        return None
    # Somebody may have made the file by hand: they meant what its name says.
    try:
        fields = json.loads(content)
    except ValueError:
        return Maintenance(message=content.strip(), since=made_at)
    try:
        until = fields["until"] and datetime.fromisoformat(fields["until"]).astimezone(UTC)
        since = datetime.fromisoformat(fields["since"]).astimezone(UTC) if "since" in fields else made_at
        return Maintenance(until=until, message=str(fields["message"]), since=since)
    except (ValueError, TypeError, KeyError):
        return Maintenance(since=made_at)


def begin(*, until=None, message=""):
    """Close the site, or change what its page says."""
    before = current()
    since = (before and before.since) or timezone.now()
    fields = {"until": until and until.isoformat(), "message": message, "since": since.isoformat()}
    _write(Path(settings.MAINTENANCE_FILE), fields)


def end(*, now=None):
    """Open the site; returns whether it was closed. The time that it was closed is owed from now on."""
    closed = current()
    if closed is not None and closed.since is not None:
        span = pauses.Span(closed.since, now or timezone.now())
        _write_owed([*_read_owed(), span])
    with contextlib.suppress(FileNotFoundError):
        Path(settings.MAINTENANCE_FILE).unlink()
        return True
    return False


def register():
    """Let quizzes ask what time was lost."""
    pauses.register(owed=owed, forget=forget)


def owed():
    """Spans that were not given back to quizzes yet; the present one, without an end, while the site is
    closed. Two `open` that fail, where there are none.
    """
    closed = current()
    present = [pauses.Span(closed.since)] if closed is not None and closed.since is not None else []
    return [*_read_owed(), *present]


def forget(span):
    """A span was given back. Where this process may not write the file it stays, and means nothing more."""
    try:
        _write_owed([other for other in _read_owed() if other != span])
    except OSError as error:
        logger.info("%s stays: %s", _owed_file(), error)


def _owed_file():
    return Path(f"{settings.MAINTENANCE_FILE}.owed")


def _read_owed():
    try:
        rows = json.loads(_owed_file().read_text(encoding="utf-8"))
        return [pauses.Span(*(datetime.fromisoformat(moment) for moment in row)) for row in rows]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError):
        logger.error("%s can't be read; running quizzes don't get back the time that it names", _owed_file())
        return []


def _write_owed(spans):
    if spans:
        _write(_owed_file(), [[span.began_at.isoformat(), span.ended_at.isoformat()] for span in spans])
    else:
        _owed_file().unlink(missing_ok=True)


def _write(path, content):
    """JSON that is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False)
    # The web server may run as somebody else.
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)


class Gate:
    """Middleware: closes the site for everybody but staff while maintenance is on.

    Who is staff must be known without a database: signing in and the pages of the admin hand staff a signed
    cookie, bound to their session. It opens this gate and nothing else; every page behind checks as ever.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.admin = reverse("admin:index")

    def __call__(self, request):
        request.maintenance = current()
        if request.maintenance is not None and not self._lets_in(request):
            return closed(request, request.maintenance)
        response = self.get_response(request)
        match = request.resolver_match
        # These pages have looked at who asks already, so that this costs no query.
        if match is not None and self._is_door(request, match.view_name) and request.user.is_staff:
            _hand_pass(request, response)
        return response

    def _lets_in(self, request):
        try:
            route = resolve(request.path_info).view_name
        except Resolver404:
            route = None
        return self._is_door(request, route) or route in OPEN or _holds_pass(request)

    def _is_door(self, request, route):
        return request.path.startswith(self.admin) or route in DOORS


def closed(request, maintenance):
    """The answer to whoever comes while the site is closed: a page, or a problem document of the API."""
    seconds = maintenance.seconds_left()
    if request.path.startswith("/api/"):
        sentence = maintenance.message or _("The site is closed for maintenance. Try again later.")
        content = problem(
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            code="maintenance",
            detail=sentence,
            instance=request.path,
            **({"until": maintenance.until.isoformat()} if seconds else {}),
        )
        response = JsonResponse(content, status=HTTPStatus.SERVICE_UNAVAILABLE, content_type=MEDIA_TYPE)
    else:
        context = {
            "message": maintenance.message,
            "until": maintenance.until,
            "minutes": seconds and math.ceil(seconds / 60),
            "again": request.get_full_path() if request.method == "GET" else "/",
        }
        # Without the request: what every template may use (embark.context) asks the database.
        page = render_to_string("503.html", context)
        response = HttpResponse(page, status=HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = str(seconds or ASK_AGAIN)
    add_never_cache_headers(response)
    # Django would log each of them as an error of the server.
    log_response(
        "Closed for maintenance: %s", request.path,
        request=request, response=response, logger=logger, level="info",
    )  # fmt: skip
    return response


def _session_key(request):
    return request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")


def _holds_pass(request):
    key = _session_key(request)
    return bool(key) and (
        request.get_signed_cookie(COOKIE, None, salt=key, max_age=settings.SESSION_COOKIE_AGE) is not None
    )


def _hand_pass(request, response):
    key = request.session.session_key
    if key is None or (key == _session_key(request) and _holds_pass(request)):
        return
    response.set_signed_cookie(
        COOKIE,
        "1",
        salt=key,
        max_age=settings.SESSION_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite=settings.SESSION_COOKIE_SAMESITE,
    )
