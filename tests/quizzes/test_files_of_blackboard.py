"""QTI 1.2 of Blackboard, whose type says more than its cardinality."""

import pytest

from question_files import labels, material, only, respond, wants, when


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
