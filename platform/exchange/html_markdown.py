"""HTML of other systems as Markdown that authors can go on editing.

Only the meaning is kept: headings, paragraphs, lists, tables, links, images, code, quotations, maths and
collapsible parts. Scripts, styles, forms and attributes are dropped, so nothing active can come through;
the site's renderer still sanitises what is made of the Markdown. Frames, videos and audio become parts of
their own, because they are blocks of their own in a lesson.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import lxml.html
from lxml import etree

# What to write for a link or an image of the source: a new target, or None to keep only its text.
Resolve = Callable[[str], str | None]

_DROPPED = (
    "script style noscript template head link meta title select textarea input button svg canvas map area",
    "param source track base colgroup",
)
_BLOCKS = (
    "address article aside audio blockquote body caption center dd details div dl dt embed fieldset",
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html iframe legend li main nav object ol p",
    "pre problem section summary table tbody td text th thead tr ul video",
)
DROPPED = frozenset(" ".join(_DROPPED).split())
BLOCKS = frozenset(" ".join(_BLOCKS).split())
MARK = "\ue000"  # A private-use character: stands around things that must not be escaped as text.
SUBSCRIPT = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
SUPERSCRIPT = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
# Opening and closing signs of formulas, and whether the formula stands in the running text.
FORMULAS = {
    "\\(": ("\\)", True),
    "\\[": ("\\]", False),
    "$$": ("$$", False),
    "[mathjaxinline]": ("[/mathjaxinline]", True),
    "[mathjax]": ("[/mathjax]", False),
}
OPENING = re.compile("|".join(map(re.escape, FORMULAS)))
ESCAPED = re.compile(r"([\\`*_\[\]<>$~|])")
LINE_START = re.compile(r"^(\s*)([#>+-]|:::|\d+[.)])(?=\s|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a page in order: `kind` is text (then `markdown`), embed, video or audio (then `url`)."""

    kind: str
    markdown: str = ""
    url: str = ""
    title: str = ""


@dataclass(slots=True)
class _Context:
    link: Resolve
    image: Resolve
    heading_floor: int
    frames: list[Part] = field(default_factory=list)


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
    context = _Context(link, image, heading_floor)
    body = root.find("body")
    try:
        text = _blocks(body if body is not None else root, context)
    except RecursionError:
        # Nested deeper than any page needs: its words are kept.
        return [Part("text", escape(plain_text(html)))]
    return _split(text, context.frames)


def to_markdown(html: str, *, link: Resolve, image: Resolve, heading_floor: int = 2) -> str:
    """One Markdown text; frames and videos are written as links."""
    parts = convert(html, link=link, image=image, heading_floor=heading_floor)
    return "\n\n".join(part.markdown or _frame_link(part) for part in parts).strip()


def plain_text(html: str) -> str:
    """The words of a page, on one line."""
    if not html.strip():
        return ""
    try:
        root = lxml.html.document_fromstring(
            f"<div>{html}</div>", parser=lxml.html.HTMLParser(huge_tree=True)
        )
    except (etree.ParserError, ValueError):
        return ""
    for element in root.xpath("//script|//style"):
        element.drop_tree()
    return " ".join(root.text_content().split())


def _frame_link(part: Part) -> str:
    return f"[{escape(part.title or part.url)}](<{part.url}>)"


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
            lines.append(re.sub(rf"{MARK}(\d+){MARK}", lambda m: _frame_link(frames[int(m.group(1))]), line))
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


# --------------------------------------------------------------------------------------------- text


def escape(text: str) -> str:
    """Text that Markdown must show as it is."""
    return LINE_START.sub(_escape_line_start, ESCAPED.sub(r"\\\1", text))


def _escape_line_start(match: re.Match) -> str:
    space, sign = match.groups()
    if sign[-1] in ".)":
        return f"{space}{sign[:-1]}\\{sign[-1]}"
    return f"{space}\\{sign}"


def _text(text: str | None) -> str:
    """Running text: white space folded, maths kept, the rest escaped."""
    if not text:
        return ""
    out, at = [], 0
    for start, end, formula, inline in _formulas(text):
        out.append(_running(text[at:start]))
        if inline:
            # A dollar sign beside a digit is a price, so a formula there keeps its distance.
            before = " " if text[:start][-1:].isdigit() else ""
            after = " " if text[end:][:1].isdigit() else ""
            out.append(f"{before}${formula}${after}")
        else:
            out.append(f"\n\n$$\n{formula}\n$$\n\n")
        at = end
    out.append(_running(text[at:]))
    return "".join(out)


