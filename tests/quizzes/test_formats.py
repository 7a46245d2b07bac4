"""Readers on files as other systems write them, and writers whose files come back as they went in."""

import io
import json
import zipfile

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.authoring import question_problems
from quizzes.exporting import export_questions
from quizzes.formats import WRITERS, ImportedQuestion, Unreadable, read_questions
from quizzes.formats.exact import normal
from quizzes.formats.markup import to_markdown
from quizzes.importing import import_questions, undo_import
from quizzes.models import Question, QuestionBank, QuestionFile, QuestionImport
from quizzes.rendering import to_html

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def only(content, **options):
    reading = read_questions(content if isinstance(content, bytes) else content.encode(), **options)
    assert len(reading.items) == 1, reading.items
    return reading.items[0]


def outcomes(content, **options):
    reading = read_questions(content.encode() if isinstance(content, str) else content, **options)
    return [getattr(item, "outcome", "imported") for item in reading.items]


def zipped(**files):
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return package.getvalue()


# -------------------------------------------------------------------------------------------------- GIFT


@pytest.mark.parametrize(
    ("source", "kind", "data"),
    [
        ("Sum?{#4}", "numeric", {"answer": 4.0}),
        ("Year?{#1939:2}", "numeric", {"answer": 1939.0, "tolerance": 2.0}),
        ("Range?{#-1..3}", "numeric", {"answer": 1.0, "tolerance": 2.0}),
        ("Flat?{F}", "true_false", {"answer": False}),
        (
            "Flat?{TRUE#wrong#right}",
            "true_false",
            {"answer": True, "feedback_true": "right", "feedback_false": "wrong"},
        ),
        ("Who?{=Ada =Ada L*}", "short_text", {"answers": ["Ada", "Ada L*"]}),
        (
            "Who?{=Ada =%50%Grace#close}",
            "short_text",
            {"answers": ["Ada", {"text": "Grace", "fraction": 0.5, "feedback": "close"}]},
        ),
        ("Pick{~a =b}", "single_choice", {"choices": ["a", {"text": "b", "correct": True}]}),
        ("Tell me.{}", "essay", {}),
        ("Only read this.", "text_block", {}),
        (
            "Pairs{=a -> 1 =b -> 2}",
            "matching",
            {"pairs": [{"prompt": "a", "answer": "1"}, {"prompt": "b", "answer": "2"}]},
        ),
    ],
)
def test_gift_says_each_type(source, kind, data):
    question = only(source, format="gift")
    assert (question.type, normal(question.data)) == (kind, normal(data))


def test_gift_with_a_gap_in_the_sentence_shows_the_gap():
    question = only("The capital is {~Rome =Paris} of France.", format="gift")
    assert question.text.replace("\\", "") == "The capital is _____ of France."


def test_gift_escapes_comments_categories_and_blank_lines_inside_braces():
    reading = read_questions(
        rb"""// first comment
$CATEGORY: $course$/top/Algebra/Linear

// [tag:easy]
::Signs\: a name::Solve \{x\} \= 2 {

  ~ \~1 # never \#1

  = 2
  ####Because \= means equal.
}
"""
    )
    [question] = reading.items
    assert question.name == "Signs: a name"
    assert to_html(question.text).strip() == "<p>Solve {x} = 2</p>"
    assert question.tags == ["easy", "Linear"]
    assert question.line == 5
    assert question.explanation == "Because = means equal."
    assert question.data["choices"][0]["feedback"] == "never #1"


def test_gift_weights_of_several_right_answers_become_ticks():
    question = only("Two?{~%-50%a ~%50%b ~%50%c ~%-50%d}", format="gift")
    assert question.type == "multiple_choice"
    assert [choice["correct"] for choice in question.data["choices"]] == [False, True, True, False]
    assert not any("fraction" in choice for choice in question.data["choices"])


def test_gift_html_in_answers_is_not_taken_for_structure():
    question = only('[html]Which?{=<img src="x.png" alt="a=b"> yes ~no}', format="gift")
    assert len(question.data["choices"]) == 2


