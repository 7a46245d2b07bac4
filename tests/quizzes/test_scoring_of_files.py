"""What a question of another system is worth, and what counts as right, in the cases where files leave it to
their reader to work that out.
"""

import pytest

from question_files import IMS, field, only, zipped
from quizzes.formats import read_questions
from quizzes.types import question_type

SEVERAL = (
    '<choiceInteraction responseIdentifier="R" maxChoices="0"><prompt>Which float?</prompt>'
    '<simpleChoice identifier="A">cork</simpleChoice><simpleChoice identifier="B">oak</simpleChoice>'
    '<simpleChoice identifier="C">iron</simpleChoice></choiceInteraction>'
)
RIGHT = "<correctResponse><value>A</value><value>B</value></correctResponse>"
MAPPED = (
    '<mapping lowerBound="0" upperBound="2" defaultValue="-1"><mapEntry mapKey="A" mappedValue="1"/>'
    '<mapEntry mapKey="B" mappedValue="1"/></mapping>'
)


def qti21(body, *, right=RIGHT, outcome="", template="", processing="", cardinality="multiple"):
    template = f' template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/{template}"' * bool(
        template
    )
    return (
        f'<assessmentItem {IMS} identifier="i" title="Wood"><responseDeclaration identifier="R" '
        f'cardinality="{cardinality}" baseType="identifier">{right}</responseDeclaration>{outcome}'
        f"<itemBody>{body}</itemBody><responseProcessing{template}>{processing}</responseProcessing>"
        "</assessmentItem>"
    )


def test_a_right_answer_without_a_mapping_is_all_or_nothing():
    question = only(qti21(SEVERAL, template="match_correct"))
    assert question.data["marking"] == "all_or_nothing"
    assert [choice["correct"] for choice in question.data["choices"]] == [True, True, False]


def test_a_mapping_counts_where_the_item_asks_for_it_only():
    mapped = only(qti21(SEVERAL, right=RIGHT + MAPPED, template="map_response"))
    assert (mapped.mark, mapped.data.get("marking")) == (2.0, None)
    assert [choice["fraction"] for choice in mapped.data["choices"]] == [0.5, 0.5, -0.5]
    compared = only(qti21(SEVERAL, right=RIGHT + MAPPED, template="match_correct"))
    assert (compared.mark, compared.data["marking"]) == (1.0, "all_or_nothing")


@pytest.mark.parametrize(
    "outcome",
    [
        '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float" normalMaximum="4"/>',
        '<outcomeDeclaration identifier="MAXSCORE" cardinality="single" baseType="float"><defaultValue>'
        "<value>4</value></defaultValue></outcomeDeclaration>",
    ],
)
def test_the_declared_points_of_an_item_are_kept(outcome):
    assert only(qti21(SEVERAL, outcome=outcome, template="match_correct")).mark == 4.0


def test_points_that_only_the_processing_gives_are_kept():
    given = (
        '<responseCondition><responseIf><match><variable identifier="R"/><correct identifier="R"/></match>'
        '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">2</baseValue></setOutcomeValue>'
        "</responseIf></responseCondition>"
    )
    assert only(qti21(SEVERAL, processing=given)).mark == 2.0


def test_an_order_that_must_be_whole_gives_nothing_for_a_part():
    body = (
        '<orderInteraction responseIdentifier="R"><prompt>First to last?</prompt>'
        '<simpleChoice identifier="A">one</simpleChoice><simpleChoice identifier="B">two</simpleChoice>{}'
        "</orderInteraction>"
    )
    question = only(qti21(body.format(""), template="match_correct", cardinality="ordered"))
    assert question.data == {"items": ["one", "two"], "marking": "all_or_nothing"}
    spare = body.format('<simpleChoice identifier="C">three</simpleChoice>')
    assert only(qti21(spare, cardinality="ordered")).outcome == "skipped"


def test_an_item_that_asks_several_things_becomes_one_text_with_gaps():
    declared = (
        '</responseDeclaration><responseDeclaration identifier="S" cardinality="single" baseType="string">'
        '<mapping defaultValue="0"><mapEntry mapKey="rope" mappedValue="2"/></mapping>'
    )
    choice = SEVERAL.replace('maxChoices="0"', 'maxChoices="1"')
    question = only(
        qti21(
            f'{choice}<p>Tie it with a <textEntryInteraction responseIdentifier="S"/>.</p>',
            right=f"<correctResponse><value>B</value></correctResponse>{declared}",
            cardinality="single",
        )
    )
    assert (question.type, question.text) == ("gap_fill", "Which float? [[1]]\n\nTie it with a [[2]].")
    menu, word = question.data["gaps"]
    assert [c["correct"] for c in menu["data"]["choices"]] == [False, True, False]
    assert (word["data"]["answers"], word["weight"]) == (["rope"], 2.0)


