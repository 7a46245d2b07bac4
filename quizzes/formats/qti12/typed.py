"""Typed answers: words, numbers, essays."""

from quizzes.formats.answers import between, numeric_data
from quizzes.formats.qti12.gaps import read_text_gaps
from quizzes.formats.qti12.rules import accepted, fractions
from quizzes.formats.result import Broken
from quizzes.formats.text import number


def read_typed(item, responses, said, rules, feedback):
    texts = [
        node
        for node in responses
        if node.tag in ("response_str", "response_num", "response_lid", "response_grp")
    ]
    fibs = list(item.presentation.iter("render_fib"))
    if (
        "essay" in said
        or "short response" in said
        or (said == "short answer" and "bbmd_questiontype" in item.meta)
    ):
        return "essay", _essay_notes(feedback)
    is_number = (
        "numeric" in said
        or texts[0].tag == "response_num"
        or any((fib.get("fibtype") or "").lower() in ("decimal", "integer", "scientific") for fib in fibs)
    )
    if is_number:
        return _numeric(item, rules)
    if len(texts) > 1:
        return read_text_gaps(item, texts, rules)
    answers, case = accepted(item.element, texts[0].get("ident") or "", rules, only=True)
    if not answers:
        return "essay", _essay_notes(feedback)
    return "short_text", {"answers": answers, "case_sensitive": case}


def _essay_notes(feedback):
    notes = feedback.get("solution") or feedback.get("general_fb") or ""
    return {"grader_notes": notes} if notes else {}


def _numeric(item, rules):
    found = []
    for rule, fraction in fractions(item.element, rules):
        if fraction <= 0:
            continue
        exact = next((value for _ident, raw in rule.wants if (value := number(raw)) is not None), None)
        bounds = next(iter(rule.bounds.values()), {})
        low, high = bounds.get("low"), bounds.get("high")
        if low is not None and high is not None:
            answer = exact if exact is not None and low <= exact <= high else between(low, high)["answer"]
            tolerance = max(high - answer, answer - low)
        elif exact is not None:
            answer, tolerance = exact, 0.0
        else:
            continue
        found.append(
            {"answer": answer, "tolerance": round(tolerance, 12), "fraction": fraction, "feedback": ""}
        )
    if not found:
        raise Broken("The question accepts no number.")
    return "numeric", numeric_data(found)