def test_a_broken_question_leaves_the_others_alone():
    source = "::one::Ok?{T}\n\n::two::Never closed {=a\n\n::three::Ok?{F}\n\n::four::None right{~a ~b}"
    assert outcomes(source, format="gift") == ["imported", "failed", "imported", "failed"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_told_apart(encoding):
    question = only("::Café::Où est l’été?{T}".encode(encoding), format="gift")
    assert (question.name, question.text) == ("Café", "Où est l’été?")


# ------------------------------------------------------------------------------------------------- Aiken


def test_aiken_reports_what_is_unfinished_with_its_line():
    reading = read_questions(
        b"Good?\nA) yes\nB) no\nANSWER: A\n\nUnfinished?\nA) a\nB) b\n\nAlso good?\nA. a\nB. b\nANSWER: B\n\n"
        b"Wrong letter?\nA) a\nB) b\nANSWER: C\n"
    )
    assert reading.format == "aiken"
    assert [getattr(item, "outcome", "imported") for item in reading.items] == [
        "imported", "failed", "imported", "failed",
    ]  # fmt: skip
    assert reading.items[1].line == 6
    assert "ANSWER" in reading.items[1].reason


# --------------------------------------------------------------------------------------------------- CSV


def test_a_table_says_choices_by_letter_number_or_text():
    reading = read_questions(
        "question,a,b,c,answer\nOne?,x,y,z,B\nTwo?,x,y,z,3\nThree?,x,y,z,x\nFour?,x,y,z,nothing\n".encode(
            "utf-8-sig"
        ),
        name="q.csv",
    )
    right = [[choice["correct"] for choice in item.data["choices"]].index(True) for item in reading.questions]
    assert right == [1, 2, 0]
    assert reading.items[3].outcome == "failed"
    assert reading.items[3].line == 5


# -------------------------------------------------------------------------------------------- Moodle XML


def moodle(*questions):
    return ('<?xml version="1.0" encoding="UTF-8"?><quiz>' + "".join(questions) + "</quiz>").encode()


def question_of(kind, inner, text="Text?", form="html"):
    return (
        f'<question type="{kind}"><name><text>N</text></name>'
        f'<questiontext format="{form}"><text><![CDATA[{text}]]></text></questiontext>{inner}</question>'
    )


def test_moodle_keeps_pictures_that_are_embedded():
    file = f'<file name="a b.png" path="/" encoding="base64">{PIXEL}</file>'
    source = question_of("description", "", '<p>See <img src="@@PLUGINFILE@@/a%20b.png" alt="A dot"></p>')
    reading = read_questions(moodle(source.replace("</questiontext>", f"{file}</questiontext>")))
    [name] = reading.files
    assert f"![A dot](<question-file:{name}>)" in reading.items[0].text


def test_moodle_embedded_answers_become_gaps():
    text = (
        r"<p>Paris is in {1:SHORTANSWER:=France#Yes~%50%Europe~*#No}, "
        r"pi is {2:NM:=3.14:0.01}: {:MC:~a~=b\}c}.</p>"
    )
    question = only(moodle(question_of("cloze", "", text)))
    assert question.text == "Paris is in [[1]], pi is [[2]]: [[3]]."
    assert [gap["type"] for gap in question.data["gaps"]] == ["short_text", "numeric", "single_choice"]
    assert question.data["gaps"][1]["weight"] == 2
    assert question.data["gaps"][2]["data"]["choices"][1]["text"] == "b}c"


def test_moodle_units_multiply_the_right_way():
    units = "".join(
        f"<unit><multiplier>{factor}</multiplier><unit_name>{name}</unit_name></unit>"
        for name, factor in (("m", 1), ("cm", 100))
    )
    units = f"<units>{units}</units>"
    answer = '<answer fraction="100"><text>2</text><tolerance>0</tolerance></answer>'
    question = only(moodle(question_of("numerical", answer + units)))
    from quizzes.types import question_type

    grade = question_type("numeric").grade
    assert [grade(question.data, typed, {}).fraction for typed in ("2 m", "200 cm", "2 cm")] == [1, 1, 0]


def test_moodle_types_that_do_not_exist_here_are_skipped_with_a_reason():
    source = moodle(
        question_of("stack", ""),
        question_of("ddmarker", ""),
        question_of(
            "truefalse",
            '<answer fraction="100"><text>true</text></answer>'
            '<answer fraction="0"><text>false</text></answer>',
        ),
        question_of(
            "multichoice",
            '<answer fraction="0"><text>a</text></answer><answer fraction="0"><text>b</text></answer>',
        ),
    )
    reading = read_questions(source)
    assert [getattr(item, "outcome", "imported") for item in reading.items] == [
        "skipped", "skipped", "imported", "failed",
    ]  # fmt: skip
    assert "stack" in reading.items[0].reason


def test_xml_mends_stray_ampersands_and_refuses_entities_of_its_own():
    mended = (
        moodle(question_of("description", ""))
        .replace(b"Text?", b"Text?")
        .replace(b"<text>N</text>", b"<text>R & B&nbsp;x</text>")
    )
    assert only(mended).name.split() == ["R", "&", "B", "x"]
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        b'<quiz><question type="x"><name><text>&b;</text></name></question></quiz>'
    )
    with pytest.raises(Unreadable, match="entities"):
        read_questions(bomb)
    outside = (
        b'<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        b'<quiz><question type="essay"><name><text>&f;</text></name></question></quiz>'
    )
    with pytest.raises(Unreadable, match="entities"):
        read_questions(outside)


