import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.content.clean import clean_html
from courses.content.markdown import plain_text, render
from exchange.html_markdown import convert, escape, to_markdown


class NoLinks:
    """A course without files, for rendering."""

    schemes = frozenset()
    used = {}
    problems = []

    def asset(self, address):
        return None

    image = link = asset


def markdown(html, **options):
    return to_markdown(html, link=lambda url: url, image=lambda url: url, **options)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<h1>Title</h1><p>One <b>bold </b>word.</p>", "## Title\n\nOne **bold** word."),
        ("<p>a *b* _c_ [d] `e` 1 < 2</p>", r"a \*b\* \_c\_ \[d\] \`e\` 1 \< 2"),
        ("<p>1. not a list</p><p># not a title</p>", "1\\. not a list\n\n\\# not a title"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<ol start='3'><li>c</li></ol>", "3. c"),
        ("<blockquote><p>q</p></blockquote>", "> q"),
        ("<p>line<br>next</p>", "line\\\nnext"),
        ("<pre><code class='language-python'>a\n\n\nb</code></pre>", "```python\na\n\n\nb\n```"),
        ("<pre>x ``` y</pre>", "````\nx ``` y\n````"),
        ("<p>\\(a_1*b\\)</p>", "$a_1*b$"),
        ("<p>[mathjaxinline]x^2[/mathjaxinline]</p>", "$x^2$"),
        ("<p>2\\(x\\)</p>", "2 $x$"),
        ("<p>H<sub>2</sub>O</p>", "H₂O"),
        ("<p>5<sup>th</sup></p>", "5<sup>th</sup>"),
        ("<details><summary>Why?</summary><p>Because.</p></details>", "::: question Why?\n\nBecause.\n\n:::"),
        ("<img class='equation_image' data-equation-content='\\frac{1}{2}' src='/x'>", r"$\frac{1}{2}$"),
        ("<img src='a b.png' alt='A [b]'>", r"![A \[b\]](<a b.png>)"),
        ("<img src='https://x.example/a.png' alt='Far'>", "[Far](https://x.example/a.png)"),
        ("<a href='x.html'>See <b>this</b></a>", "[See **this**](x.html)"),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>1|2</td><td><p>x</p></td></tr></table>",
         "| A | B |\n| --- | --- |\n| 1\\|2 | x |"),
        ("<table><tr><td colspan='2'>wide</td></tr><tr><td>1</td><td>2</td></tr></table>",
         "| wide |  |\n| --- | --- |\n| 1 | 2 |"),
        ("<dl><dt>Bight</dt><dd>A loop.</dd></dl>", "**Bight**\n\nA loop."),
        ("<script>alert(1)</script><style>p{}</style><p onclick='x()'>Text</p>", "Text"),
    ],
)  # fmt: skip
def test_the_meaning_is_kept(html, expected):
    assert markdown(html) == expected


def test_frames_players_and_text_are_parts_in_order():
    html = "<p>a</p><iframe src='//video.example/1' title='Film'></iframe><p>b</p><video src='c.mp4'></video>"
    parts = convert(html, link=lambda url: url, image=lambda url: url)
    assert [(part.kind, part.markdown or part.url) for part in parts] == [
        ("text", "a"), ("embed", "https://video.example/1"), ("text", "b"), ("video", "c.mp4"),
    ]  # fmt: skip


def test_what_can_not_be_reached_keeps_its_text():
    html = "<p><a href='gone.html'>words</a> <img src='gone.png' alt='A picture'></p>"
    assert to_markdown(html, link=lambda url: None, image=lambda url: None) == "words A picture"


@given(st.text(max_size=200))
def test_escaped_text_is_shown_as_it_is(text):
    """What an author of the other system wrote as plain text is what a learner reads here."""
    text = "".join(c for c in text if c.isprintable())
    shown = plain_text(render(escape(text), links=NoLinks()).html)
    assert " ".join(shown.split()) == " ".join(text.split())


@given(st.text(alphabet="<>/abdfhijlmprstv =\"'&;:()!-\n", max_size=200))
def test_nothing_active_ever_comes_through(html):
    rendered = render(markdown(html), links=NoLinks()).html
    assert rendered == clean_html(rendered, links=NoLinks())
    assert "<script" not in rendered
    assert "javascript:" not in rendered


def test_pictures_of_other_sites_inside_links_leave_the_link():
    assert (
        markdown(
            '<p><a href="https://v.example/1"><img src="https://i.example/0.jpg" alt="Watch it"></a> '
            '<a href="https://c.example"><img src="https://b.example/b.png"></a></p>'
        )
        == "[Watch it](https://v.example/1) [https://c.example](https://c.example)"
    )


def test_remarks_of_annotations_follow_their_words():
    assert (
        markdown(
            '<p>A <annotation title="Calm" body="&lt;p&gt;No wind.&lt;/p&gt;">still</annotation> sea.</p>'
        )
        == "A still (Calm: No wind.) sea."
    )


def test_a_cell_that_reaches_down_keeps_its_column():
    html = (
        '<table><tr><th>Rope</th><th>Load</th></tr><tr><td rowspan="2">hemp</td><td>2</td></tr>'
        "<tr><td>3</td></tr><tr><td>steel</td><td>9</td></tr></table>"
    )
    (part,) = convert(html, link=str, image=str)
    assert part.markdown.split("\n")[2:] == ["| hemp | 2 |", "|  | 3 |", "| steel | 9 |"]


def test_formulas_that_canvas_draws_as_pictures_are_formulas():
    html = '<p>So <img class="equation_image" src="/equation_images/x%255E2" alt="LaTeX: x^2"> here</p>'
    (part,) = convert(html, link=str, image=lambda url: None)
    assert part.markdown == "So $x^2$ here"
