"""QTI 2: keys that only the processing knows, texts, pictures of a package."""

import pytest

from question_files import IMS, PIXEL, only, zipped
from quizzes.formats import FAILED, SKIPPED, read_questions


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
    assert question.explanation == ""
    assert [choice.get("feedback") for choice in question.data["choices"]] == [
        "Oaks grow.", "Pens write.\n\nNo.",
    ]  # fmt: skip


def item(body, *, declared="", title="i", identifier="i"):
    return (
        f'<assessmentItem {IMS} identifier="{identifier}" title="{title}">{declared}'
        f"<itemBody>{body}</itemBody></assessmentItem>"
    )


def typed(name, *words):
    values = "".join(f"<value>{word}</value>" for word in words)
    return (
        f'<responseDeclaration identifier="{name}" cardinality="single" baseType="string">'
        f"<correctResponse>{values}</correctResponse></responseDeclaration>"
    )


def pairs(*right, negative=""):
    values = "".join(f"<value>{pair}</value>" for pair in right)
    return item(
        '<matchInteraction responseIdentifier="R"><prompt>Pair.</prompt><simpleMatchSet>'
        '<simpleAssociableChoice identifier="a" matchMax="2">even</simpleAssociableChoice>'
        '<simpleAssociableChoice identifier="b" matchMax="2">odd</simpleAssociableChoice></simpleMatchSet>'
        '<simpleMatchSet><simpleAssociableChoice identifier="x" matchMax="1">1</simpleAssociableChoice>'
        '<simpleAssociableChoice identifier="y" matchMax="1">2</simpleAssociableChoice>'
        '<simpleAssociableChoice identifier="z" matchMax="1">4</simpleAssociableChoice></simpleMatchSet>'
        "</matchInteraction>",
        declared='<responseDeclaration identifier="R" cardinality="multiple" baseType="directedPair">'
        f"<correctResponse>{values}</correctResponse>{negative}</responseDeclaration>",
    )


def processed(base_type, right, condition, body='<p>x <textEntryInteraction responseIdentifier="R"/></p>'):
    return (
        f'<assessmentItem {IMS} identifier="i" title="T"><responseDeclaration identifier="R" '
        f'cardinality="single" baseType="{base_type}"><correctResponse>{right}</correctResponse>'
        f"</responseDeclaration><itemBody>{body}</itemBody><responseProcessing><responseCondition>"
        f'<responseIf>{condition}<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1'
        "</baseValue></setOutcomeValue></responseIf></responseCondition></responseProcessing></assessmentItem>"
    )


def test_qti21_finds_interactions_whose_names_lost_their_capitals():
    declared = typed("a", "sky", "Sky") + typed("b", "blue")
    question = only(
        item(
            '<div>The <textentryinteraction responseidentifier="a"/> is '
            '<textentryinteraction responseidentifier="b"/>.</div>',
            declared=declared,
        )
    )
    assert (question.type, question.text) == ("gap_fill", "The [[1]] is [[2]].")
    assert question.data["gaps"][0]["data"]["answers"] == ["sky", "Sky"]


def test_qti21_with_a_right_answer_and_nowhere_to_give_it_has_failed():
    assert only(item("<p>The sky is blue.</p>", declared=typed("a", "blue"))).outcome == FAILED


def test_qti21_is_named_by_its_text_where_the_title_is_its_number():
    question = only(item("<p>Who?</p>", identifier="q_07af", title="q_07af"))
    assert question.name == "Who?"


def test_qti21_pairs_are_read_from_the_side_where_each_has_one_partner():
    question = only(pairs("a y", "a z", "b x"))
    assert question.data["pairs"] == [
        {"prompt": "1", "answer": "odd"},
        {"prompt": "2", "answer": "even"},
        {"prompt": "4", "answer": "even"},
    ]
    assert only(pairs("a y", "a z", "b y")).outcome == SKIPPED


def test_qti21_says_that_wrong_pairs_no_longer_cost_points():
    mapping = (
        '<mapping><mapEntry mapKey="a x" mappedValue="-1"/><mapEntry mapKey="a y" mappedValue="1"/>'
        '<mapEntry mapKey="b x" mappedValue="1"/></mapping>'
    )
    assert "cost" in only(pairs("a y", "b x", negative=mapping)).note


@pytest.mark.parametrize(
    ("rounding", "right"),
    [
        ('roundingMode="decimalPlaces" figures="2"', (3.14, 0.005)),
        ('roundingMode="significantFigures" figures="2"', (3.1, 0.05)),
        ('figures="3"', (3.14, 0.005)),
    ],
)
def test_qti21_takes_numbers_that_round_like_the_right_one(rounding, right):
    processing = (
        f'<equalRounded {rounding}><variable identifier="R"/><correct identifier="R"/></equalRounded>'
    )
    question = only(processed("float", "<value>3.14159</value>", processing))
    assert (question.data["answer"], question.data["tolerance"]) == right


def test_qti21_skips_patterns_because_they_do_not_exist_here():
    pattern = '<patternMatch pattern="ab+c"><variable identifier="R"/></patternMatch>'
    assert only(processed("string", "", pattern)).outcome == SKIPPED


