"""Running text, formulas and the signs of Markdown."""

import re
from collections.abc import Iterator

import lxml.html
from lxml import etree

MARK = "\ue000"  # A private-use character: stands around things that must not be escaped as text.
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


def escape(text: str) -> str:
    """Text that Markdown must show as it is."""
    return LINE_START.sub(escape_line_start, ESCAPED.sub(r"\\\1", text))


def escape_line_start(match: re.Match) -> str:
    space, sign = match.groups()
    if sign[-1] in ".)":
        return f"{space}{sign[:-1]}\\{sign[-1]}"
    return f"{space}\\{sign}"


def running(text: str | None) -> str:
    """Running text: white space folded, maths kept, the rest escaped."""
    if not text:
        return ""
    out, at = [], 0
    for start, end, formula, inline in _formulas(text):
        out.append(folded(text[at:start]))
        if inline:
            # A dollar sign beside a digit is a price, so a formula there keeps its distance.
            before = " " if text[:start][-1:].isdigit() else ""
            after = " " if text[end:][:1].isdigit() else ""
            out.append(f"{before}${formula}${after}")
        else:
            out.append(f"\n\n$$\n{formula}\n$$\n\n")
        at = end
    out.append(folded(text[at:]))
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


def folded(text: str) -> str:
    return ESCAPED.sub(r"\\\1", re.sub(r"[ \t\r\n\xa0]+", " ", text))


def wrapped(sign: str, inner: str) -> str:
    """Emphasis may not start or end with a space, and may not be empty."""
    body = inner.strip()
    if not body or "\n\n" in body:
        return inner
    before = " " if inner[:1].isspace() else ""
    after = " " if inner[-1:].isspace() else ""
    return f"{before}{sign}{body}{sign}{after}"


def code_span(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        return ""
    ticks = "`" * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def target_of(url: str) -> str:
    """A link target that can't end its own brackets."""
    url = url.strip().replace("\n", "").replace("\r", "")
    if re.search(r"[\s()<>]", url):
        return f"<{url.replace('<', '%3C').replace('>', '%3E')}>"
    return url


def mathml(node) -> str:
    for annotation in node.iter("annotation"):
        if "tex" in (annotation.get("encoding") or "").lower() and annotation.text:
            formula = annotation.text
            break
    else:
        formula = node.get("alttext") or ""
    if not formula.strip():
        return folded(" ".join(node.text_content().split()))
    formula = " ".join(formula.split())
    return f"\n\n$$\n{formula}\n$$\n\n" if node.get("display") == "block" else f"${formula}$"
