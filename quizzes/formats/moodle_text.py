"""What Moodle's own formats share: how they say the format of a text, and the paths of their categories."""

import re

from quizzes.formats import markup


def category_tag(category: str) -> str:
    """The last part of a category's path that means something."""
    parts = [part.strip() for part in category.replace("//", "\x00").split("/")]
    meaningful = [
        part.replace("\x00", "/") for part in parts if part and not part.startswith("$") and part != "top"
    ]
    return meaningful[-1][:100] if meaningful else ""


def as_markdown(text: str, form: str) -> str:
    """Text of a Moodle format as Markdown: html, markdown, plain, or moodle (HTML whose line ends count)."""
    if form == "markdown":
        return text.strip()
    if form == "plain":
        return markup.escape(text.strip())
    if form == "moodle" and "<" in text:
        text = re.sub(r"(?<!>)\n(?!\s*<)", "<br>\n", text)
    if form == "moodle" and "<" not in text:
        return markup.to_markdown(
            text.replace("\n", "<br>").replace("&", "&amp;")
            if "&" not in text
            else text.replace("\n", "<br>")
        )
    return markup.to_markdown(text)
