"""HTML of other systems as Markdown that teachers go on editing.

Only meaning is kept. Scripts, styles, forms and frames are dropped; the site's renderer sanitises what is
left once more when a question is saved. Formulas between \\( \\), \\[ \\] or $$ become $ and $$.
"""

import re
from collections.abc import Callable

import lxml.html
from lxml import etree

DROPPED = {
    "script",
    "style",
    "noscript",
    "template",
    "head",
    "iframe",
    "object",
    "embed",
    "form",
    "svg",
    "canvas",
}
PARAGRAPHS = {"p", "div", "section", "article", "figure", "figcaption", "center", "address", "dl", "dd", "dt"}
HEADINGS = {f"h{level}": level for level in range(1, 7)}
KEPT_INLINE = {"sub", "sup", "u", "kbd", "mark", "small", "abbr", "del", "s", "ins", "var", "samp", "q"}
KEPT_WHOLE = {"table", "math"}

_FORMULA = re.compile(r"\\\((.+?)\\\)|\\\[(.+?)\\\]|\$\$(.+?)\$\$", re.DOTALL)
_SPECIAL = re.compile(r"([\\`*_\[\]<>$|~])")
_LINE_START = re.compile(r"^(\s*)([#+-]|:::|>|\d+[.)])(?=\s|$)", re.MULTILINE)
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
        parts.append(f"${formula}$" if found[1] else f"\n\n$$\n{formula}\n$$\n\n")
        end = found.end()
    parts.append(_escaped(text[end:]))
    return "".join(parts)


def _escaped(text: str) -> str:
    pieces = re.split(f"{OPEN}(.*?){CLOSE}", text)
    # Every second piece stood between the marks.
    return "".join(
        piece if place % 2 else _LINE_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", piece))
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
    if tag in KEPT_WHOLE:
        return "\n\n" + _whole(node) + "\n\n" if tag == "table" else _whole(node)
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
        address = link(node.get("href") or "")
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
    address = image(node.get("src") or "")
    alt = " ".join((node.get("alt") or "").split())
    if not address:
        return escape(alt)
    alt = _SPECIAL.sub(r"\\\1", alt)
    return f"![{alt}](<{address}>)"


def _list(node, image, link, depth) -> str:
    items = [child for child in node if isinstance(child.tag, str) and child.tag == "li"]
    lines = []
    for number, item in enumerate(items, start=1):
        sign = f"{number}. " if node.tag == "ol" else "- "
        body = _tidy(_blocks(item, image, link, depth))
        lines.append(sign + body.replace("\n", "\n" + " " * len(sign)))
    return "\n\n" + "\n".join(lines) + "\n\n"


def _whole(node) -> str:
    """Tables and MathML stay HTML, on one run of lines so that Markdown takes them as one block."""
    tail, node.tail = node.tail, None
    html = etree.tostring(node, encoding="unicode", method="html")
    node.tail = tail
    return re.sub(r"\s*\n\s*", " ", html)
