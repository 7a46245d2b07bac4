"""Pages of other tools: what only their own site can draw becomes Markdown, or is named in the report."""

import base64
import json

import pytest

from course_sources import PNG, write_files
from exchange.readers import markdown
from exchange.readers.markdown.components import without_components, without_shortcodes
from exchange.readers.markdown.directives import plain_roles
from exchange.readers.markdown.includes import with_includes
from exchange.readers.markdown.text import own_callouts, rewrite_targets
from exchange.report import Report


def read(folder, files):
    write_files(folder, files)
    report = Report()
    return markdown.read(folder, report), report


def titles(course):
    return [(section.title, [lesson.title for lesson in section.lessons]) for section in course.sections]


def text_of(course, title):
    lesson = next(lesson for lesson in course.lessons() if lesson.title == title)
    return lesson.blocks[0].markdown


def reasons(report, path):
    return [item["reason"] for item in report.as_dict()["items"] if item["path"] == path]


# ------------------------------------------------------------------------------------------------- order


def test_pages_and_folders_stand_where_they_say(tmp_path):
    course, report = read(
        tmp_path,
        {
            "docs/zoo/_category_.json": '{"label": "Animals", "position": 1}',
            "docs/zoo/a.md": "---\nsidebar_position: 2\n---\n# Second\n\ntext",
            "docs/zoo/b.md": "---\nsidebar_position: 1.5\n---\n# First\n\ntext",
            "docs/zoo/c.md": "# Last\n\ntext",
            "docs/art/_index.md": "---\ntitle: Paintings\nweight: 2\n---\nWelcome.",
            "docs/art/x.md": "# X\n\ntext",
            "docs/early/z.md": "# Z\n\ntext",
        },
    )
    assert titles(course) == [
        ("Animals", ["First", "Second", "Last"]), ("Paintings", ["Paintings", "X"]), ("Early", ["Z"]),
    ]  # fmt: skip
    assert reasons(report, "docs/zoo/_category_.json") == [""]


def test_translations_are_no_lessons_of_their_own(tmp_path):
    course, report = read(
        tmp_path,
        {
            "README.md": "# Course\n\nAbout it.",
            "1-intro/README.md": "# Intro\n\ntext",
            "translations/de/1-intro/README.md": "# Einführung\n\nText",
        },
    )
    assert [lesson.title for lesson in course.lessons()] == ["Intro"]
    assert "translation" in reasons(report, "translations/de/1-intro/README.md")[0]


def test_entries_that_lead_elsewhere_are_listed(tmp_path):
    _course, report = read(
        tmp_path,
        {
            "mkdocs.yml": "site_name: S\nnav:\n- One: one.md\n- Web: https://example.org\n",
            "docs/one.md": "# One\n\ntext",
        },
    )
    assert any("elsewhere" in reason for reason in reasons(report, "mkdocs.yml"))


# ----------------------------------------------------------------------------------------------- content