# --------------------------------------------------------------------------------------------------- QTI


def canvas(kind, presentation, conditions):
    return (
        '<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><assessment title="t"><section>'
        f'<item ident="i" title="Question"><itemmetadata><qtimetadata><qtimetadatafield>'
        f"<fieldlabel>question_type</fieldlabel><fieldentry>{kind}</fieldentry></qtimetadatafield></qtimetadata>"
        "</itemmetadata><presentation><material>"
        "<mattext texttype='text/html'>&lt;p&gt;Ask [c]&lt;/p&gt;</mattext>"
        f"</material>{presentation}</presentation><resprocessing><outcomes>"
        f"<decvar maxvalue='100' varname='SCORE'/></outcomes>{conditions}</resprocessing></item>"
        "</section></assessment></questestinterop>"
    )


def labels(**texts):
    return "".join(
        f'<response_label ident="{key}"><material><mattext>{text}</mattext></material></response_label>'
        for key, text in texts.items()
    )


def respond(ident, inner, cardinality="Single"):
    choice = f"<render_choice>{inner}</render_choice>"
    return f'<response_lid ident="{ident}" rcardinality="{cardinality}">{choice}</response_lid>'


def when(condition, score=100, action="Set"):
    return (
        f"<respcondition><conditionvar>{condition}</conditionvar>"
        f'<setvar action="{action}" varname="SCORE">{score}</setvar></respcondition>'
    )


def test_qti12_single_and_multiple_choice():
    one = only(
        canvas(
            "multiple_choice_question",
            respond("r", labels(x="A", y="B")),
            when('<varequal respident="r">y</varequal>'),
        )
    )
    assert (one.type, [c["correct"] for c in one.data["choices"]]) == ("single_choice", [False, True])
    condition = (
        '<and><varequal respident="r">x</varequal><not><varequal respident="r">y</varequal></not>'
        '<varequal respident="r">z</varequal></and>'
    )
    many = only(
        canvas(
            "multiple_answers_question",
            respond("r", labels(x="A", y="B", z="C"), "Multiple"),
            when(condition),
        )
    )
    assert (many.type, [c["correct"] for c in many.data["choices"]]) == (
        "multiple_choice",
        [True, False, True],
    )


def test_qti12_blanks_lists_and_pairs():
    blank = respond("response_c", labels(x="red", y="Red")).replace(
        "<render_choice>", "<material><mattext>c</mattext></material><render_choice>"
    )
    gap = only(
        canvas(
            "fill_in_multiple_blanks_question", blank, when('<varequal respident="response_c">x</varequal>')
        )
    )
    assert (gap.type, gap.text) == ("gap_fill", "Ask [[1]]")
    assert gap.data["gaps"][0]["data"]["answers"] == ["red", "Red"]
    chosen = only(
        canvas("multiple_dropdowns_question", blank, when('<varequal respident="response_c">y</varequal>'))
    )
    assert [c["correct"] for c in chosen.data["gaps"][0]["data"]["choices"]] == [False, True]
    pairs = "".join(
        respond(f"r{n}", labels(a="eins", b="zwei", c="drei")).replace(
            "<render_choice>", f"<material><mattext>{word}</mattext></material><render_choice>"
        )
        for n, word in ((1, "one"), (2, "two"))
    )
    rules = when('<varequal respident="r1">a</varequal>', 50, "Add") + when(
        '<varequal respident="r2">b</varequal>', 50, "Add"
    )
    match = only(canvas("matching_question", pairs, rules))
    assert match.data == {
        "pairs": [{"prompt": "one", "answer": "eins"}, {"prompt": "two", "answer": "zwei"}],
        "distractors": ["drei"],
    }


