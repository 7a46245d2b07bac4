"""Numbers: exact, within a margin, or between two bounds."""

from quizzes.formats.answers import between, numeric_data
from quizzes.formats.qti12.rules import fractions
from quizzes.formats.result import Broken
from quizzes.formats.text import number


def is_number(response) -> bool:
    """Whether a response asks for a number."""
    kinds = {(fib.get("fibtype") or "").lower() for fib in response.iter("render_fib")}
    return response.tag == "response_num" or bool(kinds & {"decimal", "integer", "scientific"})


def read_numbers(item, rules) -> dict:
    """Data of a numeric question by the rules that speak of it. Raises Broken."""
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
    return numeric_data(found)
