"""Bytes to text: encodings that question files really have."""

import codecs
import re
import unicodedata

_BOMS = [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
]
NAME_LENGTH = 120


def decode(content: bytes) -> str:
    """Text by its byte order mark, as UTF-8, or as the Windows encoding that old files have."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    if content[:400].count(b"\x00") > 20:
        even = content[0:400:2].count(b"\x00") > content[1:400:2].count(b"\x00")
        return content.decode("utf-16-be" if even else "utf-16-le", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def lines_of(content: bytes) -> list[str]:
    return storable(decode(content)).replace("\r\n", "\n").replace("\r", "\n").split("\n")


def storable(text: str) -> str:
    """Without the characters that PostgreSQL and XML can't hold."""
    return "".join(
        char for char in text if char in "\n\t\r" or unicodedata.category(char) not in ("Cc", "Cs")
    )


def name_from(text: str) -> str:
    """A question's name from its text: the first words, without markup."""
    plain = re.sub(r"</?(?:b|i|em|strong|u|span|sub|sup|code)\b[^>]*>|[*_`$\\]", "", text)
    plain = re.sub(r"<[^>]*>|!\[[^\]]*\]\([^)]*\)", " ", plain)
    plain = re.sub(r"\s+([?!.,;:])", r"\1", " ".join(plain.split()))
    if len(plain) <= NAME_LENGTH:
        return plain
    return plain[:NAME_LENGTH].rsplit(" ", 1)[0] + "…"


def literal(answer: str) -> str:
    """An accepted answer of a system without wildcards: a star in it stands for itself."""
    return answer.replace("*", r"\*")


def number(raw: str | None, default: float | None = None) -> float | None:
    """A finite number written with a point or a decimal comma."""
    try:
        value = float(str(raw).strip().replace("\u2212", "-").replace(",", "."))
    except ValueError:
        return default
    return value if abs(value) < float("inf") else default
