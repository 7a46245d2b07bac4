"""LaTeX to MathML, which browsers draw themselves: no script, no font to download, readable aloud."""

import html
import re
from xml.etree import ElementTree

# The converter recurses into groups and is slower than linear; a formula on a page is far below both.
MAX_CHARACTERS = 4_000
MAX_DEPTH = 60


def to_mathml(latex, *, display=False):
    """MathML for a formula; if it can't be read, its source as code, so that the author sees what is wrong.

    The result still has to be cleaned: LaTeX can carry addresses (`\\href`) and text of any kind.
    """
    # Formulas are rendered when a text is saved: a process that only shows pages never needs the converter.
    from latex2mathml.converter import convert_to_element

    try:
        if len(latex) > MAX_CHARACTERS or _depth(latex) > MAX_DEPTH:
            raise ValueError("too long or too deeply nested")
        root = convert_to_element(latex, display="block" if display else "inline")
    # The converter documents no exceptions: malformed input surfaces as its own classes, IndexError,
    # AttributeError, RecursionError and more. None of them may break the page.
    except Exception:
        return f'<code class="math-error">{html.escape(latex)}</code>'
    for element in root.iter():
        element.text = html.unescape(element.text) if element.text else element.text
    root.set("alttext", re.sub(r"\s+", " ", latex).strip())
    return ElementTree.tostring(root, encoding="unicode")


def _depth(latex):
    depth = deepest = 0
    for match in re.finditer(r"\\begin\b|\\end\b|\\left\b|\\right\b|\\.|[{}]", latex, re.DOTALL):
        token = match.group()
        if token in ("{", r"\begin", r"\left"):
            depth += 1
            deepest = max(deepest, depth)
        elif token in ("}", r"\end", r"\right"):
            depth -= 1
    return deepest