def test_a_star_in_an_accepted_word_is_no_wildcard():
    words = (
        f'<assessmentItem {IMS} identifier="i"><responseDeclaration identifier="R" cardinality="single" '
        'baseType="string"><correctResponse><value>a*b</value></correctResponse></responseDeclaration>'
        '<itemBody><p>Product? <textEntryInteraction responseIdentifier="R"/></p></itemBody></assessmentItem>'
    )
    assert only(words).data["answers"] == [r"a\*b"]
    assert only(canvas_gap("a*b", kind="short_answer_question")).data["answers"] == [r"a\*b"]


def test_a_test_decides_the_order_and_the_weights_and_names_what_is_missing():
    test = (
        f'<assessmentTest {IMS} identifier="t"><testPart identifier="p"><assessmentSection identifier="s">'
        '<assessmentItemRef identifier="last" href="items/z.xml"><weight identifier="W" value="3"/>'
        '</assessmentItemRef><assessmentItemRef identifier="first" href="items/a.xml"/>'
        '<assessmentItemRef identifier="gone" href="items/g.xml"/></assessmentSection></testPart>'
        "</assessmentTest>"
    )
    item = qti21(SEVERAL, template="match_correct")
    reading = read_questions(zipped(**{"test.xml": test, **{f"items/{name}.xml": item for name in "abz"}}))
    assert [(entry.path, getattr(entry, "mark", None)) for entry in reading.items] == [
        ("items/z.xml", 3.0),
        ("items/a.xml", 1.0),
        ("items/b.xml", 1.0),
        ("items/g.xml", None),
    ]
    assert reading.items[-1].outcome == "failed"
    alone = read_questions(test.encode())
    assert [(entry.name, entry.outcome) for entry in alone.items] == [
        (name, "failed") for name in ("last", "first", "gone")
    ]


def canvas_gap(word, *, kind="fill_in_multiple_blanks_question", answer="", more="", meta="", head="c7"):
    """One Canvas item whose gap [c7] lists `word` and, where given, another label."""
    fields = field("question_type", kind) + meta
    if kind == "short_answer_question":
        response = (
            '<response_str ident="r"><render_fib><response_label ident="x"/></render_fib></response_str>'
        )
        wanted = f'<varequal respident="r">{word}</varequal>'
    else:
        response = (
            f'<response_lid ident="response_c7"><material><mattext>{head}</mattext></material><render_choice>'
            f'<response_label ident="x" {answer}><material><mattext>{word}</mattext></material>'
            f"</response_label>{more}</render_choice></response_lid>"
        )
        wanted = '<varequal respident="response_c7">x</varequal>'
    return (
        '<questestinterop><assessment title="T"><section ident="root"><item ident="i" title="Sail">'
        f"<itemmetadata><qtimetadata>{fields}</qtimetadata></itemmetadata><presentation><material>"
        f'<mattext texttype="text/html">&lt;p&gt;Haul the [c7] now.&lt;/p&gt;</mattext></material>{response}'
        f"</presentation><resprocessing><respcondition><conditionvar>{wanted}</conditionvar><setvar "
        'action="Set">100</setvar></respcondition></resprocessing></item></section></assessment>'
        "</questestinterop>"
    )


def test_new_quizzes_offer_a_list_where_the_answers_say_so():
    other = (
        '<response_label ident="y" answer_type="dropdown"><material><mattext>anchor</mattext></material>'
        "</response_label>"
    )
    # Its exports show the right word where others name the gap.
    question = only(canvas_gap("sheet", answer='answer_type="dropdown"', more=other, head="sheet"))
    assert question.text == "Haul the [[1]] now."
    assert question.data["gaps"][0]["data"]["choices"] == [
        {"text": "sheet", "correct": True},
        {"text": "anchor", "correct": False},
    ]


def test_new_quizzes_say_how_a_word_is_compared():
    case = field("case_sensitive", "true")
    contains = only(canvas_gap("sheet", answer='scoring_algorithm="TextContainsAnswer"', meta=case))
    assert contains.data["gaps"][0]["data"] == {"answers": ["*sheet*"], "case_sensitive": True}
    close = only(canvas_gap("sheet", answer='scoring_algorithm="TextCloseEnough"'))
    assert "typing mistakes" in close.note
    pattern = only(canvas_gap("^s.*t$", answer='scoring_algorithm="TextRegex"'))
    assert (pattern.outcome, "Regular expressions" in pattern.reason) == ("skipped", True)


