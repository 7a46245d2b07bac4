import json

import pytest

from course_sources import PNG, write_files
from exchange.archives import SourceRefused
from exchange.readers import markdown
from exchange.readers.markdown import front_matter
from exchange.readers.markdown.text import first_heading, own_callouts, rewrite_targets, without_first_heading
from exchange.report import Report

QUIZ = json.dumps(
    {
        "title": "Check",
        "questions": [
            {"type": "true_false", "name": "Loop", "text": "See ![it](../images/knot.png)", "answer": True}
        ],
    }
)
OWN = {
    "knots/course.md": """---
title: Knots
summary: All about knots.
topics: [sailing, rope work]
level: Beginner
instructors: Ada Rope, Ben Reef
price: 20
prerequisites: [boats]
---
Learn with [the first lesson](01-start/01-bowline.md).
""",
    "knots/01-start/section.md": "---\ntitle: To start\n---\n",
    "knots/01-start/01-bowline.md": """---
title: The bowline
preview: true
minutes: 7
skills: [loops]
---
![A knot](../images/knot.png) and [next](02-hitch.md#why), [by slug](lesson:hitch), [gone](nowhere.md).

```text
[not a link](x.md)
```
""",
    "knots/01-start/01-bowline.quiz.json": QUIZ,
    "knots/01-start/02-hitch.md": "---\ntitle: The hitch\n---\n## Why\n\nText.",
    "knots/01-start/02-hitch.quiz.csv": "type,question,answer,A,B\nsingle choice,Which?,B,left,right\n",
    "knots/images/knot.png": PNG,
    "knots/images/unused.png": PNG,
    "knots/notes.txt": "nothing",
    "README.md": "About the repository",
}


def read(tmp_path, files):
    report = Report()
    outline = markdown.read(write_files(tmp_path / "folder", files), report)
    counts = report.counts()
    assert counts["found"] == counts["imported"] + counts["skipped"] + counts["failed"]
    return outline, {item.path: item for item in report.items}


def shape(outline):
    return [(s.title, [p.title for p in s.lessons]) for s in outline.sections]


def test_the_own_layout(tmp_path):
    outline, items = read(tmp_path, OWN)
    assert (outline.title, outline.slug, outline.level, outline.price) == ("Knots", "knots", "beginner", 20)
    assert outline.topics == ("sailing", "rope work")
    assert outline.instructors == ("Ada Rope", "Ben Reef")
    assert outline.prerequisites == ("boats",)
    assert shape(outline) == [("To start", ["The bowline", "The hitch"])]
    first, second = outline.lessons()
    assert (first.slug, first.preview, first.minutes, first.skills) == ("bowline", True, 7, ("loops",))
    assert [block.kind for block in second.blocks] == ["text", "quiz"]
    assert second.blocks[1].quiz.data["questions"][0]["type"] == "single_choice"
    assert items["knots/images/unused.png"].outcome == "skipped"
    assert items["README.md"].reason == "It lies outside of the course's folder."


def test_links_and_pictures_are_found_from_where_they_stand(tmp_path):
    outline, items = read(tmp_path, OWN)
    first, _ = outline.lessons()
    text = first.blocks[0].markdown
    assert "![A knot](media:images/knot.png)" in text
    assert "[next](lesson:01-start/02-hitch.md#why)" in text
    assert "[by slug](lesson:01-start/02-hitch.md)" in text
    assert ", gone." in text
    assert "[not a link](x.md)" in text, "code is left as it is"
    assert "[the first lesson](lesson:01-start/01-bowline.md)" in outline.description
    assert "![it](media:images/knot.png)" in first.blocks[1].quiz.data["questions"][0]["text"]
    assert "1 link or picture" in items["knots/01-start/01-bowline.md"].reason


def test_a_folder_without_any_front_matter(tmp_path):
    outline, _ = read(
        tmp_path,
        {
            "README.md": "# Sailing for all\n\nStart at [ropes](ropes/README.md).",
            "intro.md": "# Before you go\n\nHello.",
            "ropes/README.md": "# Ropes\n\nAbout ropes.",
            "ropes/10-late.md": "Late\n====\n\nText.",
            "ropes/2-early.md": "# Early\n\nText.",
            "ropes/splices/eye.md": "An eye splice.",
            "LICENSE.md": "MIT",
        },
    )
    assert outline.title == "Sailing for all"
    assert "[ropes](lesson:ropes/README.md)" in outline.description
    assert shape(outline) == [
        ("Lessons", ["Before you go"]),
        ("Ropes", ["Ropes", "Early", "Late"]),
        ("Ropes · Splices", ["Eye"]),
    ]
    early = next(lesson for lesson in outline.lessons() if lesson.title == "Early")
    assert early.blocks[0].markdown == "Text.", "the title is not repeated on the page"


