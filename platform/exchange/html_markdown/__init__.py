"""HTML of other systems as Markdown that authors can go on editing.

Only the meaning is kept: headings, paragraphs, lists, tables, links, images, code, quotations, maths and
collapsible parts. Scripts, styles, forms and attributes are dropped, so nothing active can come through;
the site's renderer still sanitises what is made of the Markdown. Frames, videos and audio become parts of
their own, because they are blocks of their own in a lesson.

    elements.py    runs of text and blocks; tables.py, frames.py have theirs
    text.py        running text, formulas and the signs of Markdown
    parts.py       what a page is made of
"""

import re

import lxml.html
from lxml import etree

from exchange.html_markdown.elements import blocks_of
from exchange.html_markdown.frames import frame_link
from exchange.html_markdown.parts import Context, Part, Resolve
from exchange.html_markdown.text import MARK, escape, plain_text

__all__ = ["Part", "Resolve", "convert", "escape", "plain_text", "to_markdown"]


def convert(html: str, *, link: Resolve, image: Resolve, heading_floor: int = 2) -> list[Part]:
    """The parts of a page. `link` and `image` map each target of the source; headings are not above
    `heading_floor`, because the page has its own title."""
    html = html.strip()
    if not html:
        return []
    # Control characters are not text in any language, and the private mark must not be forged.
    html = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ue000]", "", html)
    try:
        root = lxml.html.document_fromstring(
            f"<div>{html}</div>", parser=lxml.html.HTMLParser(huge_tree=True)
        )
    except (etree.ParserError, ValueError):
        return []
    context = Context(link, image, heading_floor)
    body = root.find("body")
    try:
        text = blocks_of(body if body is not None else root, context)
    except RecursionError:
        # Nested deeper than any page needs: its words are kept.
        return [Part("text", escape(plain_text(html)))]
    return _split(text, context.frames)


def to_markdown(html: str, *, link: Resolve, image: Resolve, heading_floor: int = 2) -> str:
    """One Markdown text; frames and videos are written as links."""
    parts = convert(html, link=link, image=image, heading_floor=heading_floor)
    return "\n\n".join(part.markdown or frame_link(part) for part in parts).strip()


def _split(text: str, frames: list[Part]) -> list[Part]:
    """Frames that stand on their own line become parts; those inside a list or a quotation become links."""
    parts: list[Part] = []
    lines: list[str] = []

    def flush() -> None:
        markdown = _tidy("\n".join(lines))
        if markdown:
            parts.append(Part("text", markdown))
        lines.clear()

    for line in text.split("\n"):
        match = re.fullmatch(rf"{MARK}(\d+){MARK}", line)
        if match:
            flush()
            parts.append(frames[int(match.group(1))])
        else:
            lines.append(re.sub(rf"{MARK}(\d+){MARK}", lambda m: frame_link(frames[int(m.group(1))]), line))
    flush()
    return parts


def _tidy(text: str) -> str:
    """No blank lines at the ends, one between paragraphs; the inside of fenced code is left alone."""
    out: list[str] = []
    fence = ""
    for line in text.split("\n"):
        opening = re.match(r"\s*(`{3,}|~{3,})", line)
        if opening and not fence:
            fence = opening.group(1)
        elif fence and line.strip() == fence:
            fence = ""
        if not fence and not line.strip():
            if out and out[-1] != "":
                out.append("")
            continue
        out.append(line if fence else line.rstrip())
    return "\n".join(out).strip("\n")
