"""Calendars as text (RFC 5545): the few properties that a list of moments needs."""

from dataclasses import dataclass
from datetime import UTC, datetime

LINE_OCTETS = 75  # section 3.1: longer lines are folded
NEWLINE = "\r\n"


@dataclass(frozen=True, slots=True)
class Event:
    """A moment without a length. `uid` stays the same for as long as it is the same event."""

    uid: str
    at: datetime
    summary: str
    description: str
    url: str


def write(*, name, product, stamp, refresh, events):
    """A VCALENDAR. stamp: when its owner made it (DTSTAMP); refresh: a duration such as "PT6H"."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{_text(product)}//{_text(product)}//EN",
        "CALSCALE:GREGORIAN",
        f"NAME:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",  # what most programs read
        f"REFRESH-INTERVAL;VALUE=DURATION:{refresh}",
        f"X-PUBLISHED-TTL:{refresh}",
    ]
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_text(event.uid)}",
            f"DTSTAMP:{_moment(stamp)}",
            f"DTSTART:{_moment(event.at)}",
            f"SUMMARY:{_text(event.summary)}",
            f"DESCRIPTION:{_text(event.description)}",
            f"URL:{event.url}",
            "TRANSP:TRANSPARENT",  # it takes nobody's time
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(_folded(line) + NEWLINE for line in lines)


def _moment(at):
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value):
    """A TEXT value (section 3.3.11). Control characters have no place in one."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    value = "".join(char for char in value if char in "\n\t" or (char >= " " and char != "\x7f"))
    value = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return value.replace("\n", "\\n")


def _folded(line):
    """Lines of at most 75 octets, none of which ends inside a character."""
    parts, part, octets = [], "", 0
    for char in line:
        size = len(char.encode())
        if octets + size > LINE_OCTETS:
            parts.append(part)
            part, octets = "", 1  # the space that a folded line begins with
        part += char
        octets += size
    return f"{NEWLINE} ".join([*parts, part])