def test_mkdocs_tells_the_order(tmp_path):
    outline, items = read(
        tmp_path,
        {
            "mkdocs.yml": "site_name: Manual\nnav:\n  - index.md\n  - Use:\n      - b.md\n"
            "      - First: a.md\n  - gone.md\n"
            "plugins: !!python/name:x.y\n",
            "docs/index.md": "# Welcome\n",
            "docs/a.md": "# A\n\ntext",
            "docs/b.md": '# B\n\n!!! warning "Wet"\n    Careful.\n\nAfter.',
        },
    )
    assert outline.title == "Manual"
    assert shape(outline) == [("Use", ["B", "A"])]
    assert "::: warning Wet\nCareful.\n:::" in next(outline.lessons()).blocks[0].markdown
    assert items["gone.md"].outcome == "failed"


def test_summary_tells_the_order(tmp_path):
    outline, _ = read(
        tmp_path,
        {
            "src/SUMMARY.md": "# Summary\n\n[Intro](intro.md)\n\n# Part one\n\n"
            "- [Two](two.md)\n    - [Deep](deep.md)\n- [One](one.md)\n",
            "src/intro.md": "Hi", "src/one.md": "# One\n1",
            "src/two.md": "# Two\n2", "src/deep.md": "# Deep\n3",
        },
    )  # fmt: skip
    assert shape(outline) == [("Lessons", ["Intro"]), ("Part one", ["Two", "Deep", "One"])]


def test_a_jupyter_book_with_a_notebook(tmp_path):
    notebook = {
        "cells": [
            {"cell_type": "markdown", "source": ["# Plots\n", "Look."]},
            {"cell_type": "code", "source": "print(1)", "outputs": [{"text": ["1\n"]}]},
        ],
        "metadata": {},
    }
    outline, items = read(
        tmp_path,
        {
            "_config.yml": "title: A book\n",
            "_toc.yml": "format: jb-book\nroot: intro\nparts:\n  - caption: Do\n    chapters:\n"
            "      - file: plots\n",
            "intro.md": "# A book\n\nText",
            "plots.ipynb": json.dumps(notebook),
        },
    )
    assert shape(outline) == [("Do", ["Plots"])]
    assert (
        next(outline.lessons()).blocks[0].markdown == "Look.\n\n```python\nprint(1)\n```\n\n```text\n1\n```"
    )
    assert items["plots.ipynb"].kind == "notebook"


def test_broken_parts_fail_alone(tmp_path):
    outline, items = read(
        tmp_path,
        {
            "a.md": "---\ntitle: [unclosed\n---\nBody",
            "a.quiz.json": "{not json",
            "b.md": "",
            "c.md": "Fine.",
            "lonely.quiz.json": QUIZ,
        },
    )
    assert [lesson.title for lesson in outline.lessons()] == ["A", "C"]
    assert "front matter is not YAML" in items["a.md"].reason
    assert items["a.quiz.json"].outcome == "failed"
    assert (items["b.md"].outcome, items["b.md"].reason) == ("skipped", "It is empty.")
    assert items["lonely.quiz.json"].reason == "There is no lesson of its name beside it."


def test_one_page_is_a_course_of_one_lesson(tmp_path):
    outline, _ = read(tmp_path, {"README.md": "# Only\n\nText"})
    assert shape(outline) == [("Lessons", ["Only"])]


def test_several_courses_are_refused(tmp_path):
    with pytest.raises(SourceRefused, match="There are 2 courses in it"):
        read(tmp_path, {"a/course.md": "x", "b/course.md": "y"})


