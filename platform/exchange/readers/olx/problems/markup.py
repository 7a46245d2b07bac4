"""Pieces of a problem's XML as HTML."""

from lxml import etree


def escaped(text: str | None) -> str:
    return (text or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def serialise(element) -> str:
    return etree.tostring(element, encoding="unicode", method="html", with_tail=False)


def inner_html(element) -> str:
    return escaped(element.text) + "".join(
        serialise(node) + escaped(node.tail) for node in element if isinstance(node.tag, str)
    )
