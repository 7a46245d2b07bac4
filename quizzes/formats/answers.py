"""Accepted words and numbers of other systems, as this site says them."""

import re

from quizzes.formats.result import Broken
from quizzes.formats.text import number


def plain_answers(found):
    """Answers as bare words where they need nothing more."""
    return [
        answer["text"]
        if answer["fraction"] == 1 and not answer["feedback"]
        else {key: value for key, value in answer.items() if value != ""}
        for answer in found
    ]


# A comma before three digits: a thousand for some, a decimal sign for others.
_TWO_WAYS = re.compile(r"\s*[+-]?[1-9]\d{0,2},\d{3}\s*")


def exact_number(raw: str) -> float:
    """A number that can be read in one way only. Raises Broken."""
    value = number(raw)
    if value is None:
        raise Broken(f"“{raw.strip()[:40]}” is not a number.")
    if _TWO_WAYS.fullmatch(raw):
        raise Broken(f"“{raw.strip()}” can be read in two ways: write it without the comma.")
    return value


def reach(best: float, *, scaled: bool) -> str:
    """A sentence where the best answer gives less than the whole mark, as other systems refuse it. `scaled`:
    here it gives all of it.
    """
    if best <= 0 or best >= 0.95:  # teachers round thirds
        return ""
    percent = f"{round(best * 100, 2):g} %"
    if scaled:
        return f"The best answer gave {percent} of the mark there; here it gives all of it."
    return f"No answer gives the whole mark: the best gives {percent}."


def numeric_answer(raw: str) -> dict:
    """{"answer", "tolerance"} of `3.14`, `3.14:0.01` or `3..4`. Raises Broken."""
    low, dots, high = raw.partition("..")
    if dots:
        least, most = number(low), number(high)
        if least is None or most is None:
            raise Broken(f"“{raw}” is not a range of numbers.")
        return between(least, most)
    answer, colon, tolerance = raw.partition(":")
    value, allowed = exact_number(answer), number(tolerance) if colon and tolerance.strip() else 0.0
    if allowed is None:
        raise Broken(f"“{raw}” is not a number.")
    return {"answer": value, "tolerance": abs(allowed)}


def between(low: float, high: float) -> dict:
    """{"answer", "tolerance"} of a range, without the last binary digits that halving leaves behind."""
    return {"answer": float(f"{(low + high) / 2:.12g}"), "tolerance": float(f"{abs(high - low) / 2:.12g}")}


def numeric_data(found: list[dict], otherwise: str = "", **more) -> dict:
    """Data of a numeric question: the best answer first, the others as alternatives."""
    best = max(found, key=lambda answer: answer["fraction"])
    if best["fraction"] <= 0:
        raise Broken("No answer is marked as right.")
    data = {key: value for key, value in best.items() if key != "fraction" and value != ""}
    others = [
        {key: value for key, value in answer.items() if value != ""} for answer in found if answer is not best
    ]
    if others:
        data["alternatives"] = others
    if otherwise:
        data["feedback_otherwise"] = otherwise
    return data | more
