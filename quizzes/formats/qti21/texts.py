"""Texts of an item as Markdown or plain words."""

import html
import re

from quizzes.formats import markup
from quizzes.formats.safe_xml import text_of

_ATTRIBUTES = {
    "src", "alt", "href", "title", "colspan", "rowspan", "display", "data", "data-equation-content", "class",
}  # fmt: skip
_WRAPPED = re.compile(r"\s*<([a-zA-Z]\w*)[^>]*>.*</\w+>\s*", re.DOTALL)


class Texts:
    """The texts of one item; `image` maps addresses of pictures."""

    def __init__(self, element, image):
        self.element, self.image = element, image

    def _html(self, node, places) -> str:
        """HTML of a node's content; interactions are left out, or stand as their place in the text."""

        def shown(text):
            # Some systems put a page into the body as text.
            whole = node.tag in ("itemBody", "modalFeedback", "prompt") and _WRAPPED.fullmatch(text)
            return text if whole else html.escape(text, quote=False)

        parts = [shown(node.text or "")]
        for child in node:
            if isinstance(child.tag, str):
                parts.append(self._element(child, places))
            parts.append(shown(child.tail or ""))
        return "".join(parts)

    def _element(self, child, places) -> str:
        if child in places:
            place = f"{markup.OPEN}{places[child]}{markup.CLOSE}"
            if child.tag != "choiceInteraction":
                return place
            prompt = child.find("prompt")
            asked = self._html(prompt, places) if prompt is not None else ""
            return f"<p>{asked} {place}</p>"
        if child.tag.endswith("Interaction"):
            prompt = child.find("prompt")
            shown = f"<p>{self._html(prompt, places)}</p>" if prompt is not None else ""
            if child.tag == "gapMatchInteraction":
                rest = [node for node in child if node.tag not in ("prompt", "gapText", "gapImg")]
                shown += "".join(self._element(node, places) for node in rest)
            return shown
        if child.tag in ("rubricBlock", "feedbackInline", "feedbackBlock", "stylesheet", "modalFeedback"):
            return ""
        if child.tag == "object" and (child.get("type") or "").startswith("image/"):
            return f'<img src="{html.escape(child.get("data") or "")}" alt="{html.escape(text_of(child))}">'
        attributes = "".join(
            f' {key}="{html.escape(value)}"'
            for key, value in child.attrib.items()
            if key in _ATTRIBUTES and isinstance(value, str)
        )
        if child.tag in ("img", "br", "hr"):
            return f"<{child.tag}{attributes}>"
        return f"<{child.tag}{attributes}>{self._html(child, places)}</{child.tag}>"

    def markdown(self, node, places=None) -> str:
        if node is None:
            return ""
        source = self._html(node, places or {})
        # Without tags the converter keeps lines as they are; in XML they mean nothing.
        return markup.to_markdown(source if "<" in source else " ".join(source.split()), image=self.image)

    def words(self, node) -> str:
        source = re.sub(r"<[^>]*>", " ", self._html(node, {}))
        return " ".join(html.unescape(source).split())

    def feedback_in(self, choice) -> str:
        of_choice = [
            node
            for node in self.element.findall("modalFeedback")
            if node.get("identifier") == choice.get("identifier")
        ]
        nodes = [*choice.iter("feedbackInline"), *of_choice]
        return "\n\n".join(filter(None, (self.markdown(node) for node in nodes)))