def test_qti21_that_gives_a_point_for_each_right_choice_shares_the_mark():
    condition = (
        '<responseCondition><responseIf><member><baseValue baseType="identifier">{0}</baseValue>'
        '<variable identifier="R"/></member><setOutcomeValue identifier="SCORE"><sum>'
        '<variable identifier="SCORE"/><baseValue baseType="float">1</baseValue></sum></setOutcomeValue>'
        "</responseIf></responseCondition>"
    )
    choices = "".join(f'<simpleChoice identifier="{name}">{name}</simpleChoice>' for name in "abc")
    question = only(
        f'<assessmentItem {IMS} identifier="i" title="T"><responseDeclaration identifier="R" '
        'cardinality="multiple" baseType="identifier"><correctResponse><value>a</value><value>b</value>'
        "</correctResponse></responseDeclaration><itemBody>"
        f'<choiceInteraction responseIdentifier="R" maxChoices="0"><prompt>Q</prompt>{choices}'
        f"</choiceInteraction></itemBody><responseProcessing>{condition.format('a')}{condition.format('b')}"
        "</responseProcessing></assessmentItem>"
    )
    assert (question.mark, question.data.get("marking"), question.data["penalty"]) == (2.0, None, 0.0)
    assert [choice["correct"] for choice in question.data["choices"]] == [True, True, False]


def test_qti21_hints_are_hints_and_no_explanation():
    hint = (
        '<modalFeedback outcomeIdentifier="HINTFEEDBACKMODAL" identifier="h" showHide="show"><p>Think.</p>'
        "</modalFeedback></assessmentItem>"
    )
    question = only(item("<p>Read.</p>").replace("</assessmentItem>", hint))
    assert (question.hints, question.explanation) == (["Think."], "")


def paired(interaction, mapping="", template="map_response", outcome=""):
    """An item of QTI 3 whose answers are pairs."""
    right = "".join(f"<qti-value>{pair}</qti-value>" for pair in ("w g", "s h"))
    return only(
        '<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="i" title="T">'
        '<qti-response-declaration identifier="R" cardinality="multiple" base-type="directedPair">'
        f"<qti-correct-response>{right}</qti-correct-response>{mapping}</qti-response-declaration>"
        f"{outcome}<qti-item-body>{interaction}</qti-item-body><qti-response-processing "
        f'template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/{template}.xml"/></qti-assessment-item>'
    )


WORDS = (
    '<qti-gap-match-interaction response-identifier="R"><qti-prompt>Fill.</qti-prompt>'
    '<qti-gap-text identifier="w">winter</qti-gap-text><qti-gap-text identifier="s">summer</qti-gap-text>'
    '<p>The <qti-gap identifier="g"/> made a <qti-gap identifier="h"/>.</p></qti-gap-match-interaction>'
)


def mapped(first, second, default=0):
    return (
        f'<qti-mapping default-value="{default}"><qti-map-entry map-key="w g" mapped-value="{first}"/>'
        f'<qti-map-entry map-key="s h" mapped-value="{second}"/></qti-mapping>'
    )


@pytest.mark.parametrize(
    ("mapping", "template", "mark", "told"),
    [
        (mapped(1, 2, default=-1), "map_response", 3.0, "Wrong pairs cost points there; here they give none. "
         "Its pairs gave different points there; here each gives the same."),
        (mapped(1, 1), "map_response", 2.0, ""),
        ("", "match_correct", 1.0, "Only all pairs together were right there; here each gives its share."),
    ],
)  # fmt: skip
def test_qti3_tells_what_pairs_in_gaps_were_worth(mapping, template, mark, told):
    question = paired(WORDS, mapping, template)
    assert (question.type, question.data["gaps"]) == ("select_from_list", [0, 1])
    assert (question.mark, question.note) == (mark, told)


def test_qti3_pairs_that_are_right_together_only_are_told():
    sets = "".join(
        "<qti-simple-match-set>"
        + "".join(
            f'<qti-simple-associable-choice identifier="{key}">{text}</qti-simple-associable-choice>'
            for key, text in side
        )
        + "</qti-simple-match-set>"
        for side in ((("w", "winter"), ("s", "summer")), (("g", "snow"), ("h", "sun")))
    )
    source = f'<qti-match-interaction response-identifier="R">{sets}</qti-match-interaction>'
    question = paired(f"<p>Match.</p>{source}", template="match_correct")
    assert question.type == "matching"
    assert "together" in question.note


def test_an_item_may_say_that_it_gives_no_points():
    none = (
        '<qti-outcome-declaration identifier="MAXSCORE"><qti-default-value><qti-value>0</qti-value>'
        "</qti-default-value></qti-outcome-declaration>"
    )
    assert paired(WORDS, mapped(0, 0), outcome=none).mark == 0.0


def test_qti21_tells_a_right_and_a_wrong_word_what_the_item_says_of_them():
    question = only(
        f'<assessmentItem {IMS} identifier="i" title="Trees"><responseDeclaration identifier="R" '
        'cardinality="single" baseType="string"><correctResponse><value>oak</value></correctResponse>'
        '</responseDeclaration><itemBody><p>Tree? <textEntryInteraction responseIdentifier="R"/>'
        '<feedbackInline identifier="F" outcomeIdentifier="F">Hm.</feedbackInline></p></itemBody>'
        '<modalFeedback identifier="CORRECT" outcomeIdentifier="F">Yes.</modalFeedback>'
        '<modalFeedback identifier="INCORRECT" outcomeIdentifier="F">No.</modalFeedback>'
        '<modalFeedback identifier="SOLUTION" outcomeIdentifier="F">Look up.</modalFeedback>'
        "</assessmentItem>"
    )
    assert question.data["answers"] == [{"text": "oak", "feedback": "Yes."}]
    assert (question.data["feedback_otherwise"], question.explanation) == ("No.", "Look up.")
    assert "within its text" in question.note