def test_qti12_numbers_and_words():
    field = (
        '<response_str ident="r"><render_fib fibtype="Decimal"><response_label ident="a"/></render_fib>'
        "</response_str>"
    )
    bounds = (
        '<or><varequal respident="r">4.0</varequal><and><vargte respident="r">3.5</vargte>'
        '<varlte respident="r">4.5</varlte></and></or>'
    )
    number = only(canvas("numerical_question", field, when(bounds)))
    assert normal(number.data) == {"answer": 4.0, "tolerance": 0.5}
    words = only(
        canvas(
            "short_answer_question",
            field.replace(' fibtype="Decimal"', ""),
            when('<varequal respident="r">H2O</varequal>'),
        )
    )
    assert words.data["answers"] == ["H2O"]
    essay = only(canvas("essay_question", field.replace(' fibtype="Decimal"', ""), ""))
    assert essay.type == "essay"


def test_qti21_reads_pictures_of_its_package():
    import base64

    item = (
        '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i" title="Signs">'
        '<responseDeclaration identifier="R" cardinality="single" baseType="identifier">'
        "<correctResponse><value>B</value></correctResponse></responseDeclaration>"
        '<itemBody><p><img src="images/sign.png" alt="A sign"/></p>'
        '<choiceInteraction responseIdentifier="R" maxChoices="1"><prompt>What is it?</prompt>'
        '<simpleChoice identifier="A">no</simpleChoice><simpleChoice identifier="B">yes</simpleChoice>'
        "</choiceInteraction></itemBody></assessmentItem>"
    )
    package = zipped(
        **{
            "imsmanifest.xml": "<manifest/>",
            "items__i.xml": item,
            "items__images__sign.png": base64.b64decode(PIXEL),
        }
    )
    reading = read_questions(package)
    assert reading.format == "qti21"
    assert len(reading.files) == 1
    assert "![A sign](<question-file:" in reading.questions[0].text
    assert [choice["correct"] for choice in reading.questions[0].data["choices"]] == [False, True]


# -------------------------------------------------------------------------------------------------- zips


def test_a_zip_that_leads_elsewhere_or_unpacks_to_too_much_is_refused():
    with pytest.raises(Unreadable, match="leads elsewhere"):
        read_questions(zipped(**{"..__..__etc__x.xml": "<quiz/>"}))
    with pytest.raises(Unreadable, match="too much"):
        read_questions(zipped(**{"bomb.xml": b"0" * 40_000_000}))
    with pytest.raises(Unreadable, match="damaged"):
        read_questions(b"PK\x03\x04 not a zip")
    with pytest.raises(Unreadable, match="no questions"):
        read_questions(zipped(**{"readme.md": "hello"}))


@pytest.mark.parametrize(
    "content",
    [b"", b"  \n", b"<html><body>no</body></html>", b"\x00\x01\x02\xff" * 50, b"<quiz", b"plain words"],
)
def test_what_is_no_question_file_is_said_in_a_sentence(content):
    with pytest.raises(Unreadable) as refusal:
        read_questions(content)
    assert str(refusal.value).endswith((".", "csv."))


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=400), st.sampled_from(["gift", "moodle-xml", "aiken", "qti12", "qti21", "csv", "auto"])
)
def test_no_bytes_break_a_reader(content, format):
    try:
        reading = read_questions(content, format=format)
    except Unreadable:
        return
    assert all(getattr(item, "reason", "x") for item in reading.items)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab{}~=#%:\\/\n>-<&;[]. 0T", max_size=120))
def test_no_text_breaks_the_gift_reader(source):
    try:
        reading = read_questions(source.encode(), format="gift")
    except Unreadable:
        return
    for question in reading.questions:
        question_problems(type=question.type, text=question.text, data=question.data)


# -------------------------------------------------------------------------------------------- round trips

