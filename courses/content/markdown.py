"""Markdown to clean HTML.

CommonMark with tables, strikethrough, footnotes, fenced code, `$..$` and `$$..$$` maths, and containers:

    ::: tip Title            (note, tip, warning)
    ::: question Title       (collapsed until clicked)
    text
    :::
"""

import hashlib
import html
import re
import unicodedata
from dataclasses import dataclass, field

import lxml.html
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from courses.content.clean import clean_html
from courses.content.code import to_html as code_to_html
from courses.content.maths import to_mathml

CALLOUTS = ("note", "tip", "warning")
MAX_CHARACTERS = 200_000
# Elements inside a line: between their text and that around them is no space.
INLINE = {
    "a", "abbr", "b", "cite", "code", "em", "i", "kbd", "mark", "mi", "mn", "mo", "q", "s", "small", "span",
    "strong", "sub", "sup", "u", "var",
}  # fmt: skip


class TooLong(ValueError):
    def __init__(self):
        super().__init__(
            _("This text is longer than %(limit)s characters: split it into several lessons or blocks.")
            % {"limit": f"{MAX_CHARACTERS:,}"}
        )


@dataclass(frozen=True)
class Rendered:
    """`html` to show, `text` to search, `assets` it shows, `problems` for its author (sentences)."""

    html: str
    text: str
    assets: tuple = ()
    problems: list = field(default_factory=list)


def render(source, *, links):
    """Render a course's own text. Raises TooLong; no other input is refused."""
    if len(source) > MAX_CHARACTERS:
        raise TooLong
    # Several blocks share a page: their footnotes need ids of their own.
    document = hashlib.sha256(source.encode("utf-8", "replace")).hexdigest()[:8]
    env = {"docId": document, "links": links, "ids": set(), "no_alt": 0}
    links.used = {}
    markup = clean_html(_AUTHOR.render(storable(source), env), links=links)
    problems = list(links.problems)
    if env["no_alt"]:
        problems.append(_("An image has no alternative text: describe it between the square brackets."))
    return Rendered(
        html=markup, text=plain_text(markup), assets=tuple(links.used.values()), problems=problems
    )


def render_comment(source):
    """Render what a learner wrote: no HTML, no images, no headings, links that search engines ignore."""
    markup = _LEARNER.render(storable(source))
    return clean_html(markup, images=False, rel="noopener noreferrer nofollow ugc")


def plain_text(markup):
    """The words of clean HTML, one space between elements; alternative texts included."""
    if not markup.strip():
        return ""
    root = lxml.html.fragment_fromstring(markup, create_parent="div")
    for element in root.iter():
        if element.tag == "img":
            element.tail = f" {element.get('alt', '')} {element.tail or ''}"
        elif element.tag not in INLINE:
            element.text = f" {element.text or ''}"
            element.tail = f" {element.tail or ''}"
    return re.sub(r"\s+", " ", "".join(root.itertext())).strip()


def storable(source):
    """Without the characters that neither XML nor PostgreSQL can hold."""
    return "".join(
        char for char in source if char in "\n\t\r" or unicodedata.category(char) not in ("Cc", "Cs", "Cn")
    )


def _fence(self, tokens, idx, options, env):
    token = tokens[idx]
    language = token.info.strip().split(maxsplit=1)[0] if token.info.strip() else ""
    return code_to_html(token.content, language)


def _indented_code(self, tokens, idx, options, env):
    return code_to_html(tokens[idx].content)


def _image(self, tokens, idx, options, env):
    token = tokens[idx]
    alt = self.renderInlineAsText(token.children, options, env)
    if not alt.strip():
        env["no_alt"] += 1
    token.attrSet("alt", alt)
    token.attrSet("loading", "lazy")
    asset = env["links"].asset(token.attrGet("src")) if env["links"] is not None else None
    if asset is not None and asset.width and asset.height:
        token.attrSet("width", str(asset.width))
        token.attrSet("height", str(asset.height))
    return self.renderToken(tokens, idx, options, env)


def _table_open(self, tokens, idx, options, env):
    label = html.escape(_("Table"))
    return f'<div class="table-scroll" role="region" tabindex="0" aria-label="{label}"><table>\n'


def _table_close(self, tokens, idx, options, env):
    return "</table></div>\n"