def test_no_page_is_refused(tmp_path):
    with pytest.raises(SourceRefused, match="no Markdown file"):
        read(tmp_path, {"a.txt": "x"})


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("!!! note\n    Text\n\nAfter", "::: note\nText\n:::\n\nAfter"),
        ('??? question "Why?"\n    So.', "::: question Why?\nSo.\n:::\n"),
        (":::tip[Look]\nText\n:::", "::: tip Look\nText\n:::"),
        (":::{note} Title\nText\n:::", "::: note Title\nText\n:::"),
        ("```{warning} Wet\nText\n```", "::: warning Wet\nText\n:::"),
        ("> [!IMPORTANT]\n> Text\n> more", "::: note\nText\nmore\n:::"),
        (":::unknown\nText\n:::", "Text"),
        ("::: note Mine\nText\n:::", "::: note Mine\nText\n:::"),
        ("```\n!!! note\n    code\n```", "```\n!!! note\n    code\n```"),
    ],
)
def test_callouts_of_other_tools(theirs, ours):
    assert own_callouts(theirs) == ours


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](x.md)", "[a](X)"),
        ("![a](x.png 'T')", "![a](X 'T')"),
        ("`[a](x.md)`", "`[a](x.md)`"),
        ("[a][1]\n\n[1]: x.md", "[a][1]\n\n[1]: X"),
        ('<img src="x.png" alt="a">', "![a](X)"),
        ('<a href="x.md">a</a>', "[a](X)"),
        ("[![a](x.png)](y.md)", "[![a](X)](X)"),
        ("[a](<x y.md>)", "[a](X)"),
        ("[a](x_(1).md)", "[a](X)"),
    ],
)
def test_targets_are_rewritten_wherever_they_stand(text, expected):
    assert rewrite_targets(text, link=lambda _: "X", image=lambda _: "X") == expected


def test_the_first_heading_is_the_title():
    text = "```\n# code\n```\n# Real *title* {#id}\n\ntext"
    assert first_heading(text) == "Real title"
    assert without_first_heading(text) == "```\n# code\n```\n\ntext"


def test_front_matter_is_split_from_the_body():
    assert front_matter.split("---\nTitle: A\n---\nBody") == ({"title": "A"}, "Body", "")
    assert front_matter.split("No front matter\n---\n") == ({}, "No front matter\n---\n", "")


def test_a_book_may_name_chapters_that_are_not_written_yet(tmp_path):
    files = {
        "src/SUMMARY.md": "# Summary\n\n## Start\n\n- [Ropes](ropes.md)\n- [Later]() (perhaps)\n"
        "- [Sails](<new sails (1).md>)\n- [Lost](lost.md 'gone')\n",
        "src/ropes.md": "# Ropes\n\nHemp.",
        "src/new sails (1).md": "# Sails\n\nCanvas.",
    }
    report = Report()
    outline = markdown.read(write_files(tmp_path / "book", files), report)
    assert [page.title for page in outline.lessons()] == ["Ropes", "Sails"]
    told = [(item.path, item.outcome, item.reason) for item in report.items]
    assert ("src/SUMMARY.md", "skipped", "It is planned and has no page yet.") in told
    assert [path for path, outcome, _reason in told if outcome == "failed"] == ["src/lost.md"]


def test_pictures_of_other_sites_inside_links_leave_the_link():
    source = "[![Watch it](https://i.example/0.jpg)](https://v.example/1) [![](https://b.example)](https://c.example)"
    assert rewrite_targets(source, link=lambda url: url, image=lambda url: url) == (
        "[Watch it](https://v.example/1) [https://c.example](https://c.example)"
    )


def test_front_matter_may_be_toml(tmp_path):
    outline, _ = read(
        tmp_path,
        {"README.md": "# Knots", "hitch.md": '+++\ntitle = "The hitch"\ndraft = true\n+++\nRound twice.'},
    )
    [hitch] = outline.lessons()
    assert (hitch.title, hitch.published) == ("The hitch", False)
    assert hitch.blocks[0].markdown == "Round twice."


def test_the_name_of_the_site_is_the_course_and_its_home_no_file(tmp_path):
    outline, _ = read(
        tmp_path,
        {
            "mkdocs.yml": "site_name: Knots for all\nnav:\n  - index.md\n  - hitch.md\n  - loop.md\n",
            "docs/index.md": "---\ntitle: Welcome\n---\n# Welcome\n",
            "docs/hitch.md": "# Hitch\n\n[Home](index.md) and [the loop](/loop/).",
            "docs/loop.md": "# Loop\n\nCaf\xe9 knots.".encode("cp1252"),
        },
    )
    assert outline.title == "Knots for all"
    texts = {lesson.title: lesson.blocks[0].markdown for lesson in outline.lessons()}
    assert texts == {
        "Hitch": "Home and [the loop](lesson:docs/loop.md).",
        "Loop": "Café knots.",
    }
    assert not outline.media
