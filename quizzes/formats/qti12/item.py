"""One item: what it shows, what it says of itself, and the feedback that it has."""

import html
import re

from quizzes.formats import markup
from quizzes.formats.qti12.material import material_of
from quizzes.formats.safe_xml import text_of
from quizzes.formats.text import name_from

_GENERIC_NAME = re.compile(r"(question|item|q)?[ _-]*\d*", re.IGNORECASE)


class Item:
    """`group` is what a quiz draws it from; `notes` are told beside the question."""

    def __init__(self, element, pictures, base, group=None):
        self.element = element
        self.image = pictures.resolver(base=base)
        self.pictures = pictures
        self.group = group
        self.notes: list[str] = []
        self.meta = self._metadata()
        self.presentation = element.find("presentation")
        self.kind = (
            self.meta.get("question_type")
            or self.meta.get("bbmd_questiontype")
            or self.meta.get("cc_profile")
            or self.meta.get("qmd_questiontype")
            or self.meta.get("QUESTIONTYPE")  # ILIAS
            or self.meta.get("qmd_itemtype")
            or "item"
        )
        title = (element.get("title") or "").strip()
        self.name = "" if _GENERIC_NAME.fullmatch(title) else title
        self.name = self.name or name_from(html.unescape(self.stem())) or title

    def _metadata(self):
        found = {}
        fields = (
            node for tag in ("qtimetadatafield", "qti_metadatafield") for node in self.element.iter(tag)
        )
        for node in fields:
            found[text_of(node, "fieldlabel")] = text_of(node, "fieldentry")
        for group in self.element.findall("itemmetadata"):
            for node in group:
                if node.tag.startswith(("bbmd_", "qmd_")) and text_of(node):
                    found[node.tag] = text_of(node)
        return found

    def grading_type(self) -> str:
        """Brightspace: the number of the way in which several answers are marked; "" where none is said."""
        return text_of(next(self.element.iter("grading_type"), None))

    def stem(self) -> str:
        if self.presentation is None:
            return ""
        question = next(
            (node for node in self.presentation.iter() if node.get("class") == "QUESTION_BLOCK"), None
        )
        if question is not None:
            return material_of(question)
        return material_of(self.presentation)

    def markdown(self, source: str) -> str:
        # Breaks around a text only set it apart from its neighbours.
        source = re.sub(r"^(?:\s*<br>)+|(?:<br>\s*)+$", "", source)
        return markup.to_markdown(source, image=self.image)

    def words(self, node) -> str:
        """Plain words of the materials below a node."""
        source = re.sub(r"<[^>]*>", " ", material_of(node))
        return " ".join(html.unescape(source).split())

    def has_words(self, source: str) -> bool:
        return bool(html.unescape(re.sub(r"<[^>]*>", " ", source)).strip())

    def feedback(self) -> dict[str, str]:
        found = {}
        for node in self.element.iter("itemfeedback"):
            text = self.markdown(material_of(node))
            if text and node.get("ident"):
                found[node.get("ident")] = text
        return found


def labels_of(response):
    return {node.get("ident") or "": node for node in response.iter("response_label")}
