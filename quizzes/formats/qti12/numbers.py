"""Numbers: exact, within a margin, or between two bounds."""

from quizzes.formats.answers import between, numeric_data
from quizzes.formats.qti12.rules import fractions
from quizzes.formats.result import Broken
from quizzes.formats.text import number


def is_number(response) -> bool:
    """Whether a response asks for a number."""
    kinds = {(fib.get("fibtype") or "").lower() for fib in response.iter("render_fib")}
    if response.tag == "response_num" or next(response.iter("render_fin"), None) is not None:
        return True
    return bool(kinds & {"decimal", "integer", "scientific"})


def read_numbers(item, rules) -> dict:
    """Data of a numeric question by the rules that speak of it. Raises Broken."""
    found = []
    for rule, fraction in fractions(item.element, rules):
        if fraction <= 0:
            continue
        wanted = [value for _ident, raw in rule.wants if (value := number(raw)) is not None]
        bounds = next(iter(rule.bounds.values()), {})
        low, high = bounds.get("low"), bounds.get("high")
        if low is not None and high is not None:
            inside = (value for value in wanted if low <= value <= high)
            answer = next(inside, between(low, high)["answer"])
            answers = [(answer, max(high - answer, answer - low))]
            # What lies outside of the bounds is another answer.
            answers += [(value, 0.0) for value in wanted if not low <= value <= high]
        else:
            answers = [(value, 0.0) for value in wanted]
        found += [
            {"answer": answer, "tolerance": round(tolerance, 12), "fraction": fraction, "feedback": ""}
            for answer, tolerance in answers
        ]
    if not found:
        raise Broken("The question accepts no number.")
    return numeric_data(found)
