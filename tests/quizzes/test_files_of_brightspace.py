"""QTI 1.2 of Brightspace."""

import pytest

from question_files import only
from quizzes.authoring import question_problems


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


def test_qti12_of_brightspace_that_asks_for_several_words_in_any_order_is_skipped():
    found = brightspace(
        "Multi-Short Answer",
        "Name two.</mattext></material><response_str ident='S' rcardinality='Single'>"
        "<render_fib xmlns:d='http://desire2learn.com/xsd/d2lcp_v2p0' d:input_boxes='2'>"
        "<response_label ident='A'/></render_fib></response_str>",
        "".join(
            f"<respcondition><conditionvar><varequal respident='A'>{word}</varequal></conditionvar>"
            "<setvar action='Set'>50</setvar></respcondition>"
            for word in ("cork", "oak")
        ),
    )
    assert (found.outcome, "any order" in found.reason) == ("skipped", True)


@pytest.mark.parametrize(
    ("number", "marking", "worths", "told"),
    [
        ("0", "all_or_nothing", None, False),
        ("1", None, [0.5, 0.5, -0.5], False),
        ("2", None, [0.5, 0.5, -0.5], True),
    ],
)
def test_qti12_of_brightspace_says_how_several_answers_are_marked(number, marking, worths, told):
    choices = "".join(
        f"<response_label ident='{key}'><material><mattext>{text}</mattext></material></response_label>"
        for key, text in (("A", "cork"), ("B", "oak"), ("C", "lead"))
    )
    question = brightspace(
        "Multi-Select",
        "Which float?</mattext></material><response_extension><grading_type>"
        f"{number}</grading_type></response_extension><response_lid ident='L' rcardinality='Multiple'>"
        f"<render_choice>{choices}</render_choice></response_lid>",
        "<respcondition><conditionvar>"
        "<varequal respident='L'>A</varequal><varequal respident='L'>B</varequal>"
        "<not><varequal respident='L'>C</varequal></not></conditionvar><setvar action='Add'>1</setvar>"
        "</respcondition>",
    )
    assert question.data.get("marking") == marking
    assert worths is None or [choice["fraction"] for choice in question.data["choices"]] == worths
    assert ("left alone" in question.note) == told
