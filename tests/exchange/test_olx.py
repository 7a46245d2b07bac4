import json

import pytest

from course_sources import OLX, tar_of, write_files
from exchange.archives import SourceRefused, open_source
from exchange.readers import detect, olx
from exchange.report import Report


@pytest.fixture
def read(tmp_path):
    """Reads the sample course with some files changed (None: removed); returns (outline, report items)."""

    def reading(**changes):
        files = {**OLX, **{name.replace("__", "/"): content for name, content in changes.items()}}
        root = write_files(tmp_path / "olx", {k: v for k, v in files.items() if v is not None})
        report = Report()
        outline = olx.read(root, report)
        counts = report.counts()
        assert (
            counts["found"] == counts["imported"] + counts["skipped"] + counts["failed"] == len(report.items)
        )
        return outline, {(item.kind, item.path, item.name): item for item in report.items}

    return reading


def item(items, kind, path):
    return next(value for key, value in items.items() if key[:2] == (kind, path))


def lesson(outline, key):
    return next(lesson for lesson in outline.lessons() if lesson.key == key)


def questions(outline, key):
    return [q for b in lesson(outline, key).blocks if b.quiz for q in b.quiz.data["questions"]]


def test_the_course_itself(read):
    outline, _ = read()
    assert (outline.title, outline.provider, outline.language) == ("Knots for Sailors", "Harbour", "en")
    assert outline.external_id == "olx:Harbour+KN101+2024"
    assert outline.instructors == ("Ada Rope",)
    assert outline.summary == "Knots, from the first loop."
    assert "Learn to tie." in outline.description
    assert outline.image == "static/cover.png"


def test_chapters_are_sections_and_sequentials_lessons(read):
    outline, _ = read()
    assert [(s.title, [p.title for p in s.lessons if p.published]) for s in outline.sections] == [
        ("First knots", ["The bowline"]),
        ("Practice", ["Drill"]),
    ]


def test_what_a_vertical_holds_keeps_its_order(read):
    outline, _ = read()
    kinds = [block.kind for block in lesson(outline, "bowline").blocks]
    assert kinds == ["text", "embed", "quiz", "text", "text", "video", "text"]


def test_pages_link_to_lessons_and_files(read):
    outline, items = read()
    text = lesson(outline, "bowline").blocks[0].markdown
    assert "[the drill](lesson:drill)" in text
    assert "[the leaflet](media:static/rope.pdf)" in text
    assert "![A bowline](media:static/my_knot.png)" in text
    assert "$F_1 = 2 F_2$" in text
    assert "alert" not in text
    assert "1 link or picture leads" in item(items, "html", "html/intro.xml").reason


def test_only_files_that_are_shown_are_taken(read):
    outline, items = read()
    assert set(outline.media) == {"static/my_knot.png", "static/rope.pdf", "static/cover.png"}
    assert item(items, "static", "static/unused.css").outcome == "skipped"
    assert item(items, "static", "static/rope.pdf").outcome == "imported"


def test_videos_have_their_address_captions_and_transcript(read):
    outline, _ = read()
    video = next(b for b in lesson(outline, "bowline").blocks if b.kind == "video")
    assert video.url == "https://www.youtube.com/watch?v=abcDEF12345"
    assert video.transcript == "Make a loop. Go round."
    assert video.captions[0].vtt.startswith("WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nMake a loop.")


def test_a_graded_sequential_of_problems_is_one_quiz_with_the_pass_mark_of_the_course(read):
    outline, _ = read()
    (block,) = lesson(outline, "drill").blocks
    assert block.quiz.data["pass_mark"] == 70
    assert [q["type"] for q in block.quiz.data["questions"]] == [
        "multiple_choice", "single_choice", "short_text", "numeric", "numeric",
    ]  # fmt: skip


def test_a_choice_with_hints_feedback_and_solution(read):
    outline, _ = read()
    (question,) = questions(outline, "bowline")
    assert question["text"] == "What does a bowline make?\n\n*Choose one.*"
    assert question["choices"] == [
        {"text": "A fixed loop", "correct": True, "feedback": "It does not slip."},
        {"text": "A hitch", "correct": False},
    ]
    assert question["shuffle"] is True
    assert question["explanation"] == "The loop is fixed."
    assert question["hints"] == ["Think of a rabbit."]


