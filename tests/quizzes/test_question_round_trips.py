"""Writers whose files come back as they went in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.authoring import question_problems
from quizzes.formats import WRITERS, ImportedQuestion, read_questions
from quizzes.formats.exact import normal
from quizzes.formats.markup import to_markdown
from quizzes.rendering import to_html

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
    ImportedQuestion("ordering", "Run", "Order", {"items": ["one", "two", "three"], "marking": "run"}),
    ImportedQuestion(
        "numeric",
        "Unit",
        "How far?",
        {"answer": 4.0, "tolerance": 0.5, "unit": "m", "unit_penalty": 0.2, "unit_penalty_of": "mark"},
    ),
    ImportedQuestion(
        "numeric", "Factor", "How many?", {"answer": 100.0, "tolerance": 1.0, "tolerance_type": "geometric"}
    ),
    ImportedQuestion(
        "gap_fill",
        "Ticks",
        "Drink [[1]] now",
        {
            "gaps": [
                {
                    "type": "multiple_choice",
                    "weight": 2.0,
                    "data": {
                        "choices": [
                            {"text": "tea", "correct": True},
                            {"text": "milk", "correct": True},
                            {"text": "ink"},
                        ]
                    },
                }
            ]
        },
    ),
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
