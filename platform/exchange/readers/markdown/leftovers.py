"""Quizzes that belong to no page, and every file that was not met, so that the report names them all."""

from exchange.readers.leftovers import skip_links
from exchange.readers.markdown.links import Links
from exchange.readers.markdown.names import IMAGES, PAGES, is_translation
from exchange.readers.markdown.source import Source


def list_leftovers(source: Source, links: Links) -> None:
    used = source.media.used_files()
    for path in source.files:
        name = path.rpartition("/")[2]
        if path in source.settled or path in links.lesson_of:
            continue
        if path in used or path in source.included:
            kind = "image" if path.lower().endswith(IMAGES) else "file"
            source.report.imported(source.path(path), kind, name)
        elif is_translation(path) and path.lower().endswith(PAGES):
            source.report.skipped(
                source.path(path),
                "page",
                name,
                reason="It belongs to a translation: import its folder as a course of its own.",
            )
        elif path.lower().endswith((".quiz.json", ".quiz.csv")):
            source.report.skipped(
                source.path(path), "quiz", name, reason="There is no lesson of its name beside it."
            )
        elif path.lower().endswith((*PAGES, ".rst", ".txt")):
            source.report.skipped(source.path(path), "page", name, reason="It is not a page of the course.")
        else:
            kind = "image" if path.lower().endswith(IMAGES) else "file"
            source.report.skipped(
                source.path(path), kind, name, reason="No page that was imported refers to it."
            )
    skip_links(source.root, source.report)
