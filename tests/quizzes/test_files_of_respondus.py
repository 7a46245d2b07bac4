"""QTI 1.2 of Respondus, of R/exams and of Canvas's formulas: keys that are easily misread."""

from question_files import field, label, qti12, when
from quizzes.formats import SKIPPED


def text(words):
    return f"<material><matbreak/><mattext>{words}</mattext><matbreak/></material>"


def rule(condition, points, variable="SCORE"):
    return when(condition, points, "Add", variable)


def item(presentation, processing="", kind="", extra=""):
    return qti12(presentation, processing, fields=field("qmd_itemtype", kind), feedback=extra)


def test_what_respondus_counts_as_incorrect_is_not_right():
    labels = label("a", "Paris") + label("b", "Rome")
    question = item(
        text("Match")
        + "".join(
            f'<response_lid ident="{key}">{text(prompt)}<render_choice>{labels}</render_choice>'
            "</response_lid>"
            for key, prompt in (("1", "France"), ("2", "Italy"))
        ),
        "".join(
            rule(
                f'<varequal respident="{key}">{label}</varequal>',
                1,
                "Respondus_Correct" if label == right else "Respondus_Incorrect",
            )
            for key, right in (("1", "a"), ("2", "b"))
            for label in "ab"
        ),
        "Matching",
    )
    assert question.data["pairs"] == [
        {"prompt": "France", "answer": "Paris"}, {"prompt": "Italy", "answer": "Rome"},
    ]  # fmt: skip


def test_words_numbers_and_choices_of_r_exams_are_gaps_of_one_text():
    question = item(
        text("Slope:")
        + '<response_num ident="n"><render_fib fibtype="Decimal"/></response_num>'
        + text("Model:")
        + f'<response_lid ident="c"><render_choice>{label("x", "linear")}{label("y", "cubic")}'
        "</render_choice></response_lid>",
        rule('<and><vargte respident="n">1</vargte><varlte respident="n">2</varlte></and>', 1)
        + rule('<varequal respident="c">y</varequal>', 1),
    )
    assert [gap["type"] for gap in question.data["gaps"]] == ["numeric", "single_choice"]
    assert [choice["correct"] for choice in question.data["gaps"][1]["data"]["choices"]] == [False, True]


def test_breaks_around_a_text_leave_nothing_behind():
    question = item(
        text("Ask") + '<response_str ident="s"><render_fib/></response_str>',
        rule('<varequal respident="s">word</varequal>', 1),
    )
    assert question.text == "Ask"


def test_the_last_formula_of_canvas_is_the_answer_and_may_name_those_before():
    question = item(
        "<material><mattext>[x]</mattext></material>"
        '<response_str ident="s"><render_fib fibtype="Decimal"/></response_str>',
        kind="calculated",
        extra="<itemproc_extension><calculated><answer_tolerance>0</answer_tolerance><formulas>"
        "<formula>t = x + 1</formula><formula>2 * t</formula></formulas>"
        '<vars><var name="x" scale="0"><min>1</min><max>9</max></var></vars></calculated>'
        "</itemproc_extension>",
    )
    assert question.data["expression"] == "2 * (x + 1)"


def test_recordings_and_opinions_of_sakai_are_skipped():
    for kind in ("Audio Recording", "Multiple Choice Survey"):
        found = item(text("Say") + '<response_str ident="s"/>', kind=kind)
        assert found.outcome == SKIPPED