def test_a_notebook_keeps_what_its_cells_drew_and_what_is_attached(tmp_path):
    picture = base64.b64encode(PNG).decode()
    outputs = [
        {"output_type": "display_data", "data": {"image/png": f"{picture}\n", "text/plain": ["<Figure>"]}},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\u001b[0;31mE\u001b[0m: v"]},
    ]
    cells = [
        {
            "cell_type": "markdown",
            "source": ["# Plots\n", "\n", "![here](attachment:a%20b.png)"],
            "attachments": {"a b.png": {"image/png": picture}},
        },
        {"cell_type": "code", "source": "plot()", "outputs": outputs},
    ]
    course, report = read(
        tmp_path, {"a.md": "# A\n\ntext", "b.ipynb": json.dumps({"cells": cells, "metadata": {}})}
    )
    text = text_of(course, "Plots")
    assert text.count("](media:images/inline-") == 2
    assert "```text\nE: v\n```" in text
    assert len(course.media) == 1
    assert reasons(report, "b.ipynb") == [""]


def test_files_that_pages_take_in_stand_in_them(tmp_path):
    course, report = read(
        tmp_path,
        {
            "src/SUMMARY.md": "# Summary\n\n- [One](one.md)\n",
            "src/one.md": "# One\n\n```rust\n{{#rustdoc_include ../code.rs:here}}\n```\n",
            "code.rs": "fn main() {}\n// ANCHOR: here\nlet z = 1;\n// ANCHOR_END: here\n",
        },
    )
    assert text_of(course, "One") == "```rust\nlet z = 1;\n```"
    assert reasons(report, "code.rs") == [""]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{#include a:2:3}}", "two\nthree"),
        ("{{#include a:2}}", "two"),
        ("{{#include a:3:}}", "three\nfour"),
        ('--8<-- "a"', "one\ntwo\nthree\nfour"),
        ("{{#include gone}} and \\{{#include a}}", "{{#include gone}} and \\{{#include a}}"),
    ],
)
def test_includes_may_name_lines(source, expected):
    assert with_includes(source, {"a": "one\ntwo\nthree\nfour\n"}.get) == expected


def test_a_file_that_includes_itself_ends():
    assert len(with_includes("{{#include a}}", {"a": "x {{#include a}}"}.get)) < 100


def test_components_leave_their_words_and_are_named():
    source = (
        'import Tabs from \'@theme/Tabs\';\n\n<Tabs>\n<TabItem value="py" label="Python">\n\n'
        "```py\nimport os\n<Keep />\n```\n\n</TabItem>\n</Tabs>\n\n"
        "Some <b>bold</b> <Map at={{x: 1}} /> text. {/* no */}"
    )
    text, drawn = without_components(source)
    assert drawn == ["Map"]
    assert "**Python**" in text
    assert "```py\nimport os\n<Keep />\n```" in text
    assert "Some <b>bold</b>  text." in text
    assert not any(word in text for word in ("@theme", "Tabs", "Map", "no"))


def test_shortcodes_become_markdown_or_are_named():
    text, gone = without_shortcodes(
        '{{< youtube abc >}}\n\n{{% notice warning "Hot" %}}\nWet\n{{% /notice %}}\n\n'
        '[rel]({{< ref "p2.md" >}}) {{< figure src="/a.png" alt="A" >}} '
        '{{< chart data="x" >}}in{{< /chart >}}'
    )
    assert "[Youtube](https://www.youtube.com/watch?v=abc)" in text
    assert "::: warning Hot\n" in text
    assert "[rel](p2.md) ![A](/a.png) in" in text
    assert gone == ["chart"]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("```{figure} a.png\n---\nwidth: 2px\n---\nA *map*\n```", "![A *map*](a.png)\n\nA *map*"),
        ("```{image} a.png\n:alt: Map\n```", "![Map](a.png)"),
        ("```{math}\n:label: e\ne = mc^2\n```", "$$\ne = mc^2\n$$"),
        ("```{code-cell} ipython3\n:tags: [x]\nprint(1)\n```", "```python\nprint(1)\n```"),
        ("````{exercise} Sums\nDo *it*.\n````", "::: note Exercise: Sums\nDo *it*.\n:::"),
        ("```{unheard-of} x\ny\n```", "```{unheard-of} x\ny\n```"),
        ('=== "Tab A"\n\n    Text\n\nAfter', "**Tab A**\n\n\nText\n\nAfter"),
    ],
)
def test_directives_and_tabs_become_markdown(theirs, ours):
    assert own_callouts(theirs) == ours


def test_roles_become_words_links_and_formulas():
    assert plain_roles("(here)=\nSee {doc}`the start <intro>`, {eq}`e`, {math}`x^2`.\n% note") == (
        "See [the start](intro.md), e, $x^2$."
    )


def test_a_link_without_words_is_named_by_its_page():
    assert rewrite_targets("[](b/sub.md#x)", link=lambda _: "lesson:b/sub.md", image=str) == (
        "[sub](lesson:b/sub.md)"
    )
