"""Numeric answers with tolerances and units.

data: {"answer": float, "tolerance": float, "tolerance_type": "absolute" | "relative", "unit": str,
       "units": {name: factor to the answer's unit}, "unit_required": bool, "feedback": md,
       "alternatives": [{"answer", "tolerance", "tolerance_type", "fraction", "feedback"}],
       "feedback_otherwise": md}
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
    """Whether |value - answer| is at most the tolerance, which for "relative" is a share of |answer|."""
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
    if answer.get("tolerance_type", "absolute") not in ("absolute", "relative"):
        return [_("The tolerance is “absolute” or “relative”.")]
    return []


def unit_problems(data: dict) -> list[str]:
    units = data.get("units") or {}
    if not isinstance(units, dict) or not all(is_number(factor) and factor for factor in units.values()):
        return [_("Each further unit needs a factor that is not 0.")]
    if not isinstance(data.get("unit", ""), str):
        return [_("The unit must be text.")]
    if data.get("unit_required") and not data.get("unit"):
        return [_("Name the unit that is required.")]
    return []


def read_value(data: dict, response: str) -> float | None:
    """The number typed, in the answer's unit; None for no number or an unknown or missing unit."""
    parsed = parse_number(response)
    if parsed is None:
        return None
    value, unit = parsed
    wanted = data.get("unit") or ""
    if not unit:
        return None if data.get("unit_required") else value
    if unit == wanted:
        return value
    factor = (data.get("units") or {}).get(unit)
    return None if factor is None else value * factor


class TypedNumber(QuestionType):
    """What numeric and calculated questions share: one line of text that holds a number and a unit."""

    widget = "number"

    def present(self, data, variant, response, html, text):
        shown = "" if data.get("unit_required") else data.get("unit", "")
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
        value = read_value(data, response) if isinstance(response, str) else None
        if value is None:
            return Grade(0.0)
        best = None
        for answer in _answers(data):
            fraction = answer.get("fraction", 1.0)
            matches = within(
                value, answer["answer"], answer.get("tolerance", 0), answer.get("tolerance_type", "absolute")
            )
            if matches and (best is None or fraction > best.get("fraction", 1.0)):
                best = answer
        if best is None:
            otherwise = data.get("feedback_otherwise")
            return Grade(0.0, (otherwise,) if otherwise else ())
        feedback = best.get("feedback")
        return Grade(float(best.get("fraction", 1.0)), (feedback,) if feedback else ())

    def right_answer(self, data, variant):
        answer = format_number(data["answer"])
        return f"{answer} {data['unit']}" if data.get("unit") else answer

    lines_help = gettext_lazy("The answer, its tolerance after “±” and its unit, such as “9.81 ± 0.01 m/s²”.")

    def to_lines(self, data):
        if data.get("alternatives") or data.get("units") or data.get("tolerance_type") == "relative":
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
        value = read_value(data, response) if response else None
        if value is None:
            return []
        for number, answer in enumerate(_answers(data)):
            kind = answer.get("tolerance_type", "absolute")
            if within(value, answer["answer"], answer.get("tolerance", 0), kind):
                return [str(number)]
        return []

    def fragments(self, data):
        for answer in _answers(data):
            if answer.get("feedback"):
                yield answer["feedback"]
        if data.get("feedback_otherwise"):
            yield data["feedback_otherwise"]


def _answers(data):
    return [{**data, "fraction": 1.0}, *data.get("alternatives", ())]
