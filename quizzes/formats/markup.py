"""HTML of other systems as Markdown that teachers go on editing.

Only meaning is kept. Scripts, styles, forms and frames are dropped; the site's renderer sanitises what is
left once more when a question is saved. Formulas between \\( \\), \\[ \\] or $$ become $ and $$.
"""

import re
from collections.abc import Callable
from html import escape as html_escape

import lxml.html
from lxml import etree

DROPPED = {
    "script",
    "style",
    "noscript",
    "template",
    "head",
    "form",
    "svg",
    "canvas",
}
PARAGRAPHS = {"p", "div", "section", "article", "figure", "figcaption", "center", "address", "dl", "dd", "dt"}
HEADINGS = {f"h{level}": level for level in range(1, 7)}
KEPT_INLINE = {"sub", "sup", "u", "kbd", "mark", "small", "abbr", "del", "s", "ins", "var", "samp", "q"}
MEDIA = {"iframe", "video", "audio", "object", "embed"}

_FORMULA = re.compile(r"\\\((.+?)\\\)|\\\[(.+?)\\\]|\$\$(.+?)\$\$", re.DOTALL)
_SPECIAL = re.compile(r"([\\`*_\[\]<>$|~])")
# A backslash before a digit would be shown: the point or bracket after it is what is escaped.
_LINE_START = re.compile(r"^(\s*\d*)(?:(?<=\d)([.)])|(?<!\d)([#+-]|:::|>))(?=\s|$)", re.MULTILINE)
# Readers put these around what must come through unescaped, such as the place of a gap.
OPEN, CLOSE = "\ue010", "\ue011"
BLANK = r"\_\_\_\_\_"

Resolve = Callable[[str], str | None]


def nothing(_address: str) -> None:
    return None


