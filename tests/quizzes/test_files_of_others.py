"""Oddities of other systems' files: what they show that questions here can't, and keys easily misread.

Nothing of a file is lost without a word, and nothing that it counts as wrong becomes right.
"""

import pytest

from quizzes.formats import FAILED, SKIPPED, read_questions
from quizzes.formats.markup import CLOSE, OPEN, to_markdown
from quizzes.formats.pictures import PictureBox
from quizzes.rendering import to_html

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
IMS = 'xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1"'


def moodle(*questions):
    return f"<quiz>{''.join(questions)}</quiz>"


def question_of(kind, text, inner=""):
    return (
        f'<question type="{kind}"><name><text>N</text></name><questiontext format="html">'
        f"<text><![CDATA[{text}]]></text></questiontext>{inner}</question>"
    )


def only(source, name="file"):
    (item,) = read_questions(source.encode(), name=name).items
    return item


# ------------------------------------------------------------------------------------------------- texts


def test_cells_of_a_table_keep_formulas_pictures_and_gaps():
    source = moodle(
        question_of(
            "cloze",
            r'<table><tr><th>\(x^2\)</th><th>Word</th></tr><tr><td colspan="2">'
            f'<img src="data:image/png;base64,{PIXEL}" alt="Dot"> {{1:SA:=four}}</td></tr></table>',
        )
    )
    question = only(source)
    assert not {OPEN, CLOSE} & set(question.text)
    html = to_html(question.text)
    for part in ('alttext="x^2"', 'alt="Dot"', 'colspan="2"', "[[1]]", "<th>Word</th>"):
        assert part in html


def test_a_formula_that_canvas_made_a_picture_of_is_a_formula():
    html = (
        '<p>Take 5<img class="equation_image" src="/equation_images/x" alt="LaTeX: x&lt;3" '
        'data-equation-content="x&lt;3">2 and <img class="equation_image" src="/e" alt="LaTeX: y"></p>'
    )
    assert to_markdown(html) == "Take 5 $x<3$ 2 and $y$"
    assert to_html(to_markdown(html)).count("<math") == 2


def test_a_film_of_the_web_becomes_a_link_and_what_cannot_be_played_is_named():
    pictures = PictureBox({})
    shown = to_markdown(
        '<iframe src="//www.youtube.com/embed/x" title="A [film]"></iframe><audio src="a.mp3">no</audio>'
        '<p><a href="notes.pdf">Notes</a> <a href="#top">up</a></p>',
        image=pictures.resolver(),
    )
    assert shown == "[A \\[film\\]](<https://www.youtube.com/embed/x>)\n\nNotes up"
    assert pictures.note().endswith(": a.mp3, notes.pdf.")


def test_what_one_question_lacks_is_not_told_of_the_next():
    broken = question_of(
        "shortanswer", '<img src="lost.png"> a', '<answer fraction="0"><text>x</text></answer>'
    )
    failed, description = read_questions(moodle(broken, question_of("description", "Read.")).encode()).items
    assert failed.outcome == FAILED
    assert description.note == ""


def test_gift_names_the_pictures_that_it_cannot_bring():
    question = only('::P::[html]<p>See <img src\\="@@PLUGINFILE@@/map.png" alt\\="map"></p> {=here ~there}')
    assert "map.png" in question.note


def test_gift_questions_need_no_blank_line_before_a_name():
    reading = read_questions(b"::A\nlong name::One? {\n=1\n~2\n}\n::B::Two? {#3..4}.\n")
    assert [item.name for item in reading.questions] == ["A long name", "B"]


# ------------------------------------------------------------------------------------------------ Moodle


def test_moodle_essays_that_ask_for_files_are_skipped_or_say_that_files_are_left_out():
    upload = question_of("essay", "Hand in.", "<responseformat>noinline</responseformat>")
    both = question_of(
        "essay", "Write.", "<responseformat>editor</responseformat><attachments>2</attachments>"
    )
    skipped, question = read_questions(moodle(upload, both).encode()).items
    assert skipped.outcome == SKIPPED
    assert "attach" in question.note


def test_moodle_multiple_response_of_the_open_university_shares_the_mark():
    answers = "".join(
        f'<answer fraction="{fraction}"><text>{text}</text></answer>'
        for text, fraction in (("1", 100), ("2", 0), ("3", 100))
    )
    question = only(moodle(question_of("oumultiresponse", "Odd?", answers)))
    assert question.type == "multiple_choice"
    assert [choice["correct"] for choice in question.data["choices"]] == [True, False, True]


def test_moodle_pictures_as_answers_of_pairs_are_skipped_not_dropped():
    pairs = (
        '<subquestion><text>a</text><answer><text><![CDATA[<img src="a.png">]]></text></answer></subquestion>'
        "<subquestion><text>b</text><answer><text>B</text></answer></subquestion>"
        "<subquestion><text>c</text><answer><text>C</text></answer></subquestion>"
    )
    assert only(moodle(question_of("matching", "Pair.", pairs))).outcome == SKIPPED


@pytest.mark.parametrize(
    ("words", "told"), [("Your answer is incorrect.", False), ("Read chapter 3 again.", True)]
)
def test_moodle_feedback_for_the_answer_as_a_whole_is_not_lost_in_silence(words, told):
    inner = (
        '<answer fraction="100"><text>a</text></answer><answer fraction="0"><text>b</text></answer>'
        f"<incorrectfeedback><text>{words}</text></incorrectfeedback>"
    )
    assert ("as a whole" in only(moodle(question_of("multichoice", "Pick.", inner))).note) == told


# ------------------------------------------------------------------------------------------------- QTI 2


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