def test_the_other_kinds_of_problems(read):
    outline, _ = read()
    several, menu, words, number, simple = questions(outline, "drill")
    assert [choice["correct"] for choice in several["choices"]] == [True, False, True]
    assert several["marking"] == "partial"
    assert [(c["text"], c["correct"]) for c in menu["choices"]] == [
        ("blue", True),
        ("it's grey, often", False),
    ]
    assert words["answers"][:2] == ["bowline", "bow line"]
    assert words["answers"][2]["fraction"] == 0
    assert words["case_sensitive"] is False
    assert (number["answer"], number["tolerance"], number["tolerance_type"], number["unit"]) == (
        1.8288, 0.02, "relative", "m",
    )  # fmt: skip
    assert (simple["answer"], simple["tolerance"], simple["explanation"]) == (3, 0.5, "Count them.")
    assert simple["text"] == "How many crossings?"


def test_the_points_of_a_problem_are_shared_by_its_questions(read):
    problem = OLX["problem/many.xml"].replace("<problem ", '<problem weight="6" ')
    outline, _ = read(**{"problem__many.xml": problem})
    assert [question.get("mark") for question in questions(outline, "drill")] == [2, 2, 2, None, None]


def test_python_is_never_run_and_always_named(read):
    _, items = read()
    assert item(items, "script", "problem/scripted.xml").reason == "Python in problems is never run."
    assert item(items, "problem", "problem/scripted.xml").outcome == "skipped"
    assert item(items, "customresponse", "problem/many.xml").outcome == "skipped"
    assert item(items, "problem", "problem/many.xml").outcome == "imported"


@pytest.mark.parametrize(
    ("kind", "path", "outcome", "reason"),
    [
        ("problem", "problem/broken.xml", "failed", "not well-formed XML"),
        ("problem", "problem/missing.xml", "failed", "it is not there"),
        ("chapter", "chapter/gone.xml", "failed", "it is not there"),
        ("lti", "lti/tool.xml", "skipped", "https://tool.example/launch"),
        ("sequential", "sequential/empty.xml", "skipped", "empty"),
        ("vertical", "vertical/d3.xml", "skipped", "Nothing in it could be imported"),
        ("library_content", "vertical/d2.xml", "imported", "choosing 1 at random"),
        ("wiki", "course/2024.xml", "skipped", "no wiki"),
        ("html", "html/orphan.html", "skipped", "Nothing in the course refers to it"),
        ("vertical", "drafts/vertical/why.xml", "skipped", "draft of a unit whose published version"),
        ("discussion", "vertical/film.xml", "imported", ""),
        ("about", "about/overview.html", "imported", ""),
        ("policy", "policies/2024/grading_policy.json", "imported", ""),
    ],
)
def test_everything_is_listed_with_its_path_kind_and_reason(read, kind, path, outcome, reason):
    _, items = read()
    found = item(items, kind, path)
    assert found.outcome == outcome
    assert reason in found.reason


def test_drafts_and_what_staff_alone_see_become_drafts(read):
    outline, _ = read()
    hidden = {lesson.title: lesson for lesson in outline.lessons() if not lesson.published}
    assert set(hidden) == {"Notes for staff", "A new unit"}
    assert hidden["A new unit"].blocks[0].markdown == "Not yet for learners."


def test_a_course_written_inline_in_one_file(tmp_path):
    root = write_files(
        tmp_path,
        {
            "course.xml": """<course org="H" course="K" url_name="r" display_name="Inline">
              <chapter display_name="One"><sequential display_name="Two"><vertical display_name="Three">
                <html display_name="Page"><p>Hello</p></html>
                <problem><p>Pick</p><multiplechoiceresponse><choicegroup>
                  <choice correct="true">a</choice><choice correct="false">b</choice>
                </choicegroup></multiplechoiceresponse></problem>
              </vertical></sequential></chapter></course>"""
        },
    )
    outline = olx.read(root, Report())
    (only,) = outline.lessons()
    assert [block.kind for block in only.blocks] == ["text", "quiz"]
    assert only.blocks[1].quiz.data["questions"][0]["text"] == "Pick"


