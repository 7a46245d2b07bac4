"""Calculated: parameters are drawn for each attempt and stand in the text as `{name}`.

data: {"parameters": {name: {"min", "max", "decimals"} | {"values": [...]}}, "rows": [{name: value}],
       "expression": str, "tolerance", "tolerance_type", "decimals", "unit", "units", "unit_required"}

With `rows` one whole row is drawn, so that parameters that belong together stay together.
"""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.expressions import ExpressionError, evaluate, names_in
from quizzes.types.base import Grade, is_number, register
from quizzes.types.numeric import (
    TypedNumber,
    answer_problems,
    format_number,
    read_value,
    unit_problems,
    with_unit,
    within,
)

_PLACEHOLDER = re.compile(r"\{(?P<name>[A-Za-z_]\w*)\}|\{=(?P<expression>[^{}]+)\}")


@register
class Calculated(TypedNumber):
    name = "calculated"
    label = gettext_lazy("Calculated")

    def validate(self, data):
        parameters, rows = data.get("parameters") or {}, data.get("rows") or []
        problems = answer_problems({**data, "answer": 0}) + unit_problems(data)
        if not isinstance(parameters, dict) or not all(_is_range(drawn) for drawn in parameters.values()):
            return [*problems, _("Each parameter needs a smallest and a largest value, or a list of values.")]
        if not isinstance(rows, list) or not all(
            isinstance(row, dict) and all(is_number(value) for value in row.values()) for row in rows
        ):
            return [*problems, _("Each row must give a number to each parameter.")]
        known = set(parameters).union(*rows[:1])
        if any(set(row) | set(parameters) != known for row in rows):
            problems.append(_("Each row must give a number to each parameter."))
        try:
            missing = names_in(data.get("expression") or "") - known
        except ExpressionError as error:
            return [*problems, str(error)]
        if missing:
            problems.append(
                _("The formula uses %(names)s, which is not a parameter.")
                % {"names": ", ".join(sorted(missing))}
            )
        return problems

    def draw(self, data, rng, *, shuffle=True):
        parameters = {}
        for name, drawn in sorted((data.get("parameters") or {}).items()):
            if drawn.get("values"):
                parameters[name] = rng.choice(drawn["values"])
            else:
                parameters[name] = round(
                    rng.uniform(drawn["min"], drawn["max"]), int(drawn.get("decimals", 0))
                )
        if data.get("rows"):
            parameters.update(rng.choice(data["rows"]))
        return {"parameters": parameters}

    def present(self, data, variant, response, html, text):
        context = super().present(data, variant, response, html, text)
        return {**context, "text": fill(text, variant["parameters"])}

    def _answer(self, data, variant):
        """The right number, or None where the formula has no value for the parameters drawn."""
        try:
            value = evaluate(data["expression"], variant["parameters"])
        except ExpressionError:
            return None
        decimals = data.get("decimals")
        return round(value, decimals) if isinstance(decimals, int) else value

    def size(self, data):
        return sorted({*(data.get("parameters") or {}), *(data.get("rows") or [{}])[0]})

    def grade(self, data, response, variant):
        typed = read_value(data, response) if isinstance(response, str) else None
        answer = self._answer(data, variant)
        if typed is None or answer is None:
            return Grade(0.0)
        value, has_unit = typed
        kind = data.get("tolerance_type", "absolute")
        worth = float(within(value, answer, data.get("tolerance", 0), kind))
        return Grade(with_unit(data, worth, has_unit))

    def right_answer(self, data, variant):
        answer = self._answer(data, variant)
        if answer is None:
            return _("none")
        return f"{format_number(answer)} {data.get('unit') or ''}".strip()


def fill(text: str, parameters: dict) -> str:
    """Text with `{name}` and `{=formula}` replaced; what can't be replaced stays as it is."""

    def replacement(match):
        if match["name"]:
            return format_number(parameters[match["name"]]) if match["name"] in parameters else match[0]
        try:
            return format_number(evaluate(match["expression"], parameters))
        except ExpressionError:
            return match[0]

    return _PLACEHOLDER.sub(replacement, text)


def _is_range(drawn):
    if not isinstance(drawn, dict):
        return False
    if drawn.get("values"):
        return isinstance(drawn["values"], list) and all(is_number(value) for value in drawn["values"])
    decimals = drawn.get("decimals", 0)
    return (
        is_number(drawn.get("min"))
        and is_number(drawn.get("max"))
        and drawn["min"] <= drawn["max"]
        and isinstance(decimals, int)
        and 0 <= decimals <= 12
    )
