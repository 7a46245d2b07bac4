"""Terms and privacy: what an admin wrote, or the text that the site ships with (`texts/`, Markdown).

The audit log keeps every version with its author. What was written in any language beats what is shipped: the
site's own terms hold, and a translation that nobody wrote must not contradict them.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language

from courses.content.links import CourseLinks
from courses.content.markdown import TooLong, render
from embark.models import LegalText

SHIPPED = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class Shown:
    html: str
    language: str
    written_at: object = None


def text(page):
    """What to show of a page, in the reader's language where there is one. One query."""
    wanted = [(get_language() or settings.LANGUAGE_CODE).split("-")[0], settings.LANGUAGE_CODE]
    written = {row.language: row for row in LegalText.objects.filter(page=page)}
    for language in (*wanted, *sorted(written)):
        if language in written:
            row = written[language]
            return Shown(row.html, row.language, row.written_at)
    return next(Shown(html, language) for language in wanted if (html := _shipped(page, language)))


def save(row):
    """Render and save a text. Raises ValidationError for one that is too long."""
    try:
        row.html = render(row.source, links=CourseLinks(None)).html
    except TooLong as error:
        raise ValidationError({"source": str(error)}) from error
    row.save()


def shipped_source(page, language):
    """The Markdown of a shipped text, "" where there is none in this language."""
    file = SHIPPED / f"{page}.{language}.md"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


@cache
def _shipped(page, language):
    source = shipped_source(page, language)
    return render(source, links=CourseLinks(None)).html if source else ""
