"""Reading answers from a posted form.

Each question's fields carry its position as a prefix (`q3-choice`), and a hidden `q3-shown` says that the
question was on the page: an unticked box posts nothing, and must still clear its answer.
"""

import re
from collections.abc import Mapping

# PostgreSQL keeps neither U+0000 nor halves of a surrogate pair.
_NOT_KEPT = re.compile("[\x00\ud800-\udfff]")
_FIELD = re.compile(r"q(\d{1,4})-([a-z]+\d{0,3})")


def fields_by_position(post) -> dict[int, dict[str, list[str]]]:
    """{position: {field: values}} of the questions that were on the page. `post` is a QueryDict."""
    grouped: dict[int, dict[str, list[str]]] = {}
    for name in post:
        match = _FIELD.fullmatch(name)
        if match:
            grouped.setdefault(int(match[1]), {})[match[2]] = post.getlist(name)
    return {position: fields for position, fields in grouped.items() if "shown" in fields}


def seen_by_position(post) -> dict[int, int]:
    """{position: number of the step whose answer the page showed}, where the posted form says so.

    `seen` holds for the whole page; the page's script writes `q3-seen` once an answer given there was saved.
    """
    everywhere = _number(post.get("seen"))
    return {
        position: own if (own := _number(post.get(f"q{position}-seen"))) is not None else everywhere
        for position in fields_by_position(post)
        if everywhere is not None
    }


def storable(text: str) -> str:
    """A text without the characters that the database keeps in no column."""
    return _NOT_KEPT.sub("", text)


def _number(text):
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def read_response(question, fields: Mapping[str, list[str]]):
    """(response, certainty, is_flagged) of one AttemptQuestion."""
    version = question.version
    fields = {name: [storable(value) for value in values] for name, values in fields.items()}
    response = version.kind.read(version.data, question.variant, fields)
    certainty = (fields.get("certainty") or [""])[-1]
    return response, int(certainty) if certainty in ("1", "2", "3") else None, "flag" in fields
