"""XML from strangers: entities, external references and the network are off, and elements know their line."""

import html
import re
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from quizzes.formats.result import Unreadable
from quizzes.formats.text import decode, storable

_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_BARE = re.compile(r"&(?!#\d+;|#[xX][0-9a-fA-F]+;|[A-Za-z][A-Za-z0-9]*;)")
_DECLARED = re.compile(r"<\?xml[^>]*\?>")
_OWN = {"amp", "lt", "gt", "quot", "apos"}
LINE = "\x00line"


class _WithLines(TreeBuilder):
    """Builds elements that remember the line of their start tag."""

    expat = None

    def start(self, tag, attrs):
        element = super().start(tag, attrs)
        element.attrib[LINE] = self.expat.CurrentLineNumber
        return element


def parse(content: bytes) -> Element:
    """The root element, with namespaces stripped from tags. Raises Unreadable.

    HTML's named entities, which tools write without declaring them, are read as their characters; where the
    text is not well-formed, stray ampersands and control characters are mended before giving up.
    """
    try:
        return _parse(_entities(content))
    except ParseError as error:
        first = error
    text = _DECLARED.sub("", storable(decode(content)).lstrip(), count=1)
    try:
        return _parse(_named(_BARE.sub("&amp;", text)).encode())
    except ParseError:
        line, column = first.position
        raise Unreadable(f"The file is not well-formed XML (line {line}, column {column + 1}).") from first


def _parse(content: bytes) -> Element:
    builder = _WithLines()
    parser = DefusedXMLParser(target=builder, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    builder.expat = parser.parser
    try:
        parser.feed(content)
        root = parser.close()
    except DefusedXmlException as error:
        raise Unreadable(
            "The file declares entities or refers to other files, which is not allowed."
        ) from error
    except (LookupError, ValueError) as error:
        if isinstance(error, ParseError):
            raise
        raise Unreadable("The file names an encoding that can't be read.") from error
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rsplit("}", 1)[-1]
            for key in [key for key in element.attrib if key.startswith("{")]:
                element.attrib[key.rsplit("}", 1)[-1]] = element.attrib.pop(key)
    return root


def _entities(content: bytes) -> bytes:
    content = content.lstrip()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in content[:100]:
        return _named(_DECLARED.sub("", decode(content), count=1)).encode()
    if b"&" not in content:
        return content
    return re.sub(_NAMED.pattern.encode(), lambda found: _character(found[1].decode()).encode(), content)


def _named(text: str) -> str:
    return _NAMED.sub(lambda found: _character(found[1]), text)


def _character(name: str) -> str:
    if name in _OWN:
        return f"&{name};"
    character = html.unescape(f"&{name};")
    if character.startswith("&"):
        return f"&amp;{name};"
    return "".join(f"&#{ord(char)};" for char in character)


def line_of(element: Element) -> int | None:
    return element.attrib.get(LINE)


def text_of(element: Element | None, path: str = "", default: str = "") -> str:
    """The words below an element (or the first at a path), stripped."""
    found = element if element is None or not path else element.find(path)
    if found is None:
        return default
    return "".join(found.itertext()).strip() or default


def inner_html(element: Element | None) -> str:
    """What stands between an element's tags, as HTML."""
    if element is None:
        return ""
    parts = [html.escape(element.text or "", quote=False)]
    for child in element:
        parts.append(outer_html(child))
    return "".join(parts).strip()


def outer_html(element: Element) -> str:
    for node in element.iter():
        node.attrib.pop(LINE, None)
    return tostring(element, encoding="unicode", method="html")