SAMPLES = [
    ImportedQuestion(
        "single_choice",
        "A: b",
        "Is `a = {b}` **right**?",
        {"choices": [{"text": "yes # 1", "correct": True, "feedback": "so"}, {"text": "no ~ 2"}]},
        "Because.",
        tags=["t"],
    ),
    ImportedQuestion(
        "single_choice",
        "Partial",
        "Which?",
        {"choices": [{"text": "a", "correct": True, "fraction": 1.0}, {"text": "b", "fraction": 0.5}]},
    ),
    ImportedQuestion(
        "multiple_choice",
        "Many",
        "Which?",
        {"choices": [{"text": "a", "correct": True}, {"text": "b", "correct": True}, {"text": "c"}]},
    ),
    ImportedQuestion(
        "multiple_choice",
        "All",
        "Which?",
        {"choices": [{"text": "a", "correct": True}, {"text": "b"}], "marking": "all_or_nothing"},
    ),
    ImportedQuestion(
        "true_false", "T", "Sky?", {"answer": False, "feedback_true": "no", "feedback_false": "yes"}
    ),
    ImportedQuestion(
        "numeric",
        "N",
        "g?",
        {
            "answer": 9.81,
            "tolerance": 0.01,
            "unit": "m",
            "units": {"cm": 0.01},
            "alternatives": [{"answer": 10.0, "fraction": 0.5}],
        },
    ),
    ImportedQuestion(
        "short_text",
        "S",
        "Word?",
        {"answers": ["br*k", {"text": "go", "fraction": 0.5, "feedback": "near"}], "case_sensitive": True},
        hints=["think"],
    ),
    ImportedQuestion(
        "matching",
        "M",
        "Pairs",
        {
            "pairs": [{"prompt": "**a**", "answer": "1 < 2"}, {"prompt": "b", "answer": "2"}],
            "distractors": ["3"],
        },
    ),
    ImportedQuestion("ordering", "O", "Order", {"items": ["one", "two", "three"], "marking": "relation"}),
    ImportedQuestion(
        "gap_fill",
        "G",
        "A [[1]] of [[2]] and [[3]].",
        {
            "gaps": [
                {"type": "short_text", "data": {"answers": ["cup}"]}, "weight": 1.0},
                {"type": "numeric", "data": {"answer": 3.5, "tolerance": 0.5}, "weight": 2.0},
                {
                    "type": "single_choice",
                    "data": {"choices": [{"text": "x", "correct": True}, {"text": "y"}]},
                    "weight": 1.0,
                },
            ]
        },
    ),
    ImportedQuestion(
        "select_from_list",
        "L",
        "The [[1]] sat on [[2]].",
        {
            "choices": [
                {"text": "cat", "group": 1},
                {"text": "mat", "group": 2},
                {"text": "dog", "group": 1},
                {"text": "hat", "group": 2},
            ],
            "gaps": [0, 1],
        },
    ),
    ImportedQuestion(
        "calculated",
        "C",
        "{a} times {b}?",
        {
            "expression": "a*b",
            "parameters": {"a": {"min": 1, "max": 9, "decimals": 0}, "b": {"values": [2.0, 4.0]}},
            "tolerance": 0.01,
        },
    ),
    ImportedQuestion(
        "essay", "E", "Why?", {"lines": 8, "grader_notes": "Look for *reasons*.", "min_words": 20}
    ),
    ImportedQuestion("text_block", "B", "# Read\n\n- this\n- that"),
]


def whole(question):
    return (
        question.type,
        question.name,
        question.text,
        normal(question.data),
        question.explanation,
        question.hints,
    )


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda question: f"{question.type}-{question.name}")
def test_samples_are_questions(sample):
    assert question_problems(type=sample.type, text=sample.text, data=sample.data) == []


@pytest.mark.parametrize("format", sorted(WRITERS))
def test_a_round_trip_keeps_every_question(format):
    content = WRITERS[format].write(SAMPLES, {})
    reading = read_questions(content)
    assert reading.format == format
    assert [whole(question) for question in reading.questions] == [whole(question) for question in SAMPLES]


def test_what_others_read_of_an_export_is_right_without_our_own_json():
    """The native words of an export, as another system would take them."""
    content = WRITERS["moodle-xml"].write(SAMPLES, {})
    import re

    native = re.sub(rb"<embark>.*?</embark>", b"", content, flags=re.DOTALL)
    assert [question.type for question in read_questions(native).questions] == [
        question.type for question in SAMPLES
    ]


words = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp")), min_size=1, max_size=30
).filter(lambda text: text.strip() == text and text)


@settings(max_examples=60, deadline=None)
@given(words, words, words)
def test_gift_and_moodle_keep_any_words(text, right, wrong):
    question = ImportedQuestion(
        "single_choice", "Name", text, {"choices": [{"text": right, "correct": True}, {"text": wrong}]}
    )
    for format in ("gift", "moodle-xml"):
        [back] = read_questions(WRITERS[format].write([question], {}), format=format).questions
        assert whole(back) == whole(question), format


@settings(max_examples=100, deadline=None)
@given(words)
def test_text_survives_the_way_through_html(text):
    import html

    from courses.content.markdown import plain_text

    markdown = to_markdown(f"<p>{html.escape(text)}</p>")
    if "$" not in text and "\\(" not in text and "\\[" not in text:
        assert plain_text(to_html(markdown)) == " ".join(text.split())


# ------------------------------------------------------------------------------------------------ import

MIXED = moodle(
    question_of(
        "truefalse",
        '<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer>',
    ),
    question_of("stack", ""),
    question_of(
        "multichoice",
        '<answer fraction="0"><text>a</text></answer><answer fraction="0"><text>b</text></answer>',
    ),
)


@pytest.mark.django_db
def test_the_command_reports_what_adds_up_and_ends_with_0(tmp_path, quiz):
    source, report = tmp_path / "mixed.xml", tmp_path / "report.json"
    source.write_bytes(MIXED)
    call_command("import_questions", str(source), bank="Mixed", quiz=quiz.slug, json=str(report))
    said = json.loads(report.read_text())
    assert (said["found"], said["imported"], said["skipped"], said["failed"]) == (3, 1, 1, 1)
    assert set(said["items"][0]) == {"path", "line", "kind", "name", "outcome", "reason"}
    assert [item["kind"] for item in said["items"]] == ["truefalse", "stack", "multichoice"]
    assert all(item["reason"] for item in said["items"] if item["outcome"] != "imported")
    assert Question.objects.filter(bank__name="Mixed").count() == 1
    assert quiz.slots.count() == 6


@pytest.mark.django_db
def test_a_dry_run_writes_nothing(tmp_path):
    source = tmp_path / "mixed.xml"
    source.write_bytes(MIXED)
    call_command("import_questions", str(source), dry_run=True)
    assert not QuestionBank.objects.exists()
    assert not QuestionImport.objects.exists()


@pytest.mark.django_db
def test_an_unreadable_file_ends_with_a_sentence(tmp_path):
    source = tmp_path / "broken.xml"
    source.write_bytes(b"<quiz><question")
    with pytest.raises(CommandError, match="not well-formed"):
        call_command("import_questions", str(source))
    with pytest.raises(CommandError, match="can't be read"):
        call_command("import_questions", str(tmp_path / "absent.xml"))


@pytest.mark.django_db
def test_an_import_keeps_pictures_and_can_be_undone(client, settings, tmp_path, learner):
    settings.MEDIA_ROOT = tmp_path
    file = f'<file name="a.png" path="/" encoding="base64">{PIXEL}</file>'
    source = question_of("description", "", '<img src="@@PLUGINFILE@@/a.png" alt="dot">')
    bank = QuestionBank.objects.create(name="Pictures")
    reading = read_questions(moodle(source.replace("</questiontext>", f"{file}</questiontext>")))
    _report, imported = import_questions(reading=reading, bank=bank, file_name="p.xml")
    kept = QuestionFile.objects.get()
    html = Question.objects.get().current.text_html
    assert f'src="/quizzes/file/{kept.name}"' in html
    response = client.get(f"/quizzes/file/{kept.name}")
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    exported = export_questions(questions=Question.objects.with_current(), format="qti21")
    assert kept.name in read_questions(exported).files
    assert undo_import(source=imported) == (1, 0)
    assert not Question.objects.exists()


# ------------------------------------------------------------------- files as real systems write them


def item21(declarations, body, processing="", **attributes):
    said = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return only(
        f'<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i"{said}>'
        f"{declarations}<itemBody>{body}</itemBody><responseProcessing>{processing}</responseProcessing></assessmentItem>"
    )


