"""Question files of other systems: readers and writers with one neutral result.

    reading = read_questions(content, name="bank.xml")        # format found by content
    content = WRITERS["gift"].write(questions, files)

A reader never stops at one question: what can't be used is an item of the reading, with its line and the
reason.
"""

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass

from quizzes.formats import aiken, gift, moodle_xml, qti12, qti21, table
from quizzes.formats.archives import Archive
from quizzes.formats.pictures import PictureBox
from quizzes.formats.result import (
    FAILED,
    IMPORTED,
    SKIPPED,
    ImportedQuestion,
    Problem,
    Reading,
    Unreadable,
)
from quizzes.formats.safe_xml import parse
from quizzes.formats.text import decode

FORMATS = ["gift", "moodle-xml", "aiken", "qti12", "qti21", "csv"]
MAX_SIZE = 200 * 2**20
_TEXT_READERS = {"gift": gift.read, "aiken": aiken.read, "csv": table.read}
_XML_READERS = {"moodle-xml": moodle_xml.read, "qti12": qti12.read, "qti21": qti21.read}
_ROOTS = {"quiz": "moodle-xml", "questestinterop": "qti12"}
# Members of packages that hold no questions by their nature.
_NOT_QUESTIONS = {"imsmanifest.xml", "assessment_meta.xml", "course_settings.xml"}
_READABLE = {".xml", ".qti", ".dat", ".txt", ".gift", ".csv", ".tsv"}


def read_questions(content: bytes, *, name: str = "", format: str = "auto") -> Reading:
    """Read a file of questions, or a zip of such files. Raises Unreadable with a sentence."""
    if len(content) > MAX_SIZE:
        raise Unreadable(f"The file is larger than {MAX_SIZE // 2**20} MB.")
    if not content.strip():
        raise Unreadable("The file is empty.")
    if content[:4] == b"PK\x03\x04":
        return _read_zip(content, format)
    found = detect(content, name) if format == "auto" else format
    if found is None:
        raise Unreadable(f"The format can't be told from the content: name one of {', '.join(FORMATS)}.")
    if found in _TEXT_READERS:
        return _TEXT_READERS[found](content, name)
    reading = _XML_READERS[found](content, name)
    reading.arrange()
    return reading


def detect(content: bytes, name: str = "") -> str | None:
    """The format of a file by what is in it, None if it is none of them. Raises Unreadable for broken XML."""
    text = decode(content[:200_000])
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        return _detect_xml(content)
    if name.lower().endswith((".csv", ".tsv")) and table.recognises(text):
        return "csv"
    if aiken.recognises(text):
        return "aiken"
    if gift.recognises(text):
        return "gift"
    return "csv" if table.recognises(text) else None


def _detect_xml(content: bytes) -> str | None:
    root = parse(content)
    if root.tag in _ROOTS:
        return _ROOTS[root.tag]
    if root.tag == "question" and root.get("type"):
        return "moodle-xml"
    tags = {element.tag for element in root.iter() if isinstance(element.tag, str)}
    if tags & {"assessmentItem", "assessmentTest", "qti-assessment-item", "qti-assessment-test"}:
        return "qti21"
    if "questestinterop" in tags or (
        root.tag in ("item", "section", "assessment") and "presentation" in tags
    ):
        return "qti12"
    return None


def _natural(path: str) -> list:
    """Sorts q2 before q10."""
    return [
        (part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", path)
    ]


def _richer(path: str) -> str:
    """Where Canvas puts its own version of a quiz that a Common Cartridge also holds in a poorer one."""
    return f"non_cc_assessments/{posixpath.basename(posixpath.dirname(path))}.xml.qti"


def _read_zip(content: bytes, format: str) -> Reading:
    archive = Archive(content)
    whole = Reading("zip" if format == "auto" else format)
    pictures = PictureBox(
        whole.files, {path: lambda path=path: archive.read(path) for path in archive.entries}
    )
    formats = set()
    for path in sorted(archive.entries, key=_natural):
        ending = posixpath.splitext(path)[1].lower()
        if ending not in _READABLE or posixpath.basename(path) in _NOT_QUESTIONS:
            continue
        if posixpath.basename(path) == "assessment_qti.xml" and _richer(path) in archive.entries:
            continue
        member = archive.read(path)
        try:
            found = detect(member, path) if member.strip() else None
        except Unreadable as error:
            whole.items.append(
                Problem(FAILED, str(error), name=posixpath.basename(path), kind="file", path=path)
            )
            continue
        if (
            found is None
            or (format != "auto" and found != format)
            or (found in _TEXT_READERS and ending in (".xml", ".dat"))
        ):
            continue
        formats.add(found)
        try:
            reading = (
                _TEXT_READERS[found](member, path)
                if found in _TEXT_READERS
                else _XML_READERS[found](member, path, pictures)
            )
        except Unreadable as error:
            whole.items.append(
                Problem(FAILED, str(error), name=posixpath.basename(path), kind="file", path=path)
            )
            continue
        whole.items += reading.items
        whole.asked += reading.asked
    whole.arrange()
    if not formats and not whole.items:
        raise Unreadable("The zip file holds no questions in a format that is read here.")
    if len(formats) == 1 and format == "auto":
        whole.format = formats.pop()
    return whole


@dataclass(frozen=True, slots=True)
class Writer:
    """How a format is written: write(questions, files) -> bytes, its file ending and content type."""

    write: Callable
    ending: str
    content_type: str


def _write_gift(questions, files=None):
    return gift.write(questions)


def _write_qti21(questions, files=None):
    # Imported here: it renders Markdown, which needs the site's settings; readers don't.
    from quizzes.formats import qti21_write

    return qti21_write.write(questions, files)


WRITERS = {
    "gift": Writer(_write_gift, "gift.txt", "text/plain; charset=utf-8"),
    "moodle-xml": Writer(moodle_xml.write, "xml", "application/xml"),
    "qti21": Writer(_write_qti21, "zip", "application/zip"),
}

__all__ = [
    "FAILED",
    "FORMATS",
    "IMPORTED",
    "SKIPPED",
    "WRITERS",
    "ImportedQuestion",
    "Problem",
    "Reading",
    "Unreadable",
    "detect",
    "read_questions",
]
