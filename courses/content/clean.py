"""The last step of every rendering: what is not on these lists does not reach a page.

Browsers are the hard part: a cleaner that disagrees with their parser lets scripts through. nh3 parses as
browsers do. Of MathML only what draws a formula is let in: `annotation`, `annotation-xml`, `semantics`,
`maction`, `mglyph` and every address are out, they are how scripts hide in mathematics. SVG is out whole.
"""

import re
from urllib.parse import urlsplit

import nh3

from courses.content import code


def _words(text):
    return set(text.split())


HTML_TAGS = _words(
    "a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure "
    "h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp section small span strong sub summary sup "
    "table tbody td tfoot th thead tr u ul var"
)
MATHML_TAGS = _words(
    "math menclose merror mfenced mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow "
    "mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none"
)
TAGS = HTML_TAGS | MATHML_TAGS
# Not only these tags but also their content is dropped.
DROPPED_WITH_CONTENT = _words(
    "annotation annotation-xml applet audio embed iframe maction mglyph noembed noframes noscript object "
    "script style svg template textarea title video xmp"
)
MATHML_ATTRIBUTES = _words(
    "accent accentunder align columnalign columnlines columnspacing depth displaystyle fence form height "
    "largeop linebreak linethickness lspace mathvariant maxsize minsize movablelimits notation open close "
    "rowlines rowspacing rspace scriptlevel separator separators stretchy symmetric voffset width"
)
ATTRIBUTES = {
    "a": {"href", "title", "id"},
    "abbr": {"title"},
    "col": {"span"},
    "colgroup": {"span"},
    "details": {"open"},
    "div": {"data-language", "role", "tabindex", "aria-label"},
    "img": {"src", "alt", "title", "width", "height", "loading"},
    "li": {"id", "value"},
    "math": {"display", "alttext"},
    "ol": {"start", "type"},
    "pre": {"tabindex"},
    "section": {"role", "aria-label"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "*": {"lang", "dir"},
} | {f"h{level}": {"id"} for level in range(2, 7)}
for _tag in MATHML_TAGS:
    ATTRIBUTES[_tag] = ATTRIBUTES.get(_tag, set()) | MATHML_ATTRIBUTES
CLASSES = {
    "a": {"footnote-backref"},
    "code": {"math-error"},
    "details": {"question"},
    "div": {
        "callout",
        "callout--note",
        "callout--tip",
        "callout--warning",
        "highlight",
        "math",
        "block",
        "inline",
    }
    | {"table-scroll"},
    "hr": {"footnotes-sep"},
    "li": {"footnote-item"},
    "ol": {"footnotes-list"},
    "p": {"callout__title"},
    "section": {"footnotes"},
    "span": {"math", "inline"} | code.CLASSES,
    "sup": {"footnote-ref"},
    "td": {"align-left", "align-center", "align-right"},
    "th": {"align-left", "align-center", "align-right"},
}
SCHEMES = {"http", "https", "mailto"}
# A formula as wide as the sea, or an empty cell a million columns wide, breaks the page without any script.
LENGTH = re.compile(r"-?\d{0,3}(\.\d{1,4})?(em|ex|px|pt|%|mu)?|(thin|medium|thick)|infinity")
SMALL_NUMBER = re.compile(r"\d{1,3}")
PIXELS = re.compile(r"\d{1,5}")
# Ids only of our own making: an author's `id="csrf"` must not shadow what scripts look up.
OWN_ID = re.compile(r"(h-[\w-]{1,200}|fn(ref)?-[0-9a-f]+-\d+(:\d+)?)")


def clean_html(markup, *, links=None, images=True, rel="noopener noreferrer"):
    """Markup that is safe to put into a page as it is.

    `links` resolves addresses (see `courses.content.links`); without it relative addresses are dropped.
    """

    def attribute(tag, name, value):
        if name == "href" and tag == "a":
            return _address(value, links)
        if name == "src":
            return links.image(value) if links is not None else None
        if name == "id":
            return value if OWN_ID.fullmatch(value) else None
        if name == "tabindex":
            return value if value == "0" else None
        if name == "role":
            return value if value in ("region", "group", "note", "doc-endnotes") else None
        if name in ("colspan", "rowspan", "span", "start", "value"):
            return value if SMALL_NUMBER.fullmatch(value) else None
        if tag == "img" and name in ("width", "height"):
            return value if PIXELS.fullmatch(value) else None
        if name in ("width", "height", "depth", "lspace", "rspace", "voffset", "minsize", "maxsize"):
            return value if LENGTH.fullmatch(value) else None
        return value

    schemes = SCHEMES | (links.schemes if links is not None else set())
    return nh3.clean(
        markup,
        tags=TAGS if images else TAGS - {"img"},
        clean_content_tags=DROPPED_WITH_CONTENT,
        attributes=ATTRIBUTES,
        attribute_filter=attribute,
        allowed_classes=CLASSES,
        url_schemes=schemes,
        link_rel=rel,
    )


def _address(value, links):
    value = value.strip()
    if value.startswith("#"):
        return value if OWN_ID.fullmatch(value[1:]) else None
    try:
        scheme = urlsplit(value).scheme.lower()
    except ValueError:
        return None
    if scheme in SCHEMES:
        return value
    return links.link(value) if links is not None else None
