"""The mails of a demonstration, readable in the browser.

The file back end writes each mail into `var/mail`. The address exists in demo mode only and answers
this machine only: mails hold sign-in codes.
"""

import email
import email.policy
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import wraps
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

SHOWN = 50


@dataclass(frozen=True)
class Mail:
    name: str
    sent_at: datetime | None
    recipient: str
    subject: str
    text: str


def loopback_only(view):
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not settings.EMBARK_DEMO or not ip_address(request.META["REMOTE_ADDR"] or "0.0.0.0").is_loopback:  # noqa: S104
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@never_cache
@loopback_only
def mailbox(request):
    return render(request, "embark/mailbox.html", {"mails": mails(Path(settings.EMAIL_FILE_PATH))})


def mails(directory: Path) -> list[Mail]:
    """The newest mails below `directory`, newest first. One connection's mails share a file, each of them
    closed by a line of dashes.
    """
    if not directory.is_dir():
        return []
    files = sorted(directory.glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)[:SHOWN]
    found = []
    for file in files:
        parts = file.read_bytes().split(b"\n" + b"-" * 79 + b"\n")
        for number, part in reversed(list(enumerate(parts))):
            if part.strip():
                found.append(_parse(f"{file.stem}-{number}", part))
    return found[:SHOWN]


def _parse(name: str, raw: bytes) -> Mail:
    message: EmailMessage = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(preferencelist=("plain", "html"))
    date = message["Date"]
    return Mail(
        name=name,
        sent_at=parsedate_to_datetime(str(date)) if date else None,
        recipient=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        text=body.get_content() if body else "",
    )


urlpatterns = [path("", mailbox, name="mailbox")]
