"""Pages of other sites inside a lesson: https, from allowed hosts, in a sandboxed frame, on click."""

import re
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _


class NotAllowed(ValueError):
    """The address can't be embedded; the message says what can."""


def embed_url(address):
    """The address to put into the frame. A link to a watch page becomes that of its player."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        parts = urlsplit("")
    host = (parts.hostname or "").lower()
    if host in ("youtube.com", "www.youtube.com", "m.youtube.com", "youtu.be"):
        video = parts.path.strip("/") if host == "youtu.be" else parse_qs(parts.query).get("v", [""])[0]
        if "/embed/" in parts.path:
            video = parts.path.rsplit("/", 1)[-1]
        if re.fullmatch(r"[\w-]{6,20}", video):
            return f"https://www.youtube-nocookie.com/embed/{video}"
    if host in ("vimeo.com", "www.vimeo.com") and re.fullmatch(r"/\d+/?", parts.path):
        return f"https://player.vimeo.com/video/{parts.path.strip('/')}"
    if parts.scheme == "https" and host in settings.EMBED_HOSTS and not parts.username and parts.port is None:
        return parts.geturl()
    raise NotAllowed(
        _("%(address)s can't be embedded: use an https address on one of %(hosts)s, or link to it.")
        % {"address": address, "hosts": ", ".join(settings.EMBED_HOSTS)}
    )