def test_a_course_that_contains_itself_ends(read):
    _, items = read(
        **{"vertical__why.xml": '<vertical display_name="W"><vertical url_name="why"/></vertical>'}
    )
    assert any(i.reason == "It contains itself." for i in items.values())


def test_entities_are_refused(read):
    bomb = '<!DOCTYPE p [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><problem><p>&b;</p></problem>'
    _, items = read(**{"problem__loop.xml": bomb})
    assert "declares entities" in item(items, "problem", "problem/loop.xml").reason


def test_html_entities_are_read(read):
    outline, _ = read(**{"html__after.xml": '<html display_name="After">a&nbsp;b &eacute;</html>'})
    assert any("a b é" in block.markdown for block in lesson(outline, "bowline").blocks)


def test_an_archive_of_the_course_is_recognised(tmp_path):
    archive = tar_of(write_files(tmp_path / "olx", OLX), tmp_path / "course.tar.gz")
    with open_source(archive) as root:
        assert detect(root) == "olx"
        assert olx.read(root, Report()).title == "Knots for Sailors"


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"course.xml": "<course"}, "course.xml can't be read because it is not well-formed XML"),
        ({"course.xml": '<course url_name="x"/>'}, "names the run “x”, but course/x.xml is missing"),
        ({"course.xml": "<library/>"}, "This is a library"),
        ({"other.xml": "<a/>"}, "There is no course.xml"),
    ],
)
def test_what_is_no_course_is_refused(tmp_path, files, sentence):
    with pytest.raises(SourceRefused, match=sentence):
        olx.read(write_files(tmp_path, files), Report())


@pytest.mark.parametrize(
    ("markdown", "kind", "expected"),
    [
        ("Pick\n( ) a\n(x) b {{Yes}}\n", "single_choice",
         {"choices": [{"text": "a", "correct": False}, {"text": "b", "correct": True, "feedback": "Yes"}]}),
        ("Tick\n[x] a\n[ ] b\n[x] c\n", "multiple_choice", {"marking": "all_or_nothing"}),
        ("Choose\n[[red, (green), blue]]\n", "single_choice", {"shuffle": False}),
        ("How much?\n= 10 +- 5%\n", "numeric",
         {"answer": 10, "tolerance": 0.05, "tolerance_type": "relative"}),
        ("Who?\n= Ada\nor= Ada Rope\n", "short_text", {"answers": ["Ada", "Ada Rope"]}),
        ("Which year?\ns= 1999\n", "short_text", {"answers": ["1999"]}),
    ],
)  # fmt: skip
def test_the_simple_editor(read, markdown, kind, expected):
    attribute = markdown.replace("\n", "&#10;")
    problem = f'<problem display_name="P" markdown="{attribute}"/>'
    outline, _ = read(**{"problem__loop.xml": problem})
    (question,) = questions(outline, "bowline")
    assert question["type"] == kind
    assert {key: question[key] for key in expected} == expected
    assert question["text"] == markdown.split("\n")[0]


@pytest.mark.parametrize(
    ("answer", "tolerance", "expected"),
    [
        ("3.14", "0.01", (3.14, 0.01, "absolute")),
        ("1/4", "", (0.25, 0, "absolute")),
        ("2*pi", "1%", (6.283185307179586, 0.01, "relative")),
        ("2^10", "", (1024, 0, "absolute")),
        ("5k", "", (5000, 0, "absolute")),
        ("[1, 3)", "", (2, 1, "absolute")),
        ("-1.5e3", "", (-1500, 0, "absolute")),
    ],
)
def test_right_answers_that_are_numbers(read, answer, tolerance, expected):
    problem = (
        f'<problem><p>?</p><numericalresponse answer="{answer}">'
        f'<responseparam type="tolerance" default="{tolerance}"/><textline/></numericalresponse></problem>'
    )
    outline, _ = read(**{"problem__loop.xml": problem})
    (question,) = questions(outline, "bowline")
    assert (question["answer"], question["tolerance"], question["tolerance_type"]) == expected