def to_markdown(html: str, *, image: Resolve = nothing, link: Resolve | None = None) -> str:
    """Markdown with the meaning of an HTML fragment.

    image maps the address of a picture to one that questions may show, or None to leave it out; link does the
    same for links, and by default keeps addresses of the web.
    """
    html = html.replace("\x00", "").strip()
    if not html:
        return ""
    if "<" not in html and "&" not in html:
        return _tidy(escape(html))
    try:
        root = lxml.html.fragment_fromstring(html, create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return _tidy(escape(re.sub(r"<[^>]*>", " ", html)))
    return _tidy(_blocks(root, image, link or _web, 0))


def escape(text: str) -> str:
    """Plain text as Markdown that shows it; formulas become maths, and marked places come through."""
    parts, end = [], 0
    for found in _FORMULA.finditer(text):
        parts.append(_escaped(text[end : found.start()]))
        formula = " ".join((found[1] or found[2] or found[3]).split())
        if found[1]:
            parts.append(_inline_formula(formula, text[: found.start()], text[found.end() :]))
        else:
            parts.append(f"\n\n$$\n{formula}\n$$\n\n")
        end = found.end()
    parts.append(_escaped(text[end:]))
    return "".join(parts)


def _inline_formula(formula: str, before: str, after: str) -> str:
    """A dollar sign beside a digit is a price, so a formula there keeps its distance."""
    return f"{' ' * before[-1:].isdigit()}${formula}${' ' * after[:1].isdigit()}"


def _escaped(text: str) -> str:
    pieces = re.split(f"{OPEN}(.*?){CLOSE}", text)
    # Every second piece stood between the marks.
    return "".join(
        piece if place % 2 else _LINE_START.sub(r"\1\\\2\3", _SPECIAL.sub(r"\\\1", piece))
        for place, piece in enumerate(pieces)
    )


def _web(address: str) -> str | None:
    return address if re.match(r"(https?:|mailto:)", address.strip(), re.IGNORECASE) else None


def _tidy(markdown: str) -> str:
    lines = [line.rstrip() for line in markdown.replace("\xa0", " ").split("\n")]
    tidy = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    return re.sub(r"\A[ \t]+", "", tidy)


def _flat(text: str | None) -> str:
    return escape(re.sub(r"[ \t\r\n]+", " ", text)) if text else ""


def _blocks(element, image, link, depth) -> str:
    """The content of an element: runs of inline content, and blocks between blank lines."""
    if depth > 60:
        return _flat(element.text_content())
    parts = [_flat(element.text)]
    for child in element:
        parts.append(_node(child, image, link, depth + 1))
        parts.append(_flat(child.tail))
    return "".join(parts)


def _node(node, image, link, depth) -> str:
    tag = node.tag
    if not isinstance(tag, str) or tag in DROPPED:
        return ""
    if tag == "br":
        return "\\\n"
    if tag == "hr":
        return "\n\n---\n\n"
    if tag == "img":
        return _picture(node, image)
    if tag in MEDIA:
        return _medium(node, image, link, depth)
    if tag == "math":
        return _whole(node)
    if tag == "table":
        return f"\n\n{_table(node, image, link, depth)}\n\n"
    if tag == "pre":
        return f"\n\n```\n{node.text_content().strip(chr(10))}\n```\n\n"
    if tag == "code":
        code = node.text_content().strip()
        fence = "``" if "`" in code else "`"
        return f"{fence}{code}{fence}" if code else ""
    if tag in ("ul", "ol"):
        return _list(node, image, link, depth)
    inner = _blocks(node, image, link, depth)
    if tag in HEADINGS:
        return f"\n\n{'#' * HEADINGS[tag]} {' '.join(inner.split())}\n\n"
    if tag == "blockquote":
        return "\n\n" + "\n".join(f"> {line}" for line in _tidy(inner).split("\n")) + "\n\n"
    if tag in PARAGRAPHS:
        return f"\n\n{inner.strip()}\n\n"
    if tag in ("strong", "b"):
        return _around("**", inner)
    if tag in ("em", "i"):
        return _around("*", inner)
    if tag in KEPT_INLINE:
        return f"<{tag}>{inner}</{tag}>" if inner.strip() and "\n\n" not in inner else inner
    if tag == "a":
        target = (node.get("href") or "").strip()
        address = link(target) or (image(target) if target and not target.startswith("#") else None)
        label = " ".join(inner.split())
        return f"[{label}](<{address}>)" if address and label and ">" not in address else inner
    return inner


def _around(mark: str, inner: str) -> str:
    body = inner.strip()
    if not body or "\n\n" in body or body.startswith(mark):
        return inner
    before = inner[: len(inner) - len(inner.lstrip())]
    after = inner[len(inner.rstrip()) :]
    return f"{before}{mark}{body}{mark}{after}"


def _picture(node, image) -> str:
    if formula := _equation(node):
        previous = node.getprevious()
        text = node.getparent().text if previous is None else previous.tail
        return _inline_formula(formula, text or "", node.tail or "")
    address = image(node.get("src") or "")
    alt = " ".join((node.get("alt") or "").split())
    if not address:
        return escape(alt)
    alt = _SPECIAL.sub(r"\\\1", alt)
    return f"![{alt}](<{address}>)"


def _equation(node) -> str:
    """The formula of which a picture was made: Canvas says it beside the picture."""
    formula = node.get("data-equation-content") or ""
    if not formula and "equation_image" in (node.get("class") or "").split():
        formula = (node.get("alt") or "").removeprefix("LaTeX:") or node.get("title") or ""
    return " ".join(formula.split())


def _medium(node, image, link, depth) -> str:
    """A film, a sound or a frame: a link to it on the web. What lies in the file can't be played here."""
    sources = [node, *node.iter("source", "embed")]
    found = (source.get(name) for source in sources for name in ("src", "data", "data-src"))
    address = next((value.strip() for value in found if value and value.strip()), "")
    if not address:
        return _blocks(node, image, link, depth)
    if address.startswith("//"):
        address = f"https:{address}"
    if target := link(address):
        label = " ".join((node.get("title") or node.get("aria-label") or target).split())
        return f"\n\n[{_escaped(label)}](<{target}>)\n\n" if ">" not in target else ""
    picture = image(address)
    return f"![{escape(' '.join(node.text_content().split()))}](<{picture}>)" if picture else ""


def _list(node, image, link, depth) -> str:
    items = [child for child in node if isinstance(child.tag, str) and child.tag == "li"]
    lines = []
    for number, item in enumerate(items, start=1):
        sign = f"{number}. " if node.tag == "ol" else "- "
        body = _tidy(_blocks(item, image, link, depth))
        lines.append(sign + body.replace("\n", "\n" + " " * len(sign)))
    return "\n\n" + "\n".join(lines) + "\n\n"


def _whole(node) -> str:
    """MathML stays as it is, on one run of lines."""
    tail, node.tail = node.tail, None
    html = etree.tostring(node, encoding="unicode", method="html")
    node.tail = tail
    return re.sub(r"\s*\n\s*", " ", html)


def _table(node, image, link, depth) -> str:
    """A table as HTML whose cells hold Markdown, between blank lines where it is more than words."""
    caption = node.find("caption")
    parts = ["<table>"]
    if caption is not None:
        parts.append(f"<caption>{html_escape(' '.join(caption.text_content().split()))}</caption>")
    for row in node.iter("tr"):
        if next(row.iterancestors("table")) is not node:
            continue
        parts.append("<tr>")
        for cell in row:
            if cell.tag in ("td", "th"):
                spans = "".join(
                    f' {name}="{value}"'
                    for name in ("colspan", "rowspan")
                    if (value := cell.get(name) or "").isdecimal()
                )
                parts.append(f"<{cell.tag}{spans}>{_cell(cell, image, link, depth)}</{cell.tag}>")
        parts.append("</tr>")
    return "".join([*parts, "</table>"])


def _cell(cell, image, link, depth) -> str:
    words = " ".join((cell.text or "").split())
    body = _tidy(_blocks(cell, image, link, depth)).strip()
    return html_escape(words) if body == words and not len(cell) else f"\n\n{body}\n\n"
