"""Texts: they may say their format first."""

import re

from quizzes.formats.gift.escapes import show
from quizzes.formats.moodle_text import as_markdown

_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)


def read_text(hidden: str, default: str = "moodle") -> tuple[str, str]:
    """(Markdown, format) of a text that may say its format first."""
    found = _FORMAT.match(hidden)
    form = found[1].lower() if found else default
    shown = show(hidden[found.end() :] if found else hidden)
    return as_markdown(shown, form), form