def test_regular_expressions_that_only_list_words_are_read(read):
    def string(pattern):
        response = f'<stringresponse answer="{pattern}" type="ci regexp"><textline/></stringresponse>'
        return f"<problem><p>?</p>{response}</problem>"

    outline, _ = read(**{"problem__loop.xml": string("^(bow ?line|a\\.b|rope.*)$".replace(" ?", " "))})
    assert questions(outline, "bowline")[0]["answers"] == ["bow line", "a.b", "rope*"]
    _, items = read(**{"problem__loop.xml": string("[a-z]+")})
    assert "no list of accepted answers" in item(items, "stringresponse", "problem/loop.xml").reason


def test_policies_of_old_courses_name_their_parts(read):
    policy = {"course/2024": {}, "sequential/bowline": {"display_name": "From the policy"}}
    outline, _ = read(
        **{
            "policies__2024__policy.json": json.dumps(policy),
            "sequential__bowline.xml": '<sequential><vertical url_name="why"/></sequential>',
        }
    )
    assert lesson(outline, "bowline").title == "From the policy"


def test_lessons_outside_of_chapters_keep_their_place(tmp_path):
    files = {
        "course.xml": '<course name="Old Knots: a course" org="H" course="K" slug="1"><chapter name="One">'
        '<sequential name="A"><html>First</html></sequential></chapter><sequential name="Between: us">'
        '<html>Second</html></sequential><chapter name="Two"><sequential name="B"><html>Third</html>'
        "</sequential></chapter></course>"
    }
    outline = olx.read(write_files(tmp_path / "old", files), Report())
    assert outline.title == "Old Knots: a course"
    assert [(s.title, [p.title for p in s.lessons]) for s in outline.sections] == [
        ("One", ["A"]),
        ("Old Knots: a course", ["Between: us"]),
        ("Two", ["B"]),
    ]


def test_a_page_that_only_showed_a_missing_picture_says_so(read):
    _, items = read(**{"html/intro.html": '<img src="/static/no.png"/>'})
    assert item(items, "html", "html/intro.xml").reason == "What it shows is not in the source."


def test_the_simple_editor_tells_each_choice_what_was_said_to_who_chose_it(read):
    markdown = (
        "Which?&#10;[x] ebb {{s: Yes., u: It is one.}}&#10;[ ] swell {{u: Well left.}}&#10;"
        "[x] flood {{selected: Right.}}"
    )
    outline, _ = read(**{"problem__loop.xml": f'<problem markdown="{markdown}"/>'})
    (question,) = questions(outline, "bowline")
    assert [choice.get("feedback") for choice in question["choices"]] == ["Yes.", None, "Right."]


def test_the_rubric_of_an_open_assessment_becomes_what_an_answer_is_compared_with(read):
    assessment = """<openassessment><prompts><prompt><description>Tell of a storm.</description></prompt>
      </prompts><rubric><criterion><name>Detail</name><label>Detail</label><prompt>Does one see it?</prompt>
      <option points="0"><name>No</name></option><option points="2"><name>Yes</name><explanation>One gets
      wet.</explanation></option></criterion></rubric></openassessment>"""
    outline, _ = read(
        **{
            "vertical__why.xml": '<vertical><openassessment url_name="storm"/></vertical>',
            "openassessment__storm.xml": assessment,
        },
    )
    [exercise] = [b for b in lesson(outline, "bowline").blocks if b.kind == "exercise"]
    assert exercise.markdown == "Tell of a storm."
    assert exercise.answer == "**Detail: Does one see it?**\n\n- No (0)\n- Yes (2): One gets wet."


def test_pages_in_markdown_are_read_like_others(read):
    page = (
        '<vertical><markdown url_name="m"><![CDATA[\n  # Ropes\n\n  [Chart](/static/cover.png) **now**\n]]>'
        "</markdown></vertical>"
    )
    outline, _ = read(**{"vertical__why.xml": page})
    assert (
        lesson(outline, "bowline")
        .blocks[0]
        .markdown.endswith("### Ropes\n\n[Chart](media:static/cover.png) **now**")
    )


def test_a_timed_sequential_limits_the_time_of_its_quiz(read):
    outline, _ = read(
        **{
            "sequential__bowline.xml": '<sequential display_name="Exam" is_time_limited="true" '
            'default_time_limit_minutes="30"><vertical><problem url_name="loop"/></vertical></sequential>'
        }
    )
    [quiz] = [b.quiz for b in lesson(outline, "bowline").blocks if b.quiz]
    assert quiz.data["time_limit"] == 30
