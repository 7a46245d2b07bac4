"""QTI 1.2 of Sakai: rules that score nothing, bars between answers, pairs in one group."""

import pytest

from question_files import field, label, labels, material, qti12, respond, tells, wants, when
from quizzes.types import question_type


def sakai(kind, presentation, processing, *, points="4.0", fields="", feedback=""):
    return qti12(
        presentation,
        processing,
        fields=field("qmd_itemtype", kind) + fields,
        feedback=feedback,
        outcome=f'<decvar defaultval="0" maxvalue="{points}" minvalue="0" varname="SCORE"/>',
    )


def gap(ident, tag="render_fib"):
    return f'<response_str ident="{ident}" rcardinality="Ordered"><{tag} columns="9"/></response_str>'


def accepts(ident, value):
    return when(f"<or>{wants(ident, value)}</or>", "0", "Add")


def grade(question, response):
    return question_type(question.type).grade(question.data, response, {}).fraction


def test_a_choice_is_right_by_its_feedback_and_worth_what_the_item_declares():
    question = sakai(
        "Multiple Choice",
        material("Capital?") + respond("MCSC", labels(A="Rome", B="Paris")),
        when(wants("MCSC", "A"), "0.0", "Add", tells="InCorrect")
        + when(wants("MCSC", "B"), "0.0", "Add", tells="Correct"),
        feedback=tells(Correct="Well done.", InCorrect="Look again."),
    )
    assert (question.mark, question.explanation, question.note) == (4.0, "", "")
    assert question.data["choices"] == [
        {"text": "Rome", "correct": False, "feedback": "Look again."},
        {"text": "Paris", "correct": True, "feedback": "Well done."},
    ]


def test_a_question_without_points_has_none():
    question = sakai(
        "True False",
        material("Flat?") + respond("TF", labels(A="true", B="false")),
        when(wants("TF", "A"), "0.0", "Add", tells="InCorrect")
        + when(wants("TF", "B"), "0.0", "Add", tells="Correct"),
        points="0.0",
    )
    assert (question.type, question.data["answer"], question.mark) == ("true_false", False, 0.0)


def test_words_between_bars_are_all_accepted_and_a_star_stands_for_any():
    question = sakai(
        "Fill In the Blank",
        material("Roses are") + gap("FIB00") + material("and violets") + gap("FIB01"),
        accepts("FIB00", "red|crims*") + accepts("FIB01", "blue"),
        fields=field("MUTUALLY_EXCLUSIVE", "false"),
    )
    assert question.text == "Roses are [[1]] and violets [[2]]"
    for words, worth in (({"1": "Crimson", "2": "blue"}, 1.0), ({"1": "red", "2": "red|blue"}, 0.5)):
        assert grade(question, words) == worth


def test_two_numbers_with_a_bar_are_bounds():
    question = sakai(
        "Numeric Response",
        material("Pi is")
        + gap("FIN00", "render_fin")
        + material("or so, and two is")
        + gap("FIN01", "render_fin"),
        accepts("FIN00", "3.1|3.2") + accepts("FIN01", "2"),
    )
    first, second = question.data["gaps"]
    assert (first["type"], first["data"]) == ("numeric", {"answer": 3.15, "tolerance": 0.05})
    assert second["data"] == {"answer": 2.0, "tolerance": 0.0}
    alone = sakai(
        "Numeric Response",
        material("Pi is") + gap("FIN00", "render_fin") + material("or so"),
        accepts("FIN00", "3.1|3.2"),
    )
    assert alone.text.replace("\\", "") == "Pi is _____ or so"
    assert [grade(alone, typed) for typed in ("3.1", "3.14", "3.3")] == [1, 1, 0]


def test_rules_of_pairs_name_the_answer_and_then_the_prompt():
    prompts = "".join(
        label(f"MS-7-{n}", text, match_max="1", match_group="") for n, text in ((1, "France"), (2, "Italy"))
    )
    answers = "".join(
        label(f"MT-7-{key}", text) for key, text in (("A", "Paris"), ("B", "Rome"), ("C", "Oslo"))
    )
    question = sakai(
        "Matching",
        material("Match.") + respond("MATCHING", prompts + answers, "Ordered", "response_grp"),
        when(wants("MT-7-A", "MS-7-1"), "2.0", "Add", tells="CorrectMatch")
        + when(wants("MT-7-B", "MS-7-1"), "0", "Add", tells="InCorrectMatch")
        + when(wants("MT-7-B", "MS-7-2"), "2.0", "Add", tells="CorrectMatch"),
    )
    assert question.data == {
        "pairs": [{"prompt": "France", "answer": "Paris"}, {"prompt": "Italy", "answer": "Rome"}],
        "distractors": ["Oslo"],
    }
    assert (question.text, question.mark) == ("Match.", 4.0)


def test_one_of_several_right_choices_is_the_whole_answer():
    question = sakai(
        "Multiple Correct Single Selection",
        material("Name a tree.") + respond("MCSS", labels(A="oak", B="elm", C="pen"), "Multiple"),
        when(wants("MCSS", "A"), "0.0", "Add", tells="Correct")
        + when(wants("MCSS", "B"), "0.0", "Add", tells="Correct")
        + when(wants("MCSS", "C"), "0.0", "Add", tells="InCorrect"),
    )
    assert question.type == "single_choice"
    assert [grade(question, choice) for choice in range(3)] == [1.0, 1.0, 0.0]


@pytest.mark.parametrize("kind", ["Survey Matrix", "Calculated Question", "Extended Matching Items"])
def test_kinds_that_do_not_exist_here_are_skipped(kind):
    assert sakai(kind, material("Say.") + respond("R", labels(A="a", B="b")), "").outcome == "skipped"
