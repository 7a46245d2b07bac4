"""The elements of a course's tree, and which kinds of them hold others."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

CONTAINERS = {
    "course", "chapter", "sequential", "videosequence", "problemset", "section", "vertical", "unit",
    "wrapper", "conditional", "split_test", "randomize", "abtest", "library_content",
    "legacy_library_content", "itembank", "item_bank", "library", "group", "experiment",
}  # fmt: skip
UNITS = {"vertical", "unit"}
NO_COUNTERPART = {
    "lti": "external tools (LTI) can't be taken along",
    "lti_consumer": "external tools (LTI) can't be taken along",
    "wiki": "a course has no wiki here",
    "poll": "polls have no counterpart here",
    "poll_question": "polls have no counterpart here",
    "survey": "surveys have no counterpart here",
    "word_cloud": "word clouds have no counterpart here",
    "drag-and-drop-v2": "dragging is not a question type here",
    "scorm": "SCORM packages run code of their own and are not taken along",
    "edx_sga": "handing in files has no counterpart here",
    "staffgradedxblock": "marks given by staff alone have no counterpart here",
    "textbook": "textbooks have no counterpart here; their files are listed under static",
}
TRUE = {"true", "1", "yes"}


@dataclass(slots=True)
class Node:
    """One element of the course with its definition read, wherever that lies."""

    kind: str
    url_name: str
    element: etree._Element
    path: str
    title: str
    html: str | None = None
    children: list["Node"] = field(default_factory=list)
    hidden: bool = False
    draft: bool = False
    parent_url: str = ""

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.walk()


Drafts = dict[str, list[tuple[int, Node]]]
"""Units that exist only as drafts, with their places, by the url_name of the sequential they belong to."""


def is_container(node: Node) -> bool:
    if node.kind in CONTAINERS:
        return True
    known = {"html", "video", "problem", "discussion", "openassessment", "annotatable", "videoalpha"}
    return node.kind not in known and any(child.get("url_name") for child in node.element)


def humanised(url_name: str) -> str:
    """A title from a name; none from a generated one."""
    if re.fullmatch(r"[0-9a-f]{12,}", url_name):
        return ""
    return re.sub(r"[_\-:]+", " ", url_name).strip()
