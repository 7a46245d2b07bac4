"""GIFT: every kind of question, and what may stand around them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_files import only, outcomes
from quizzes.authoring import question_problems
from quizzes.formats import Unreadable, read_questions
from quizzes.formats.exact import normal
from quizzes.rendering import to_html
from quizzes.types import question_type


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


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab{}~=#%:\\/\n>-<&;[]. 0T", max_size=120))
def test_no_text_breaks_the_gift_reader(source):
    try:
        reading = read_questions(source.encode(), format="gift")
    except Unreadable:
        return
    for question in reading.questions:
        question_problems(type=question.type, text=question.text, data=question.data)


def test_the_middle_of_a_range_is_a_plain_number():
    assert only("Pi?{#3.141..3.142}").data == {"answer": 3.1415, "tolerance": 0.0005}


def test_gift_names_the_pictures_that_it_cannot_bring():
    question = only('::P::[html]<p>See <img src\\="@@PLUGINFILE@@/map.png" alt\\="map"></p> {=here ~there}')
    assert "map.png" in question.note


def test_gift_questions_need_no_blank_line_before_a_name():
    reading = read_questions(b"::A\nlong name::One? {\n=1\n~2\n}\n::B::Two? {#3..4}.\n")
    assert [item.name for item in reading.questions] == ["A long name", "B"]


@pytest.mark.parametrize(
    ("source", "worths", "told"),
    [
        ("Either?{=%50%a =%50%b}", [0.5, 0.5], "the best gives 50 %"),
        ("Thirds?{=%33.33333%a =b}", [1 / 3, 1.0], ""),
    ],
)
def test_gift_weights_of_words_stay_and_are_told_where_none_is_whole(source, worths, told):
    question = only(source, format="gift")
    grade = question_type("short_text").grade
    assert [grade(question.data, word, {}).fraction for word in "ab"] == pytest.approx(worths)
    assert (told in question.note) if told else not question.note


@pytest.mark.parametrize("source", ["Half?{#=%50%3}", "Half?{=%50%a ~b}"])
def test_gift_tells_that_a_half_answer_became_whole(source):
    assert "gave 50 % of the mark there" in only(source, format="gift").note


def test_gift_numbers_with_a_comma_before_three_digits_fail():
    assert [only(source, format="gift").outcome for source in ("Many?{#1,000}", "Many?{#=1,000:2}")] == [
        "failed", "failed",
    ]  # fmt: skip
    assert only("Half?{#0,500}", format="gift").data["answer"] == 0.5


def test_gift_numbers_may_be_nearly_right():
    question = only("Born?{#\n =1822:0 #Yes\n =%50%1822:2 #Close\n}", format="gift")
    grades = [question_type("numeric").grade(question.data, year, {}) for year in ("1822", "1824", "1825")]
    assert [grade.fraction for grade in grades] == [1.0, 0.5, 0.0]
    assert [grade.feedback for grade in grades] == [("Yes",), ("Close",), ()]
