"""QTI 1.2 of Canvas and of cartridges."""

import pytest

from question_files import field, label, labels, material, only, qti12, respond, tells, wants, when
from quizzes.authoring import question_problems
from quizzes.formats.exact import normal
from quizzes.rendering import to_html
from quizzes.types import question_type


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


def test_every_item_has_a_kind():
    assert only("<questestinterop><item title='x'/></questestinterop>").kind == "item"


def canvas_item(kind, presentation, processing, feedback=""):
    outcome = '<decvar maxvalue="100" varname="SCORE"/>'
    return qti12(
        presentation, processing, fields=field("question_type", kind), feedback=feedback, outcome=outcome
    )


def test_qti12_lists_in_a_text_keep_what_is_said_of_each_choice():
    question = canvas_item(
        "multiple_dropdowns_question",
        "<material><mattext>Roses are [c].</mattext></material>"
        '<response_lid ident="response_c"><material><mattext>c</mattext></material><render_choice>'
        f"{label('1', 'red')}{label('2', 'tall')}</render_choice></response_lid>",
        '<respcondition><conditionvar><varequal respident="response_c">1</varequal></conditionvar>'
        '<setvar action="Add">100</setvar></respcondition><respcondition><conditionvar>'
        '<varequal respident="response_c">2</varequal></conditionvar>'
        '<displayfeedback linkrefid="2_fb"/></respcondition>',
        '<itemfeedback ident="2_fb"><material><mattext>A colour.</mattext></material></itemfeedback>',
    )
    assert question.data["gaps"][0]["data"]["choices"] == [
        {"text": "red", "correct": True}, {"text": "tall", "correct": False, "feedback": "A colour."},
    ]  # fmt: skip


def test_qti12_points_below_the_declared_ones_are_the_whole_where_rules_exclude_each_other():
    question = canvas_item(
        "short_answer_question",
        "<material><mattext>Capital?</mattext></material>"
        '<response_str ident="r"><render_fib/></response_str>',
        '<respcondition><conditionvar><varequal respident="r">Rome</varequal></conditionvar>'
        '<setvar action="Set">10</setvar></respcondition>'
        '<respcondition><conditionvar><varequal respident="r">Roma</varequal></conditionvar>'
        '<setvar action="Set">5</setvar></respcondition>',
    )
    assert question.data["answers"] == ["Rome", {"text": "Roma", "fraction": 0.5}]


@pytest.mark.parametrize(
    ("kind", "marking"),
    [("cc.multiple_response.v0p1", "all_or_nothing"), ("multiple_answers_question", None)],
)
def test_qti12_of_a_cartridge_wants_all_right_choices_together(kind, marking):
    question = canvas_item(
        kind,
        '<material><mattext>Pick.</mattext></material><response_lid ident="r" rcardinality="Multiple">'
        f"<render_choice>{labels(A='a', B='b', C='c')}</render_choice></response_lid>",
        '<respcondition><conditionvar><and><varequal respident="r">A</varequal><not>'
        '<varequal respident="r">B</varequal></not><varequal respident="r">C</varequal></and>'
        '</conditionvar><setvar action="Set">100</setvar></respcondition>',
    )
    assert [choice["correct"] for choice in question.data["choices"]] == [True, False, True]
    assert question.data.get("marking") == marking


def test_canvas_takes_as_much_for_a_wrong_tick_as_it_gives_for_a_right_one():
    question = canvas_item(
        "multiple_answers_question",
        material("Which float?") + respond("r", labels(a="cork", b="oak", c="lead"), "Multiple"),
        when(f"<and>{wants('r', 'a')}{wants('r', 'b')}<not>{wants('r', 'c')}</not></and>"),
    )
    assert [choice["fraction"] for choice in question.data["choices"]] == [0.5, 0.5, -0.5]


@pytest.mark.parametrize(("points", "mark"), [("0.0", 0.0), ("2.5", 2.5)])
def test_canvas_questions_may_give_no_points(points, mark):
    question = qti12(
        material("Flat?") + respond("r", labels(a="True", b="False")),
        when(wants("r", "b")),
        fields=field("question_type", "true_false_question") + field("points_possible", points),
    )
    assert question.mark == mark


ASIDE = tells(general_fb="Think of water.", correct_fb="Yes.", general_incorrect_fb="No.")


def test_canvas_tells_right_and_wrong_answers_as_a_whole():
    one = canvas_item(
        "multiple_choice_question",
        material("Which floats?") + respond("r", labels(a="cork", b="lead")),
        when(wants("r", "a")) + f"<respcondition><conditionvar>{wants('r', 'b')}</conditionvar>"
        '<displayfeedback linkrefid="b_fb"/></respcondition>',
        ASIDE + tells(b_fb="Lead is heavy."),
    )
    assert one.explanation == "Think of water."
    assert [choice["feedback"] for choice in one.data["choices"]] == ["Yes.", "Lead is heavy.\n\nNo."]
    word = canvas_item(
        "short_answer_question",
        material("What floats?") + '<response_str ident="r"><render_fib/></response_str>',
        when(wants("r", "cork")),
        ASIDE,
    )
    assert word.data["answers"] == [{"text": "cork", "feedback": "Yes."}]
    assert (word.data["feedback_otherwise"], word.note) == ("No.", "")
    essay = canvas_item(
        "essay_question", material("Why?") + '<response_str ident="r"><render_fib/></response_str>', "", ASIDE
    )
    assert (essay.explanation, "as a whole" in essay.note) == ("Think of water.", True)


