"""QTI 1.2 of Blackboard, whose type says more than its cardinality."""

import pytest

from question_files import labels, material, only, respond, tells, wants, when


def several(partial):
    rule = when(
        f"<and>{wants('response', 'a')}<not>{wants('response', 'b')}</not>{wants('response', 'c')}</and>",
        "SCORE.max",
    )
    return only(
        '<questestinterop><item maxattempts="0"><itemmetadata><bbmd_questiontype>Multiple Answer'
        f"</bbmd_questiontype><bbmd_partialcredit>{partial}</bbmd_partialcredit>"
        "<qmd_absolutescore_max>2.0</qmd_absolutescore_max></itemmetadata><presentation>"
        f"{material('Which float?')}{respond('response', labels(a='cork', b='lead', c='oak'))}</presentation>"
        '<resprocessing><outcomes><decvar maxvalue="2.0" varname="SCORE"/></outcomes>'
        f"{rule}</resprocessing></item></questestinterop>"
    )


@pytest.mark.parametrize(("partial", "marking"), [("false", "all_or_nothing"), ("true", None)])
def test_several_answers_are_several_and_shared_only_if_the_file_says_so(partial, marking):
    question = several(partial)
    assert (question.type, question.mark) == ("multiple_choice", 2.0)
    assert [choice["correct"] for choice in question.data["choices"]] == [True, False, True]
    assert question.data.get("marking") == marking


def blackboard(kind, presentation, processing, *, partial="true", feedback=""):
    return only(
        f'<questestinterop><item maxattempts="0"><itemmetadata><bbmd_questiontype>{kind}</bbmd_questiontype>'
        f"<bbmd_partialcredit>{partial}</bbmd_partialcredit><qmd_absolutescore_max>5.0</qmd_absolutescore_max>"
        f"</itemmetadata><presentation>{presentation}</presentation><resprocessing><outcomes>"
        f'<decvar maxvalue="5.0" varname="SCORE"/></outcomes>{processing}</resprocessing>{feedback}'
        "</item></questestinterop>"
    )


def share(ident, percent):
    """A rule that names a choice, without a value."""
    return when(f'<varequal respident="{ident}" case="No"/>', percent, tells=ident)


def test_choices_give_their_per_cent_and_have_their_own_feedback():
    question = blackboard(
        "Multiple Choice",
        material("Capital?") + respond("response", labels(a="Lyon", b="Paris", c="Rome")),
        when(wants("response", "b"), "SCORE.max")
        + share("a", "50.0")
        + share("b", "100.0")
        + share("c", "0"),
        feedback=tells(a="Close.", c="That is Italy."),
    )
    assert question.data["choices"] == [
        {"text": "Lyon", "correct": True, "fraction": 0.5, "feedback": "Close."},
        {"text": "Paris", "correct": True, "fraction": 1.0},
        {"text": "Rome", "correct": False, "fraction": 0.0, "feedback": "That is Italy."},
    ]


def test_several_choices_give_their_per_cent_each():
    rule = when(f"<and>{wants('response', 'a')}{wants('response', 'b')}</and>", "SCORE.max")
    question = blackboard(
        "Multiple Answer",
        material("Which float?") + respond("response", labels(a="cork", b="oak", c="lead"), "Multiple"),
        rule + share("a", "70") + share("b", "30") + share("c", "-25"),
    )
    assert [choice["fraction"] for choice in question.data["choices"]] == [0.7, 0.3, -0.25]


def test_without_partial_credit_only_the_right_choice_counts():
    question = blackboard(
        "Multiple Choice",
        material("Capital?") + respond("response", labels(a="Lyon", b="Paris")),
        when(wants("response", "b"), "SCORE.max") + share("a", "50.0"),
        partial="false",
    )
    assert [choice["correct"] for choice in question.data["choices"]] == [False, True]
    assert "fraction" not in question.data["choices"][0]


def test_two_given_answers_are_shown_in_words():
    question = blackboard(
        "Either/Or",
        material("Agreed?")
        + respond(
            "response", labels(**{key: key for key in ("agree_disagree.true", "agree_disagree.false")})
        ),
        when(wants("response", "agree_disagree.false"), "SCORE.max"),
    )
    assert [(choice["text"], choice["correct"]) for choice in question.data["choices"]] == [
        ("Agree", False), ("Disagree", True),
    ]  # fmt: skip