def _cell_open(self, tokens, idx, options, env):
    token = tokens[idx]
    style = str(token.attrs.pop("style", ""))
    if style:
        token.attrSet("class", style.replace("text-align:", "align-"))
    if token.tag == "th" and not token.attrGet("scope"):
        token.attrSet("scope", "col")
    return self.renderToken(tokens, idx, options, env)


def _heading_open(self, tokens, idx, options, env):
    token = tokens[idx]
    token.attrSet("id", _heading_id(tokens[idx + 1].content, env["ids"]))
    return self.renderToken(tokens, idx, options, env)


def _heading_id(title, taken):
    words = re.findall(r"\w+", title.lower())
    base = "h-" + "-".join(words)[:80].strip("-") if words else "h-section"
    candidate, number = base, 2
    while candidate in taken:
        candidate, number = f"{base}-{number}", number + 1
    taken.add(candidate)
    return candidate


def _below_the_page_title(state):
    """A page has one h1, the lesson's title: the highest headings of its text become h2."""
    headings = [token for token in state.tokens if token.type in ("heading_open", "heading_close")]
    highest = min((int(token.tag[1]) for token in headings), default=2)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1]) - highest + 2, 6)}"


def _name_rows(state):
    """A table whose first cell is empty has names of its rows in its first column."""
    tokens = state.tokens
    for start, token in enumerate(tokens):
        if token.type == "table_open":
            end = next(idx for idx in range(start, len(tokens)) if tokens[idx].type == "table_close")
            first = [idx for idx in range(start, end) if tokens[idx - 1].type == "tr_open"]
            # A cell is three tokens: its opening, its text, its closing.
            if first and not tokens[first[0] + 1].content.strip():
                tokens[first[0]].tag = tokens[first[0] + 2].tag = "td"
                for idx in first[1:]:
                    tokens[idx].tag = tokens[idx + 2].tag = "th"
                    tokens[idx].attrSet("scope", "row")


def _inline(title, env):
    # With the page's footnotes in its environment a title would end with a copy of them.
    return _AUTHOR.renderInline(title, {key: value for key, value in env.items() if key != "footnotes"})


def _display_in_paragraph(self, tokens, idx, options, env):
    # A span, where the plugin has a div: a div would end the paragraph around it.
    return f'<span class="math block">{to_mathml(tokens[idx].content, display=True)}</span>'


def _callout(name):
    titles = {"note": _("Note"), "tip": _("Tip"), "warning": _("Warning")}

    def render_callout(self, tokens, idx, options, env):
        token = tokens[idx]
        if token.nesting < 0:
            return "</div>\n"
        title = token.info.strip()[len(name) :].strip() or titles[name]
        return (
            f'<div class="callout callout--{name}" role="note">'
            f'<p class="callout__title">{_inline(title, env)}</p>\n'
        )

    return render_callout


def _question(self, tokens, idx, options, env):
    token = tokens[idx]
    if token.nesting < 0:
        return "</details>\n"
    title = token.info.strip()[len("question") :].strip() or _("Question")
    return f'<details class="question"><summary>{_inline(title, env)}</summary>\n'


def _base(*, raw_html):
    md = MarkdownIt("commonmark", {"html": raw_html}).enable(["table", "strikethrough"])
    md.use(
        dollarmath_plugin,
        allow_labels=False,
        allow_space=False,
        allow_digits=False,
        double_inline=True,
        renderer=lambda latex, options: to_mathml(latex, display=options["display_mode"]),
    )
    md.core.ruler.push("below_the_page_title", _below_the_page_title)
    md.core.ruler.push("name_rows", _name_rows)
    md.add_render_rule("math_inline_double", _display_in_paragraph)
    md.add_render_rule("fence", _fence)
    md.add_render_rule("code_block", _indented_code)
    md.add_render_rule("table_open", _table_open)
    md.add_render_rule("table_close", _table_close)
    md.add_render_rule("th_open", _cell_open)
    md.add_render_rule("td_open", _cell_open)
    return md


def _author_markdown():
    md = _base(raw_html=True).use(footnote_plugin)
    md.add_render_rule("image", _image)
    md.add_render_rule("heading_open", _heading_open)
    for name in CALLOUTS:
        md.use(container_plugin, name, render=_callout(name))
    return md.use(container_plugin, "question", render=_question)


_AUTHOR = _author_markdown()
_LEARNER = _base(raw_html=False).disable(["heading", "lheading"])
