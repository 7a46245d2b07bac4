"""Moodle XML: types, files, units, and what is told where something has no place here."""

import pytest

from question_files import PIXEL, moodle, moodle_answers, only, question_of
from quizzes.formats import SKIPPED, Unreadable, read_questions
from quizzes.types import question_type


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
    grade = question_type("numeric").grade
    assert [grade(question.data, typed, {}).fraction for typed in ("2 m", "200 cm", "2 cm")] == [1, 1, 0]


@pytest.mark.parametrize(("kind", "worth"), [("0", [1, 1]), ("1", [1, 0.75]), ("2", [1, 0.75])])
def test_moodle_says_what_a_missing_unit_costs(kind, worth):
    unit = "<units><unit><multiplier>1</multiplier><unit_name>m</unit_name></unit></units>"
    grading = f"<unitgradingtype>{kind}</unitgradingtype><unitpenalty>0.25</unitpenalty>"
    answer = '<answer fraction="100"><text>2</text><tolerance>0</tolerance></answer>'
    question = only(moodle(question_of("numerical", answer + grading + unit)))
    grade = question_type("numeric").grade
    assert [grade(question.data, typed, {}).fraction for typed in ("2 m", "2")] == worth


@pytest.mark.parametrize(
    ("grading", "marking"),
    [("ABSOLUTE_POSITION", "position"), ("RELATIVE_NEXT_EXCLUDE_LAST", "next"), ("2", "next_and_last"),
     ("RELATIVE_ONE_PREVIOUS_AND_NEXT", "neighbours"), ("4", "relation"), ("5", "subset"),
     ("LONGEST_CONTIGUOUS_SUBSET", "run"), ("RELATIVE_TO_CORRECT", "distance"), ("-1", "all_or_nothing")],
)  # fmt: skip
def test_moodle_orders_keep_how_they_are_marked(grading, marking):
    inner = f"<gradingtype>{grading}</gradingtype>" + moodle_answers((1, "a"), (1, "b"), (1, "c"))
    assert only(moodle(question_of("ordering", inner))).data["marking"] == marking


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


def test_line_breaks_in_embedded_answers_keep_words_apart():
    question = only(
        moodle(question_of("cloze", "", "Capital? {1:SHORTANSWER:=Rome#Founded<br />\nlong ago}"))
    )
    assert question.data["gaps"][0]["data"]["answers"][0]["feedback"] == "Founded long ago"


def test_moodle_essays_that_ask_for_files_are_skipped_or_say_that_files_are_left_out():
    upload = question_of("essay", "<responseformat>noinline</responseformat>")
    both = question_of("essay", "<responseformat>editor</responseformat><attachments>2</attachments>")
    skipped, question = read_questions(moodle(upload, both)).items
    assert skipped.outcome == SKIPPED
    assert "attach" in question.note


def test_moodle_multiple_response_of_the_open_university_shares_the_mark():
    answers = "".join(
        f'<answer fraction="{fraction}"><text>{text}</text></answer>'
        for text, fraction in (("1", 100), ("2", 0), ("3", 100))
    )
    question = only(moodle(question_of("oumultiresponse", answers)))
    assert question.type == "multiple_choice"
    assert [choice["correct"] for choice in question.data["choices"]] == [True, False, True]


def test_moodle_pictures_as_answers_of_pairs_are_skipped_not_dropped():
    pairs = (
        '<subquestion><text>a</text><answer><text><![CDATA[<img src="a.png">]]></text></answer></subquestion>'
        "<subquestion><text>b</text><answer><text>B</text></answer></subquestion>"
        "<subquestion><text>c</text><answer><text>C</text></answer></subquestion>"
    )
    assert only(moodle(question_of("matching", pairs))).outcome == SKIPPED


@pytest.mark.parametrize(
    ("words", "told"), [("Your answer is incorrect.", False), ("Read chapter 3 again.", True)]
)
def test_moodle_feedback_for_the_answer_as_a_whole_is_not_lost_in_silence(words, told):
    inner = (
        '<answer fraction="100"><text>a</text></answer><answer fraction="0"><text>b</text></answer>'
        f"<incorrectfeedback><text>{words}</text></incorrectfeedback>"
    )
    assert ("as a whole" in only(moodle(question_of("multichoice", inner))).note) == told


@pytest.mark.parametrize(
    ("kind", "inner", "told"),
    [
        ("multichoice", moodle_answers((50, "a"), (0, "b")), "gave 50 % of the mark there"),
        ("multichoice", f"<single>0</single>{moodle_answers((50, 'a'), (0, 'b'))}", "the best gives 50 %"),
        ("shortanswer", moodle_answers((50, "a")), "the best gives 50 %"),
        ("numerical", moodle_answers((50, "3")), "gave 50 % of the mark there"),
        ("numerical", moodle_answers((100, "3"), (20, "*")), "Any other number"),
        ("multichoice", f"<single>0</single>{moodle_answers((33.33333, 'a'), (66.66667, 'b'))}", ""),
    ],
)
def test_moodle_marks_that_can_not_be_reached_are_told(kind, inner, told):
    note = only(moodle(question_of(kind, inner))).note
    assert (told in note) if told else not note


def test_moodle_numbers_that_can_be_read_in_two_ways_fail():
    assert "two ways" in only(moodle(question_of("numerical", moodle_answers((100, "1,000"))))).reason


def test_moodle_orders_tell_that_only_some_items_were_drawn():
    items = moodle_answers(*((place, word) for place, word in enumerate("abcd", start=1)))
    drawn = f"<selecttype>RANDOM</selecttype><selectcount>3</selectcount>{items}"
    assert only(moodle(question_of("ordering", drawn))).note == (
        "There 3 of its 4 items were drawn; here all are asked."
    )


def test_moodle_names_files_of_markdown_that_did_not_come_along():
    file = f'<file name="a b.png" path="/" encoding="base64">{PIXEL}</file>'
    text = "See ![dot](@@PLUGINFILE@@/a%20b.png) and ![lost](@@PLUGINFILE@@/c.png)."
    source = question_of("description", text=text, form="markdown")
    question = only(moodle(source.replace("</questiontext>", f"{file}</questiontext>")))
    assert "![dot](question-file:" in question.text
    assert question.text.endswith("and lost.")
    assert question.note.endswith(": c.png.")


@pytest.mark.parametrize("gap", ["{1:NM:%50%5:1}", "{1:SA:%50%oak}", "{1:MC:%50%oak~elm}"])
def test_moodle_embedded_answers_that_give_no_whole_mark_fail(gap):
    found = only(moodle(question_of("cloze", text=f"Name {gap}.")))
    assert (found.outcome, "whole mark" in found.reason) == ("failed", True)