def _formulas(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """(start, end, formula, in running text) of each; linear in the text, however many signs never close."""
    at, hopeless = 0, set()
    while match := OPENING.search(text, at):
        sign = match.group()
        closing, inline = FORMULAS[sign]
        end = -1 if sign in hopeless else text.find(closing, match.end())
        if end < 0:
            hopeless.add(sign)
            at = match.end()
            continue
        formula = " ".join(text[match.end() : end].split())
        at = end + len(closing)
        if formula:
            yield match.start(), at, formula, inline


def _running(text: str) -> str:
    return ESCAPED.sub(r"\\\1", re.sub(r"[ \t\r\n\xa0]+", " ", text))


# ------------------------------------------------------------------------------------------- inline


def _inline(element, context: _Context) -> str:
    """The content of an element as one run of inline Markdown."""
    out = [_text(element.text)]
    for node in element:
        out.append(_inline_element(node, context) if isinstance(node.tag, str) else "")
        out.append(_text(node.tail))
    return "".join(out)


def _wrapped(sign: str, inner: str) -> str:
    """Emphasis may not start or end with a space, and may not be empty."""
    body = inner.strip()
    if not body or "\n\n" in body:
        return inner
    before = " " if inner[:1].isspace() else ""
    after = " " if inner[-1:].isspace() else ""
    return f"{before}{sign}{body}{sign}{after}"


def _code(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        return ""
    ticks = "`" * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _target(url: str) -> str:
    """A link target that can't end its own brackets."""
    url = url.strip().replace("\n", "").replace("\r", "")
    if re.search(r"[\s()<>]", url):
        return f"<{url.replace('<', '%3C').replace('>', '%3E')}>"
    return url


def _inline_element(node, context: _Context) -> str:
    tag = node.tag.lower()
    if tag in DROPPED:
        return ""
    if tag in {"strong", "b"}:
        return _wrapped("**", _inline(node, context))
    if tag in {"em", "i", "cite", "dfn", "var"}:
        return _wrapped("*", _inline(node, context))
    if tag in {"code", "kbd", "samp", "tt"}:
        return _code(node.text_content())
    if tag == "br":
        return "\\\n"
    if tag == "a":
        return _anchor(node, context)
    if tag == "img":
        return _image(node, context)
    if tag in {"sub", "sup"}:
        return _raised(node, context, up=tag == "sup")
    if tag == "math":
        return _mathml(node)
    if tag in {"iframe", "video", "audio", "object", "embed"}:
        return f"\n\n{_frame(node, context)}\n\n" if _is_frame(node) else _inline(node, context)
    if tag == "q":
        return f"“{_inline(node, context)}”"
    if tag == "clarification":
        # Open edX shows it on a small sign in the running text.
        return f" ({_inline(node, context).strip()})"
    if tag == "annotation" and node.get("body"):
        return f"{_inline(node, context)} ({_remark(node)})"
    if tag in BLOCKS:
        inner = _block(node, context)
        return f"\n\n{inner}\n\n" if inner else ""
    return _inline(node, context)


def _own(target: str | None) -> str | None:
    return None if target is None or target.startswith(("http://", "https://")) else target


def _remark(node) -> str:
    """What an annotation of Open edX says about its words."""
    remarks = (plain_text(node.get(name) or "") for name in ("title", "body"))
    return escape(": ".join(filter(None, remarks)))


def _anchor(node, context: _Context) -> str:
    href = (node.get("href") or "").strip()
    if not href:
        return _inline(node, context)
    # A picture of another site would become a link, and a link can't hold one: its words stay.
    label = _inline(node, replace(context, image=lambda url: _own(context.image(url))))
    target = context.link(href)
    if target and not label.strip() and next(node.iter("img"), None) is not None:
        label = escape(target)
    if target is None or not label.strip() or "\n\n" in label.strip():
        return label
    before = " " if label[:1].isspace() else ""
    after = " " if label[-1:].isspace() else ""
    return f"{before}[{label.strip()}]({_target(target)}){after}"


def _image(node, context: _Context) -> str:
    equation = node.get("data-equation-content") or ""
    if equation:
        return f"${' '.join(equation.split())}$"
    source = (node.get("src") or "").strip()
    alt = " ".join((node.get("alt") or node.get("title") or "").split())
    target = context.image(source) if source else None
    if target is None:
        return escape(alt)
    if target.startswith(("http://", "https://")):
        # Pages show pictures of this site only; one of another site is a link.
        return f"[{escape(alt or target)}]({_target(target)})"
    return f"![{escape(alt)}]({_target(target)})"


def _raised(node, context: _Context, *, up: bool) -> str:
    text = node.text_content().strip()
    table = SUPERSCRIPT if up else SUBSCRIPT
    if text and all(ord(character) in table for character in text):
        return text.translate(table)
    tag = "sup" if up else "sub"
    inner = _inline(node, context)
    if inner.strip() and "\n\n" not in inner:
        return f"<{tag}>{inner.strip()}</{tag}>"
    return inner


def _mathml(node) -> str:
    for annotation in node.iter("annotation"):
        if "tex" in (annotation.get("encoding") or "").lower() and annotation.text:
            formula = annotation.text
            break
    else:
        formula = node.get("alttext") or ""
    if not formula.strip():
        return _running(" ".join(node.text_content().split()))
    formula = " ".join(formula.split())
    return f"\n\n$$\n{formula}\n$$\n\n" if node.get("display") == "block" else f"${formula}$"


# ------------------------------------------------------------------------------------------- frames


def _frame_source(node) -> str:
    for name in ("src", "data", "data-src"):
        if node.get(name):
            return node.get(name).strip()
    for source in node.iter("source", "embed"):
        if source.get("src"):
            return source.get("src").strip()
    return ""


def _is_frame(node) -> bool:
    return bool(_frame_source(node))


def _frame(node, context: _Context) -> str:
    tag = node.tag.lower()
    source = _frame_source(node)
    if source.startswith("//"):
        source = f"https:{source}"
    title = " ".join((node.get("title") or node.get("aria-label") or "").split())
    target = context.link(source)
    if target is None:
        return ""
    kind = tag if tag in {"video", "audio"} else "embed"
    if kind == "embed" and urlsplit(target).scheme not in {"http", "https"}:
        # A file of the course in a frame: offered as a link, because frames show other sites only.
        return f"[{escape(title or target.rpartition('/')[2])}]({_target(target)})"
    context.frames.append(Part(kind, url=target, title=title))
    return f"{MARK}{len(context.frames) - 1}{MARK}"


# ------------------------------------------------------------------------------------------- blocks


def _blocks(element, context: _Context) -> str:
    """The content of an element as blocks, with a blank line between them."""
    out: list[str] = []
    run: list[str] = [_text(element.text)]

    def flush() -> None:
        paragraph = _paragraph("".join(run))
        if paragraph:
            out.append(paragraph)
        run.clear()

    for node in element:
        if isinstance(node.tag, str):
            tag = node.tag.lower()
            if tag in BLOCKS and tag not in DROPPED:
                flush()
                block = _block(node, context)
                if block:
                    out.append(block)
            else:
                run.append(_inline_element(node, context))
        run.append(_text(node.tail))
    flush()
    return "\n\n".join(out)


def _paragraph(run: str) -> str:
    lines = [line.strip() for line in run.strip().split("\n")]
    text = "\n".join(lines).strip()
    text = re.sub(r"^(\\\n)+|(\\\n?)+$", "", text).strip()
    pieces = re.split(r"(\$\$\n.*?\n\$\$|^::: .*?\n:::$)", text, flags=re.DOTALL | re.MULTILINE)
    return "".join(
        piece if index % 2 else LINE_START.sub(_escape_line_start, piece)
        for index, piece in enumerate(pieces)
    )


def _block(node, context: _Context) -> str:
    tag = node.tag.lower()
    if tag in DROPPED:
        return ""
    if re.fullmatch(r"h[1-6]", tag):
        title = " ".join(_inline(node, context).replace("\\\n", " ").split())
        level = min(max(int(tag[1]), context.heading_floor), 6)
        return f"{'#' * level} {title}" if title else ""
    if tag in {"ul", "ol"}:
        return _list(node, context, ordered=tag == "ol")
    if tag == "blockquote":
        return _prefixed(_blocks(node, context), "> ")
    if tag == "pre":
        return _fence(node)
    if tag == "hr":
        return "---"
    if tag == "table":
        return _table(node, context)
    if tag == "dl":
        return _definitions(node, context)
    if tag == "details":
        return _details(node, context)
    if tag in {"iframe", "video", "audio", "object", "embed"}:
        return _frame(node, context) if _is_frame(node) else _blocks(node, context)
    if tag in {"dt", "legend", "summary"}:
        return _wrapped("**", _inline(node, context).strip())
    if tag in {"figcaption", "caption"}:
        return _wrapped("*", _inline(node, context).strip())
    return _blocks(node, context)


def _prefixed(text: str, prefix: str) -> str:
    return "\n".join((prefix + line).rstrip() for line in text.split("\n")) if text else ""


def _list(node, context: _Context, *, ordered: bool) -> str:
    items = []
    try:
        number = int(node.get("start") or 1)
    except ValueError:
        number = 1
    for child in node:
        if not isinstance(child.tag, str):
            continue
        body = _blocks(child, context) if child.tag.lower() == "li" else _block(child, context)
        if not body:
            continue
        sign = f"{number}. " if ordered else "- "
        items.append(sign + body.replace("\n", "\n" + " " * len(sign)))
        number += 1
    separator = "\n\n" if any("\n\n" in item for item in items) else "\n"
    return re.sub(r"\n +\n", "\n\n", separator.join(items))


def _fence(node) -> str:
    code = node.find("code")
    classes = " ".join([node.get("class") or "", code.get("class") or "" if code is not None else ""])
    named = re.search(r"(?:language|lang|brush|highlight-source)[-:]\s*([\w+#-]+)", classes)
    text = node.text_content().strip("\n").replace("\xa0", " ")
    if not text.strip():
        return ""
    ticks = "`" * max(3, max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    return f"{ticks}{named.group(1) if named else ''}\n{text}\n{ticks}"


def _definitions(node, context: _Context) -> str:
    out = []
    for child in node:
        if isinstance(child.tag, str):
            body = _block(child, context)
            if body:
                out.append(body)
    return "\n\n".join(out)


def _details(node, context: _Context) -> str:
    summary = node.find("summary")
    title = " ".join(summary.text_content().split()) if summary is not None else ""
    if summary is not None:
        tail = summary.tail
        node.remove(summary)
        node.text = (node.text or "") + (tail or "")
    body = _blocks(node, context)
    if not body:
        return title and escape(title)
    return f"::: question {escape(title) or '…'}\n\n{body}\n\n:::"


def _rows(table) -> list[list]:
    rows = []
    for row in table.iter("tr"):
        owner = row.getparent()
        while owner is not None and owner.tag != "table":
            owner = owner.getparent()
        if owner is table:
            cells = [cell for cell in row if isinstance(cell.tag, str) and cell.tag.lower() in {"td", "th"}]
            if cells:
                rows.append(cells)
    return rows


def _span(cell) -> int:
    try:
        return min(max(int(cell.get("colspan") or 1), 1), 50)
    except ValueError:
        return 1


def _cell(cell, context: _Context) -> str:
    text = _blocks(cell, context)
    text = re.sub(rf"{MARK}(\d+){MARK}", lambda m: _frame_link(context.frames[int(m.group(1))]), text)
    text = re.sub(r"\$\$\s*(.+?)\s*\$\$", r"$\1$", text, flags=re.DOTALL).replace("\\\n", " ")
    text = re.sub(r"(?m)^(#{1,6}|-|\d+\.) ", "", text)
    return " ".join(text.split())


def _table(table, context: _Context) -> str:
    rows = _rows(table)
    caption = table.find("caption")
    title = _block(caption, context) if caption is not None else ""
    nested = any(len(list(cell.iter("table", "pre", "iframe", "video"))) for row in rows for cell in row)
    if not rows:
        return title
    if nested or max(len(row) for row in rows) == 1 or len(rows) == 1:
        # A table for layout alone: its cells one after another.
        bodies = [_blocks(cell, context) for row in rows for cell in row]
        return "\n\n".join(part for part in [title, *bodies] if part)
    width = max(sum(_span(cell) for cell in row) for row in rows)
    lines = []
    for row in rows:
        cells = []
        for cell in row:
            cells += [_cell(cell, context), *[""] * (_span(cell) - 1)]
        lines.append("| " + " | ".join(cells + [""] * (width - len(cells))) + " |")
    lines.insert(1, "|" + " --- |" * width)
    body = "\n".join(lines)
    return f"{title}\n\n{body}" if title else body
