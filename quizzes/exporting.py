"""Questions of a bank or a quiz as a file for other systems."""

import re

from quizzes.formats import WRITERS, ImportedQuestion
from quizzes.models import QuestionFile

_PICTURE = re.compile(r"question-file:([0-9a-f]{64}\.[a-z0-9]+)")


def export_questions(*, questions, format: str) -> bytes:
    """The file of Question rows (with `current`) in one of `WRITERS`; marks are those of slots where
    given.
    """
    entries = [as_entry(question) for question in questions if question.current is not None]
    names = {
        name for entry in entries for name in _PICTURE.findall(f"{entry.text}{entry.data}{entry.explanation}")
    }
    files = {}
    for stored in QuestionFile.objects.filter(name__in=names):
        with stored.file.open("rb") as content:
            files[stored.name] = content.read()
    return WRITERS[format].write(entries, files)


def as_entry(question, mark: float = 1.0) -> ImportedQuestion:
    version = question.current
    return ImportedQuestion(
        type=version.type,
        name=question.name,
        text=version.text,
        data=version.data,
        explanation=version.explanation,
        hints=list(version.hints),
        tags=list(question.tags),
        mark=mark,
    )
