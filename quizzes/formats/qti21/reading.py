"""Reading a file of items, or the test that names items in other files."""

import posixpath
from urllib.parse import unquote

from quizzes.formats.pictures import PictureBox
from quizzes.formats.qti21.gaps import INLINE
from quizzes.formats.qti21.item import ABSENT, Item
from quizzes.formats.qti21.kinds import READERS
from quizzes.formats.result import Asked, Reading
from quizzes.formats.safe_xml import line_of, parse
from quizzes.formats.text import number

NAME = "qti21"
# Some writers send bodies through HTML, which has no capitals.
_INTERACTIONS = {
    name.lower(): name
    for name in (
        *READERS, *INLINE, *ABSENT, "simpleChoice", "inlineChoice", "simpleMatchSet",
        "simpleAssociableChoice", "gapText",
    )
}  # fmt: skip
_ATTRIBUTES = {
    name.lower(): name
    for name in ("responseIdentifier", "maxChoices", "expectedLength", "expectedLines", "matchMax")
}


def read(content: bytes, path: str = "", pictures: PictureBox | None = None) -> Reading:
    reading = Reading(NAME)
    pictures = pictures or PictureBox(reading.files)
    root = parse(content)
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag.startswith("qti-"):
            element.tag = _camel(element.tag[4:])
            element.attrib.update({_camel(key): value for key, value in list(element.attrib.items())})
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag.lower() in _INTERACTIONS:
            element.tag = _INTERACTIONS[element.tag.lower()]
            element.attrib.update({_ATTRIBUTES.get(key, key): value for key, value in list(element.items())})
    for element in root.iter("assessmentItem"):
        item = Item(element, pictures, posixpath.dirname(path))
        reading.take(item.read, name=item.name, kind=item.kind, path=path, line=line_of(element))
    for element in root.iter("assessmentItemRef"):
        weight = element.find("weight")
        reading.asked.append(
            Asked(
                posixpath.normpath(
                    posixpath.join(posixpath.dirname(path), unquote(element.get("href") or ""))
                ),
                element.get("identifier") or "",
                number(weight.get("value"), 1.0) if weight is not None else 1.0,
                line_of(element),
            )
        )
    return reading


def _camel(name: str) -> str:
    head, *rest = name.split("-")
    return head + "".join(part.capitalize() for part in rest)