def test_a_gap_that_canvas_names_twice_is_answered_once():
    question = canvas_item(
        "fill_in_multiple_blanks_question",
        material("A [c] is a [c].") + '<response_lid ident="response_c"><material><mattext>c</mattext>'
        f"</material><render_choice>{label('1', 'rose')}</render_choice></response_lid>",
        when(wants("response_c", "1")),
    )
    assert question.text.replace("\\", "") == "A [[1]] is a _____."
    assert "more than once" in question.note


def test_a_plain_answer_of_nothing_but_a_tag_is_that_tag():
    answers = f"{label('a', '&lt;br /&gt;')}{label('b', '&lt;hr /&gt;')}"
    question = canvas_item(
        "multiple_choice_question", material("Which breaks?") + respond("r", answers), when(wants("r", "a"))
    )
    assert [to_html(choice["text"]).strip() for choice in question.data["choices"]] == [
        "<p>&lt;br /&gt;</p>", "<p>&lt;hr /&gt;</p>",
    ]  # fmt: skip


def formula_of_canvas(formula, answer, decimals=2):
    return canvas_item(
        "calculated_question",
        material("[n] and [k]?") + '<response_str ident="r"><render_fib fibtype="Decimal"/></response_str>',
        "",
        "<itemproc_extension><calculated><answer_tolerance>0</answer_tolerance>"
        f'<formulas decimal_places="{decimals}"><formula>{formula}</formula></formulas>'
        '<vars><var name="n" scale="0"><min>5</min><max>6</max></var><var name="k" scale="0"><min>2</min>'
        '<max>3</max></var></vars><var_sets><var_set ident="1"><var name="n">6</var><var name="k">2</var>'
        f"<answer>{answer}</answer></var_set></var_sets></calculated></itemproc_extension>",
    )


@pytest.mark.parametrize(
    ("formula", "answer"),
    [
        ("comb(n, k) + fact(k)", 17),
        ("perm(n,k) + mean(n, k)", 34),
        ("log(n) + log(n, k) + ln(k)", 4.06),
        ("n^k * sin(deg_to_rad(90))", 36),
        ("sum(n, k) + median(1, n, k)", 10),
    ],
)
def test_formulas_of_canvas_give_the_answers_that_it_computed(formula, answer):
    question = formula_of_canvas(formula, answer)
    assert question.type == "calculated"
    assert not question_problems(type=question.type, text=question.text, data=question.data)
    right = question_type("calculated").right_answer(question.data, {"parameters": {"n": 6, "k": 2}})
    assert float(right) == pytest.approx(answer, abs=0.01)


@pytest.mark.parametrize(
    ("formula", "outcome", "reason"),
    [("n + k", "failed", "other answers"), ("sort(n, k)", "skipped", "formulas here don't have")],
)
def test_a_formula_that_does_not_give_these_answers_is_not_taken(formula, outcome, reason):
    found = formula_of_canvas(formula, 12.5)
    assert (found.outcome, reason in found.reason) == (outcome, True)


def test_an_order_that_one_rule_wants_as_a_whole_gives_nothing_for_a_part():
    rule = when("".join(wants("r", key) for key in "bac"))
    question = canvas_item(
        "ordering_question",
        material("Sort.") + respond("r", labels(a="two", b="one", c="three"), "Ordered"),
        rule,
    )
    assert question.data == {"items": ["one", "two", "three"], "marking": "all_or_nothing"}


def test_what_is_said_of_single_pairs_is_not_lost_without_a_word():
    pairs = "".join(
        f'<response_lid ident="response_{key}">{material(prompt)}<render_choice>'
        f"{labels(x='Paris', y='Rome')}</render_choice></response_lid>"
        for key, prompt in (("1", "France"), ("2", "Italy"))
    )
    wrong = f"<respcondition><conditionvar><not>{wants('response_1', 'x')}</not></conditionvar>"
    question = canvas_item(
        "matching_question",
        material("Match.") + pairs,
        when(wants("response_1", "x"), 50, "Add")
        + when(wants("response_2", "y"), 50, "Add")
        + f'{wrong}<displayfeedback linkrefid="1_fb"/></respcondition>',
        tells(**{"1_fb": "Think of the Seine."}),
    )
    assert [pair["answer"] for pair in question.data["pairs"]] == ["Paris", "Rome"]
    assert "single answers" in question.note


def test_gaps_of_canvas_keep_what_is_said_of_each_word():
    question = canvas_item(
        "fill_in_multiple_blanks_question",
        material("A [c].") + '<response_lid ident="response_c"><material><mattext>c</mattext></material>'
        f"<render_choice>{label('1', 'rose')}{label('2', 'tulip')}</render_choice></response_lid>",
        when(wants("response_c", "1"))
        + f"<respcondition><conditionvar>{wants('response_c', '2')}</conditionvar>"
        '<displayfeedback linkrefid="2_fb"/></respcondition>',
        tells(**{"2_fb": "From Holland?"}),
    )
    answers = question.data["gaps"][0]["data"]["answers"]
    assert answers == ["rose", {"text": "tulip", "feedback": "From Holland?"}]
    assert question.note == ""