def answered(condition, worth, how="baseValue"):
    """A branch of a responseProcessing that gives points for a condition."""
    value = f'<baseValue baseType="float">{worth}</baseValue>'
    if how != "baseValue":
        value = f'<{how}><variable identifier="SCORE"/>{value}</{how}>'
    return (
        f"<responseCondition><responseIf>{condition}<setOutcomeValue identifier='SCORE'>{value}"
        "</setOutcomeValue></responseIf></responseCondition>"
    )


def equals(tag, value, kind="identifier"):
    return (
        f'<{tag} caseSensitive="false"><variable identifier="R"/><baseValue baseType="{kind}">{value}'
        f"</baseValue></{tag}>"
    )


def test_qti21_finds_right_choices_that_only_the_processing_knows():
    question = item21(
        '<responseDeclaration identifier="R" cardinality="single" baseType="identifier"/>',
        '<choiceInteraction responseIdentifier="R" maxChoices="1"><prompt>Which is a fruit?</prompt>'
        '<simpleChoice identifier="A">pear</simpleChoice><simpleChoice identifier="B">oak</simpleChoice>'
        '<simpleChoice identifier="C">ivy</simpleChoice></choiceInteraction>',
        answered(equals("match", "A"), 100)
        + answered(equals("match", "B"), 1, "subtract")
        + answered('<gt><variable identifier="SCORE"/><baseValue baseType="float">9</baseValue></gt>', 9),
    )
    assert [choice["correct"] for choice in question.data["choices"]] == [True, False, False]


def test_qti21_finds_several_right_choices_in_the_processing():
    question = item21(
        '<responseDeclaration identifier="R" cardinality="multiple" baseType="identifier"/>',
        '<choiceInteraction responseIdentifier="R" maxChoices="0"><prompt>Which are fruits?</prompt>'
        '<simpleChoice identifier="A">pear</simpleChoice><simpleChoice identifier="B">oak</simpleChoice>'
        '<simpleChoice identifier="C">fig</simpleChoice></choiceInteraction>',
        answered(
            f"<and>{equals('member', 'A')}{equals('member', 'C')}<not>{equals('member', 'B')}</not></and>", 1
        ),
    )
    assert question.type == "multiple_choice"
    assert [choice["correct"] for choice in question.data["choices"]] == [True, False, True]


def test_qti21_finds_words_and_numbers_in_the_processing():
    words = item21(
        '<responseDeclaration identifier="R" cardinality="single" baseType="string"/>',
        '<p>Name a tree.</p><extendedTextInteraction responseIdentifier="R"/>',
        answered(
            f"<or>{equals('stringMatch', 'oak', 'string')}{equals('stringMatch', 'elm', 'string')}</or>", 1
        ),
    )
    assert (words.type, words.data["answers"], words.data["case_sensitive"]) == (
        "short_text",
        ["oak", "elm"],
        False,
    )
    number = item21(
        '<responseDeclaration identifier="R" cardinality="single" baseType="float"/>',
        '<p>How long? <textEntryInteraction responseIdentifier="R"/></p>',
        answered(f"<and>{equals('gte', '3.141', 'float')}{equals('lte', '3.142', 'float')}</and>", 1),
    )
    assert (number.type, number.data) == ("numeric", {"answer": 3.1415, "tolerance": 0.0005})


def test_qti21_takes_a_page_in_the_body_and_the_title_where_the_body_asks_nothing():
    declared = (
        '<responseDeclaration identifier="R" cardinality="single" baseType="string"><correctResponse>'
        "<value>oak</value></correctResponse></responseDeclaration>"
    )
    gap = '<p><textEntryInteraction responseIdentifier="R"/></p>'
    assert item21(declared, f"&lt;div&gt;Name a &lt;b&gt;tree&lt;/b&gt;.&lt;/div&gt;{gap}").text.startswith(
        "Name a **tree**."
    )
    assert item21(declared, gap, title="Name a tree.").text == "Name a tree."


