"""Turning a question's Markdown into sanitised HTML, once, when it is saved.

Questions use the same Markdown as lessons. Pictures that came with an imported question are files of its
bank, named in the text as `question-file:<sha256>.png`.
"""

import re

from django.urls import reverse

from courses.content.markdown import render

FILE_SCHEME = "question-file"
_FILE_NAME = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,5}")
_ONE_PARAGRAPH = re.compile(r"\s*<p>((?:(?!<p>).)*)</p>\s*", re.DOTALL)


class QuestionLinks:
    """Resolves addresses in a question's text: pages of this site, files of its bank, links elsewhere."""

    schemes = frozenset({FILE_SCHEME})

    def __init__(self):
        self.used = {}
        self.problems = []

    def asset(self, address):
        return None

    def image(self, address):
        name = address.strip().removeprefix(f"{FILE_SCHEME}:")
        if _FILE_NAME.fullmatch(name):
            return reverse("quizzes:file", args=[name])
        sentence = f"The image {address[:100]} is not among the files of the question: it is not shown."
        if sentence not in self.problems:
            self.problems.append(sentence)
        return None

    def link(self, address):
        if address.startswith("/") and not address.startswith("//"):
            return address
        name = address.strip().removeprefix(f"{FILE_SCHEME}:")
        return reverse("quizzes:file", args=[name]) if _FILE_NAME.fullmatch(name) else None


def to_html(source: str) -> str:
    """Markdown to sanitised HTML. Raises courses.content.markdown.TooLong."""
    return render(source, links=QuestionLinks()).html if source.strip() else ""


def to_inline_html(source: str) -> str:
    """The same, for one line of text beside a button: without the paragraph around it."""
    html = to_html(source)
    single = _ONE_PARAGRAPH.fullmatch(html)
    return single[1] if single else html


def version_html(version) -> None:
    """Fill in the rendered columns of an unsaved QuestionVersion."""
    version.text_html = to_html(version.text)
    version.explanation_html = to_html(version.explanation)
    fragments = [*version.kind.fragments(version.data), *version.hints]
    version.fragments = {source: to_inline_html(source) for source in fragments}
