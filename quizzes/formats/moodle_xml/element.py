"""One <question> element: its texts with their pictures, its answers, its flags."""

import base64
import binascii
import re

from quizzes.formats import markup
from quizzes.formats.moodle_text import as_markdown
from quizzes.formats.safe_xml import inner_html, text_of
from quizzes.formats.text import name_from, number

# This site's own JSON of a question, which other systems ignore.
EXACT_TAG = "embark"
_FORMS = {"html": "html", "markdown": "markdown", "plain_text": "plain", "moodle_auto_format": "moodle"}
# Types whose answers are plain text.
_PLAIN = {"shortanswer", "numerical", "calculated", "calculatedsimple"}


class QuestionElement:
    def __init__(self, element, pictures):
        self.element = element
        self.pictures = pictures
        self.notes: list[str] = []  # told beside the question
        self.kind = (element.get("type") or "").lower()
        self.name = text_of(element, "name") or name_from(text_of(element, "questiontext/text"))

    def raw(self, node) -> str:
        if node is None:
            return ""
        found = node.find("text")
        if found is not None:
            return inner_html(found) if len(found) else text_of(found)
        # Old files put the text straight into the element; files beside it are not text.
        return (node.text or "").strip() if len(node) else text_of(node)

    def form(self, node, default="html") -> str:
        return _FORMS.get((node.get("format") or "") if node is not None else "", default)

    def markdown(self, node, default="html") -> str:
        source = self.raw(node)
        form = self.form(node, default)
        if form == "markdown":
            return self.pictures.replace_plugin_files(source, self.files(node)).strip()
        if form in ("html", "moodle"):
            image = self.pictures.resolver(self.files(node))
            if form == "moodle" and "<" not in source:
                return as_markdown(source, "moodle")
            if form == "moodle":
                source = re.sub(r"(?<!>)\n(?!\s*<)", "<br>\n", source)
            return markup.to_markdown(source, image=image)
        return as_markdown(source, form)

    def files(self, node) -> dict[str, bytes]:
        """Files beside a text, by the name that the text uses."""
        found = {}
        for file in node.findall("file") if node is not None else ():
            try:
                content = base64.b64decode("".join((file.text or "").split()), validate=False)
            except (binascii.Error, ValueError):
                continue
            found[(file.get("path") or "/").lstrip("/") + (file.get("name") or "")] = content
        return found

    def old_picture(self) -> str:
        """The picture of files from before Moodle 2, which stood outside the text."""
        encoded = text_of(self.element, "image_base64")
        if not encoded:
            return ""
        try:
            address = self.pictures.keep(base64.b64decode(encoded))
        except (binascii.Error, ValueError):
            return ""
        return f"\n\n![](<{address}>)" if address else ""

    def answers(self):
        """[(Markdown, fraction, feedback, element)] of the answers."""
        found = []
        for node in self.element.findall("answer"):
            fraction = number(node.get("fraction") or text_of(node, "fraction"), 0.0) / 100
            found.append(
                (
                    self.markdown(node, "plain" if self.kind in _PLAIN else "html"),
                    fraction,
                    self.markdown(node.find("feedback")),
                    node,
                )
            )
        return found

    def flag(self, name: str, default: bool) -> bool:
        node = self.element.find(name)
        if node is None:
            return default
        return text_of(node).lower() not in ("0", "false", "no")