def test_qti21_tells_nobody_that_a_right_answer_was_wrong():
    question = only(
        '<assessmentItem identifier="i" title="Trees"><responseDeclaration identifier="R" '
        'cardinality="single" baseType="identifier"><correctResponse><value>A</value></correctResponse>'
        "</responseDeclaration>"
        '<itemBody><choiceInteraction responseIdentifier="R" maxChoices="1"><prompt>Which?</prompt>'
        '<simpleChoice identifier="A">oak</simpleChoice><simpleChoice identifier="B">pen</simpleChoice>'
        "</choiceInteraction></itemBody>"
        '<modalFeedback identifier="correct" outcomeIdentifier="F">Oaks\n     grow.</modalFeedback>'
        '<modalFeedback identifier="incorrect" outcomeIdentifier="F" showHide="show">No.</modalFeedback>'
        '<modalFeedback identifier="B" outcomeIdentifier="F" showHide="show">Pens write.</modalFeedback>'
        "</assessmentItem>"
    )
    assert question.explanation == "Oaks grow."
    assert [choice.get("feedback") for choice in question.data["choices"]] == [None, "Pens write."]


def brightspace(kind, presentation, processing):
    return only(
        "<questestinterop><objectbank><section><item title='Boats'><itemmetadata><qtimetadata>"
        f"<qti_metadatafield><fieldlabel>qmd_questiontype</fieldlabel><fieldentry>{kind}</fieldentry>"
        "</qti_metadatafield><qti_metadatafield><fieldlabel>qmd_weighting</fieldlabel><fieldentry>2.5"
        "</fieldentry></qti_metadatafield></qtimetadata></itemmetadata><presentation><flow><material>"
        f"<mattext texttype='text/html'>{presentation}</flow></presentation><resprocessing>{processing}"
        "</resprocessing></item></section></objectbank></questestinterop>"
    )


def test_qti12_of_brightspace_has_points_types_and_an_order():
    question = brightspace(
        "Multi-Select",
        "Which float?</mattext></material><response_lid ident='L' rcardinality='Multiple'>"
        "<render_choice shuffle='no'><response_label ident='A'><material><mattext>cork</mattext></material>"
        "</response_label><response_label ident='B'><material><mattext>lead</mattext></material>"
        "</response_label></render_choice></response_lid>",
        "<respcondition><conditionvar><varequal respident='L'>\n A\n </varequal><not><varequal respident='L'>"
        "B</varequal></not></conditionvar><setvar action='Add'>1</setvar></respcondition>",
    )
    assert (question.mark, question.data["shuffle"]) == (2.5, False)
    assert [choice["correct"] for choice in question.data["choices"]] == [True, False]


def test_qti12_of_brightspace_computes_from_variables():
    question = brightspace(
        "Arithmetic",
        "What is {a} times {b}?</mattext><mat_extension><variable name='a'><minvalue>1</minvalue>"
        "<maxvalue>5</maxvalue><decimalplaces>0</decimalplaces></variable><variable name='b'>"
        "<minvalue>2</minvalue><maxvalue>3</maxvalue><decimalplaces>1</decimalplaces></variable>"
        "<formula>{a} * {b}</formula></mat_extension></material><response_num ident='N'><render_fib>"
        "<response_label ident='N1'/></render_fib></response_num>",
        "<respcondition><respcond_extension><tolerance type='percent'>5</tolerance></respcond_extension>"
        "<conditionvar><other/></conditionvar><setvar>100</setvar></respcondition>",
    )
    assert (question.type, question.text) == ("calculated", "What is {a} times {b}?")
    assert question.data["expression"] == "a * b"
    assert (question.data["tolerance"], question.data["tolerance_type"]) == (0.05, "relative")
    assert question.data["parameters"]["b"] == {"min": 2.0, "max": 3.0, "decimals": 1}
    assert not question_problems(type=question.type, text=question.text, data=question.data)


def test_every_item_has_a_kind():
    assert only("<questestinterop><item title='x'/></questestinterop>").kind == "item"


def test_the_middle_of_a_range_is_a_plain_number():
    assert only("Pi?{#3.141..3.142}").data == {"answer": 3.1415, "tolerance": 0.0005}


def test_line_breaks_in_embedded_answers_keep_words_apart():
    question = only(
        moodle(question_of("cloze", "", "Capital? {1:SHORTANSWER:=Rome#Founded<br />\nlong ago}"))
    )
    assert question.data["gaps"][0]["data"]["answers"][0]["feedback"] == "Founded long ago"