def test_a_group_of_canvas_sets_the_points_and_says_that_it_drew():
    group = (
        '<section ident="g" title="Pool"><selection_ordering><selection><selection_number>1'
        "</selection_number>{}<selection_extension><points_per_item>5</points_per_item>"
        "</selection_extension></selection></selection_ordering>"
    )
    source = canvas_gap("sheet").replace('<item ident="i"', group.format("") + '<item ident="i"')
    item = source[source.index("<item ") : source.index("</item>") + len("</item>")]
    source = source.replace("</item>", f"</item>{item}</section>")
    reading = read_questions(source.encode())
    assert [(q.mark, "drew 1" in q.note) for q in reading.items] == [(5.0, True), (5.0, True)]
    bank = group.format("<sourcebank_ref>b</sourcebank_ref>") + "</section></section></assessment>"
    drawn = read_questions(canvas_gap("sheet").replace("</section></assessment>", bank).encode())
    assert [getattr(entry, "outcome", "imported") for entry in drawn.items] == ["skipped", "imported"]


def test_formulas_in_the_text_of_a_calculated_question_are_read():
    question = only(
        '<quiz><question type="calculated"><name><text>Rope</text></name><questiontext format="html"><text>'
        "&lt;p&gt;Twice {a} is {=2*{a}}. What is half of it?&lt;/p&gt;</text></questiontext>"
        '<answer fraction="100"><text>{a}/2</text><tolerance>0.1</tolerance></answer><dataset_definitions>'
        "<dataset_definition><name><text>a</text></name><minimum><text>1</text></minimum><maximum><text>9"
        "</text></maximum><decimals><text>0</text></decimals></dataset_definition></dataset_definitions>"
        "</question></quiz>"
    )
    assert question.text == "Twice {a} is {=2*a}. What is half of it?"


def declared(name, right, mapping=""):
    return (
        f'<responseDeclaration identifier="{name}" cardinality="single" baseType="string"><correctResponse>'
        f"<value>{right}</value></correctResponse>{mapping}</responseDeclaration>"
    )


TWO = (
    f'<assessmentItem {IMS} identifier="i" title="Sky">{declared("R", "Blue")}{declared("S", "Gray")}'
    '<itemBody><p>By day <textEntryInteraction responseIdentifier="R"/>, at dusk '
    '<textEntryInteraction responseIdentifier="S"/>.</p></itemBody>'
    "<responseProcessing>{}</responseProcessing></assessmentItem>"
)


def given(points, *identifiers):
    """A branch that gives points where all these answers are right."""
    right = "".join(
        f'<match><variable identifier="{key}"/><correct identifier="{key}"/></match>' for key in identifiers
    )
    condition = right if len(identifiers) == 1 else f"<and>{right}</and>"
    return (
        f'<responseCondition><responseIf>{condition}<setOutcomeValue identifier="SCORE"><sum><variable '
        f'identifier="SCORE"/><baseValue baseType="float">{points}</baseValue></sum></setOutcomeValue>'
        "</responseIf></responseCondition>"
    )


def test_points_that_the_processing_gives_for_each_gap_are_its_weight():
    question = only(TWO.format(given(2, "R") + given(3, "S")))
    assert question.mark == 5.0
    assert [gap["weight"] for gap in question.data["gaps"]] == [2.0, 3.0]
    assert question.note == ""


def test_gaps_that_are_right_together_only_are_told():
    question = only(TWO.format(given(1, "R", "S")))
    assert (question.mark, "together" in question.note) == (1.0, True)


def test_a_mapping_gives_no_more_than_its_upper_bound():
    bound = MAPPED.replace('upperBound="2" defaultValue="-1"', 'upperBound="1" defaultValue="0"')
    question = only(qti21(SEVERAL, right=RIGHT + bound, template="map_response"))
    grade = question_type("multiple_choice").grade
    assert question.mark == 1.0
    assert [grade(question.data, ticks, {}).fraction for ticks in ([0], [0, 1], [2])] == [1.0, 1.0, 0.0]


def word(mapping="", template="match_correct"):
    return only(
        f'<assessmentItem {IMS} identifier="i" title="T">{declared("R", "York", mapping)}<itemBody><p>House? '
        '<textEntryInteraction responseIdentifier="R"/></p></itemBody><responseProcessing template="'
        f'http://www.imsglobal.org/question/qti_v2p1/rptemplates/{template}"/></assessmentItem>'
    )


def test_capitals_count_where_words_are_compared_or_listed_twice():
    listed = (
        '<mapping defaultValue="0"><mapEntry mapKey="York" mappedValue="1"/>'
        '<mapEntry mapKey="york" mappedValue="0.5"/></mapping>'
    )
    grade = question_type("short_text").grade
    for question, worths in ((word(), [1.0, 0.0]), (word(listed, "map_response"), [1.0, 0.5])):
        assert [grade(question.data, typed, {}).fraction for typed in ("York", "york")] == worths
