"""Elements as Markdown: runs of text, and blocks with a blank line between them."""

import re
from dataclasses import replace
from urllib.parse import unquote

from exchange.html_markdown.frames import frame_of, is_frame
from exchange.html_markdown.parts import Context
from exchange.html_markdown.tables import table_of
from exchange.html_markdown.text import (
    LINE_START,
    code_span,
    escape,
    escape_line_start,
    mathml,
    plain_text,
    running,
    target_of,
    wrapped,
)

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
SUBSCRIPT = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
SUPERSCRIPT = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")


def _inline(element, context: Context) -> str:
    """The content of an element as one run of inline Markdown."""
    out = [running(element.text)]
    for node in element:
        out.append(_inline_element(node, context) if isinstance(node.tag, str) else "")
        out.append(running(node.tail))
    return "".join(out)


def _inline_element(node, context: Context) -> str:
    tag = node.tag.lower()
    if tag in DROPPED:
        return ""
    if tag in {"strong", "b"}:
        return wrapped("**", _inline(node, context))
    if tag in {"em", "i", "cite", "dfn", "var"}:
        return wrapped("*", _inline(node, context))
    if tag in {"code", "kbd", "samp", "tt"}:
        return code_span(node.text_content())
    if tag == "br":
        return "\\\n"
    if tag == "a":
        return _anchor(node, context)
    if tag == "img":
        return _image(node, context)
    if tag in {"sub", "sup"}:
        return _raised(node, context, up=tag == "sup")
    if tag == "math":
        return mathml(node)
    if tag in {"iframe", "video", "audio", "object", "embed"}:
        return f"\n\n{frame_of(node, context)}\n\n" if is_frame(node) else _inline(node, context)
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


def _anchor(node, context: Context) -> str:
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
    return f"{before}[{label.strip()}]({target_of(target)}){after}"


def _image(node, context: Context) -> str:
    equation = node.get("data-equation-content") or ""
    if equation:
        return f"${' '.join(equation.split())}$"
    source = (node.get("src") or "").strip()
    # Canvas draws a formula as a picture whose address is the formula, quoted twice.
    drawn = re.match(r"(?:https?://[^/]+)?/equation_images/([^?#]+)", source)
    if drawn:
        return f"${' '.join(unquote(unquote(drawn.group(1))).split())}$"
    alt = " ".join((node.get("alt") or node.get("title") or "").split())
    target = context.image(source) if source else None
    if target is None:
        return escape(alt)
    if target.startswith(("http://", "https://")):
        # Pages show pictures of this site only; one of another site is a link.
        return f"[{escape(alt or target)}]({target_of(target)})"
    return f"![{escape(alt)}]({target_of(target)})"


def _raised(node, context: Context, *, up: bool) -> str:
    text = node.text_content().strip()
    table = SUPERSCRIPT if up else SUBSCRIPT
    if text and all(ord(character) in table for character in text):
        return text.translate(table)
    tag = "sup" if up else "sub"
    inner = _inline(node, context)
    if inner.strip() and "\n\n" not in inner:
        return f"<{tag}>{inner.strip()}</{tag}>"
    return inner


def blocks_of(element, context: Context) -> str:
    """The content of an element as blocks, with a blank line between them."""
    out: list[str] = []
    run: list[str] = [running(element.text)]

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
        run.append(running(node.tail))
    flush()
    return "\n\n".join(out)


def _paragraph(run: str) -> str:
    lines = [line.strip() for line in run.strip().split("\n")]
    text = "\n".join(lines).strip()
    text = re.sub(r"^(\\\n)+|(\\\n?)+$", "", text).strip()
    pieces = re.split(r"(\$\$\n.*?\n\$\$|^::: .*?\n:::$)", text, flags=re.DOTALL | re.MULTILINE)
    return "".join(
        piece if index % 2 else LINE_START.sub(escape_line_start, piece) for index, piece in enumerate(pieces)
    )


def _block(node, context: Context) -> str:
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
        return _prefixed(blocks_of(node, context), "> ")
    if tag == "pre":
        return _fence(node)
    if tag == "hr":
        return "---"
    if tag == "table":
        return table_of(node, context, blocks=blocks_of, block=_block)
    if tag == "dl":
        return _definitions(node, context)
    if tag == "details":
        return _details(node, context)
    if tag in {"iframe", "video", "audio", "object", "embed"}:
        return frame_of(node, context) if is_frame(node) else blocks_of(node, context)
    if tag in {"dt", "legend", "summary"}:
        return wrapped("**", _inline(node, context).strip())
    if tag in {"figcaption", "caption"}:
        return wrapped("*", _inline(node, context).strip())
    return blocks_of(node, context)


def _prefixed(text: str, prefix: str) -> str:
    return "\n".join((prefix + line).rstrip() for line in text.split("\n")) if text else ""


def _list(node, context: Context, *, ordered: bool) -> str:
    items = []
    try:
        number = int(node.get("start") or 1)
    except ValueError:
        number = 1
    for child in node:
        if not isinstance(child.tag, str):
            continue
        body = blocks_of(child, context) if child.tag.lower() == "li" else _block(child, context)
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


def _definitions(node, context: Context) -> str:
    out = []
    for child in node:
        if isinstance(child.tag, str):
            body = _block(child, context)
            if body:
                out.append(body)
    return "\n\n".join(out)


def _details(node, context: Context) -> str:
    summary = node.find("summary")
    title = " ".join(summary.text_content().split()) if summary is not None else ""
    if summary is not None:
        tail = summary.tail
        node.remove(summary)
        node.text = (node.text or "") + (tail or "")
    body = blocks_of(node, context)
    if not body:
        return title and escape(title)
    return f"::: question {escape(title) or '…'}\n\n{body}\n\n:::"
