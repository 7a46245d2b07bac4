"""Numeric answers with tolerances and units.

data: {"answer": float, "tolerance": float, "tolerance_type": "absolute" | "relative" | "geometric",
       "unit": str, "units": {name: factor to the answer's unit}, "unit_required": bool,
       "unit_penalty": float, "unit_penalty_of": "answer" | "mark", "feedback": md,
       "alternatives": [{"answer", "tolerance", "tolerance_type", "fraction", "feedback"}],
       "feedback_otherwise": md}

A unit that is not known makes the answer wrong; so does a missing one that is required. With a `unit_penalty`
the number is judged all the same, and either fault costs that share of what the answer is worth, or of the
question's whole mark.
"""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.types.base import AnswerClass, Grade, QuestionType, first, is_number, register

MAX_LENGTH = 200

_NUMBER = re.compile(r"([+-]?(?:\d[\d ]*(?:[.,]\d+)*|[.,]\d+)(?:[eE][+-]?\d{1,3})?)\s*(.*)", re.DOTALL)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
# Decimals typed by people have no exact binary form: 0.3 must lie within 0.1 of 0.2.
_ROUNDING = 1e-12


def parse_number(raw: str) -> tuple[float, str] | None:
    """The number at the start of `raw` and the unit after it, None if it starts with no number.

    A comma is a decimal comma (3,14), unless it groups thousands (1,000 or 1,234.5); spaces may group digits.
    """
    cleaned = raw.strip().replace("\u2212", "-").replace("\u00a0", " ").replace("\u202f", " ")
    if len(cleaned) > MAX_LENGTH or not (match := _NUMBER.fullmatch(cleaned)):
        return None
    digits, unit = match[1].replace(" ", ""), match[2].strip()
    digits = digits.replace(",", "") if _THOUSANDS.fullmatch(digits) else digits.replace(",", ".")
    if digits.count(".") > 1:
        return None
    value = float(digits)
    return (value, unit) if abs(value) < float("inf") else None


def within(value: float, answer: float, tolerance: float, kind: str) -> bool:
    """Whether a value lies within a tolerance of an answer.

    absolute: |value - answer| is at most the tolerance; relative: at most so large a share of |answer|;
    geometric: the value is at most 1 + tolerance times as far from 0 as the answer, or as near.
    """
    if kind == "geometric":
        factor, dust = 1 + tolerance, 1 + _ROUNDING
        return (value < 0) == (answer < 0) and (
            abs(answer) / (factor * dust) <= abs(value) <= abs(answer) * factor * dust
        )
    allowed = tolerance * abs(answer) if kind == "relative" else tolerance
    return abs(value - answer) <= allowed + _ROUNDING * max(abs(answer), abs(value))


def format_number(value: float) -> str:
    return f"{value:.10g}"


def answer_problems(answer: dict) -> list[str]:
    if not is_number(answer.get("answer")):
        return [_("The answer must be a number.")]
    tolerance = answer.get("tolerance", 0)
    if not is_number(tolerance) or tolerance < 0:
        return [_("The tolerance must be a number that is not negative.")]
    if answer.get("tolerance_type", "absolute") not in ("absolute", "relative", "geometric"):
        return [_("The tolerance is “absolute”, “relative” or “geometric”.")]
    return []


def unit_problems(data: dict) -> list[str]:
    units = data.get("units") or {}
    if not isinstance(units, dict) or not all(is_number(factor) and factor for factor in units.values()):
        return [_("Each further unit needs a factor that is not 0.")]
    if not isinstance(data.get("unit", ""), str):
        return [_("The unit must be text.")]
    if asks_unit(data) and not data.get("unit"):
        return [_("Name the unit that is required.")]
    penalty = data.get("unit_penalty", 0)
    if not is_number(penalty) or not 0 <= penalty <= 1:
        return [_("A wrong unit costs a share from 0 to 1.")]
    if data.get("unit_penalty_of", "answer") not in ("answer", "mark"):
        return [_("A wrong unit costs a share of the “answer” or of the “mark”.")]
    return []


def asks_unit(data: dict) -> bool:
    """Whether the learner has to type the unit; the page doesn't show it then."""
    return bool(data.get("unit_required") or data.get("unit_penalty"))