def processed(base_type, right, condition, body='<p>x <textEntryInteraction responseIdentifier="R"/></p>'):
    return (
        f'<assessmentItem {IMS} identifier="i" title="T"><responseDeclaration identifier="R" '
        f'cardinality="single" baseType="{base_type}"><correctResponse>{right}</correctResponse>'
        f"</responseDeclaration><itemBody>{body}</itemBody><responseProcessing><responseCondition>"
        f'<responseIf>{condition}<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1'
        "</baseValue></setOutcomeValue></responseIf></responseCondition></responseProcessing></assessmentItem>"
    )


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


# ----------------------------------------------------------------------------------------------- QTI 1.2


def qti12(kind, presentation, processing, feedback=""):
    return (
        '<questestinterop><item ident="i" title="T"><itemmetadata><qtimetadata><qtimetadatafield>'
        f"<fieldlabel>question_type</fieldlabel><fieldentry>{kind}</fieldentry></qtimetadatafield>"
        f"</qtimetadata></itemmetadata><presentation>{presentation}</presentation><resprocessing><outcomes>"
        f'<decvar maxvalue="100" varname="SCORE"/></outcomes>{processing}</resprocessing>{feedback}</item>'
        "</questestinterop>"
    )


def test_qti12_lists_in_a_text_keep_what_is_said_of_each_choice():
    label = '<response_label ident="{0}"><material><mattext>{1}</mattext></material></response_label>'
    question = only(
        qti12(
            "multiple_dropdowns_question",
            "<material><mattext>Roses are [c].</mattext></material>"
            '<response_lid ident="response_c"><material><mattext>c</mattext></material><render_choice>'
            f"{label.format('1', 'red')}{label.format('2', 'tall')}</render_choice></response_lid>",
            '<respcondition><conditionvar><varequal respident="response_c">1</varequal></conditionvar>'
            '<setvar action="Add">100</setvar></respcondition><respcondition><conditionvar>'
            '<varequal respident="response_c">2</varequal></conditionvar>'
            '<displayfeedback linkrefid="2_fb"/></respcondition>',
            '<itemfeedback ident="2_fb"><material><mattext>A colour.</mattext></material></itemfeedback>',
        )
    )
    assert question.data["gaps"][0]["data"]["choices"] == [
        {"text": "red", "correct": True}, {"text": "tall", "correct": False, "feedback": "A colour."},
    ]  # fmt: skip


def test_qti12_points_below_the_declared_ones_are_the_whole_where_rules_exclude_each_other():
    question = only(
        qti12(
            "short_answer_question",
            "<material><mattext>Capital?</mattext></material>"
            '<response_str ident="r"><render_fib/></response_str>',
            '<respcondition><conditionvar><varequal respident="r">Rome</varequal></conditionvar>'
            '<setvar action="Set">10</setvar></respcondition>'
            '<respcondition><conditionvar><varequal respident="r">Roma</varequal></conditionvar>'
            '<setvar action="Set">5</setvar></respcondition>',
        )
    )
    assert question.data["answers"] == ["Rome", {"text": "Roma", "fraction": 0.5}]


@pytest.mark.parametrize(
    ("kind", "marking"),
    [("cc.multiple_response.v0p1", "all_or_nothing"), ("multiple_answers_question", None)],
)
def test_qti12_of_a_cartridge_wants_all_right_choices_together(kind, marking):
    label = '<response_label ident="{0}"><material><mattext>{0}</mattext></material></response_label>'
    labels = "".join(label.format(ident) for ident in "ABC")
    question = only(
        qti12(
            kind,
            '<material><mattext>Pick.</mattext></material><response_lid ident="r" rcardinality="Multiple">'
            f"<render_choice>{labels}</render_choice></response_lid>",
            '<respcondition><conditionvar><and><varequal respident="r">A</varequal><not>'
            '<varequal respident="r">B</varequal></not><varequal respident="r">C</varequal></and>'
            '</conditionvar><setvar action="Set">100</setvar></respcondition>',
        )
    )
    assert [choice["correct"] for choice in question.data["choices"]] == [True, False, True]
    assert question.data.get("marking") == marking


# ------------------------------------------------------------------------------------------------ tables


def right_of(data):
    return [choice["text"] for choice in data["choices"] if choice["correct"]]


@pytest.mark.parametrize(
    ("head", "answer", "right"),
    [
        ("Question,Answer 1,Answer 2,Answer 3,Time limit (sec),Correct answer(s)", '30,"1,3"', ["2", "4"]),
        ("Question Text,Option 1,Option 2,Option 3,Time in seconds,Correct Answer", "30,3", ["4"]),
        ("question,A,B,C,note,answer", ",3", ["3"]),
        ("question,A,B,C,note,answer", ',"A,C"', ["2", "4"]),
    ],
)
def test_a_table_says_whether_a_number_is_a_choice_or_its_place(head, answer, right):
    question = only(f"{head}\nWhich?,2,3,4,{answer}\n", "quiz.csv")
    assert right_of(question.data) == right


def test_a_table_may_name_its_separator_and_its_wrong_answers():
    settings = only("sep=;\nquestion;answer\nHow much?;1,500\n", "quiz.csv")
    assert settings.data["answer"] == 1.5
    wrong = only("type,question,correct_answer,incorrect_answers\nmultiple,H2O?,Water,Air|Fire\n", "quiz.csv")
    assert right_of(wrong.data) == ["Water"]
    assert len(wrong.data["choices"]) == 3


@pytest.mark.parametrize("row", ['How many?,"1,000"', "When?,1,5", "When?,maybe,never"])
def test_a_row_that_can_be_read_in_two_ways_has_failed(row):
    assert only(f"question,answer\n{row}\n", "quiz.csv").outcome == FAILED
