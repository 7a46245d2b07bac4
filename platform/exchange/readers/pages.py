"""HTML pages of other systems: their text, their body, and the blocks they become."""

import re

from exchange.html_markdown import Part
from exchange.outline import MEDIA_SCHEME, BlockOutline

# What a reader may run into inside a part of a source that nobody has seen before: the rest must not suffer.
NOT_UNDERSTOOD = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)
_CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?\s*([\w-]+)", re.IGNORECASE)
_BODY = re.compile(r"<body[^>]*>(.*?)(?:</body>|\Z)", re.IGNORECASE | re.DOTALL)


def decoded(data: bytes) -> str:
    """The text of a page: by its mark, as UTF-8, by what it says of itself, or as Western European."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    named = _CHARSET.search(data[:2048])
    for encoding in ("utf-8-sig", named.group(1).decode() if named else "", "cp1252"):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("utf-8", errors="replace")


def page_body(html: str) -> str:
    """What is inside the body of a page, or all of a fragment."""
    match = _BODY.search(html)
    return match.group(1) if match else html


def part_block(part: Part, path: str) -> BlockOutline:
    """A block of a converted page."""
    if part.kind == "text":
        return BlockOutline("text", part.markdown, path=path)
    if part.url.startswith(MEDIA_SCHEME):
        return BlockOutline(part.kind, media=part.url.removeprefix(MEDIA_SCHEME), title=part.title, path=path)
    return BlockOutline(part.kind, url=part.url, title=part.title, path=path)


def lost_note(count: int) -> str:
    """A sentence about links and pictures whose targets are not in the source; empty for none."""
    if not count:
        return ""
    what = "1 link or picture leads" if count == 1 else f"{count} links or pictures lead"
    return f"{what} to places that are not in the source; the text was kept."


def title_of_file(name: str) -> str:
    """Words of a file's name."""
    stem = name.rpartition("/")[2].rpartition(".")[0]
    words = re.sub(r"[-_]+", " ", re.sub(r"^\d+[-_. ]+", "", stem)).strip() or stem
    return words[:1].upper() + words[1:]


def sentence(clause: str) -> str:
    return f"{clause[:1].upper()}{clause[1:]}." if clause else ""


def not_understood(error: Exception) -> str:
    """The sentence for an error of NOT_UNDERSTOOD."""
    return f"It can't be understood ({type(error).__name__})."