def read_value(data: dict, response: str) -> tuple[float, bool] | None:
    """The number typed, in the answer's unit, and whether its unit is right; None if it can't be judged."""
    parsed = parse_number(response)
    if parsed is None:
        return None
    value, unit = parsed
    if unit == (data.get("unit") or "") or not (unit or asks_unit(data)):
        return value, True
    factor = (data.get("units") or {}).get(unit)
    if factor is not None:
        return value * factor, True
    return (value, False) if data.get("unit_penalty") else None


def with_unit(data: dict, fraction: float, is_right: bool) -> float:
    """What an answer is worth, once its unit is looked at."""
    if is_right or fraction <= 0:
        return fraction
    penalty = data.get("unit_penalty", 0)
    return max(0.0, fraction - penalty * (1 if data.get("unit_penalty_of") == "mark" else fraction))


class TypedNumber(QuestionType):
    """What numeric and calculated questions share: one line of text that holds a number and a unit."""

    widget = "number"

    def present(self, data, variant, response, html, text):
        shown = "" if asks_unit(data) else data.get("unit", "")
        return {"value": response or "", "unit": shown}

    def read(self, data, variant, fields):
        return first(fields, "answer")[:MAX_LENGTH] or None

    def summarise(self, data, response, variant):
        return response or ""


@register
class Numeric(TypedNumber):
    name = "numeric"
    label = gettext_lazy("Number")
    can_be_gap = True

    def validate(self, data):
        problems = answer_problems(data) + unit_problems(data)
        alternatives = data.get("alternatives", [])
        if not isinstance(alternatives, list):
            return [*problems, _("Alternatives must be a list.")]
        for alternative in alternatives:
            if not isinstance(alternative, dict):
                problems.append(_("Each alternative needs an answer and what it is worth."))
                continue
            problems += answer_problems(alternative)
            fraction = alternative.get("fraction", 1)
            if not is_number(fraction) or not -1 <= fraction <= 1:
                problems.append(_("An alternative is worth a number from -1 to 1."))
        return problems

    def grade(self, data, response, variant):
        typed = read_value(data, response) if isinstance(response, str) else None
        if typed is None:
            return Grade(0.0)
        value, has_unit = typed
        found = _match(data, value)
        if found is None:
            otherwise = data.get("feedback_otherwise")
            return Grade(0.0, (otherwise,) if otherwise else ())
        answer = found[1]
        feedback = answer.get("feedback")
        worth = with_unit(data, float(answer.get("fraction", 1.0)), has_unit)
        return Grade(worth, (feedback,) if feedback else ())

    def right_answer(self, data, variant):
        answer = format_number(data["answer"])
        return f"{answer} {data['unit']}" if data.get("unit") else answer

    lines_help = gettext_lazy("The answer, its tolerance after “±” and its unit, such as “9.81 ± 0.01 m/s²”.")

    def to_lines(self, data):
        relative = data.get("tolerance_type", "absolute") != "absolute"
        if relative or data.get("alternatives") or data.get("units"):
            return None
        tolerance = f" ± {data['tolerance']!r}" if data.get("tolerance") else ""
        return f"{data['answer']!r}{tolerance} {data.get('unit') or ''}".strip()

    def from_lines(self, lines, data):
        answer, _sign, rest = lines[0].partition("±") if len(lines) == 1 else ("", "", "")
        first, second = parse_number(answer), parse_number(rest) if rest else None
        if first is None or (rest and second is None):
            raise ValueError(_("Write one number, such as “9.81 ± 0.01 m/s²”."))
        tolerance, unit = second or (0.0, first[1])
        return {**data, "answer": first[0], "tolerance": tolerance, "unit": unit}

    def answer_classes(self, data):
        return [
            AnswerClass(str(number), format_number(answer["answer"]), float(answer.get("fraction", 1.0)))
            for number, answer in enumerate(_answers(data))
        ]

    def classify(self, data, response):
        typed = read_value(data, response) if response else None
        found = _match(data, typed[0]) if typed else None
        return [str(found[0])] if found else []

    def fragments(self, data):
        for answer in _answers(data):
            if answer.get("feedback"):
                yield answer["feedback"]
        if data.get("feedback_otherwise"):
            yield data["feedback_otherwise"]


def _match(data, value):
    """(number, answer) of the first answer that a number lies within, or None."""
    for number, answer in enumerate(_answers(data)):
        kind = answer.get("tolerance_type", "absolute")
        if within(value, answer["answer"], answer.get("tolerance", 0), kind):
            return number, answer
    return None


def _answers(data):
    return [{**data, "fraction": 1.0}, *data.get("alternatives", ())]
