"""Questions whose gaps lie in the text, at `[[1]]`, `[[2]]` and so on.

gap_fill (cloze): data {"gaps": [{"type", "data", "weight": float}]}, with types that can be a gap
select_from_list: data {"choices": [{"text": str, "group": int}], "gaps": [number of the right choice]}
response of both: {gap's number from "1": the gap's response}
"""

import re

from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.types.base import (
    REGISTRY,
    AnswerClass,
    Grade,
    QuestionType,
    clamp,
    is_number,
    is_text,
    position,
    register,
    shuffled,
)
from quizzes.types.numeric import asks_unit

MARKER = re.compile(r"\[\[(\d{1,3})\]\]")


class Gaps(QuestionType):
    """What both kinds share: where the gaps lie, and one response a gap."""

    widget = "gaps"

    def text_problems(self, text, data):
        wanted = set(range(1, len(data["gaps"]) + 1))
        found = [int(number) for number in MARKER.findall(text)]
        problems = [
            _("The text has no gap [[%(number)d]].") % {"number": number}
            for number in sorted(wanted - set(found))
        ]
        if set(found) - wanted:
            problems.append(_("The text has more gaps than there are answers."))
        if len(found) > len(set(found)):
            problems.append(_("A gap stands twice in the text."))
        return problems

    def size(self, data):
        sizes = [
            (gap["type"], _kind(gap).size(gap["data"])) if isinstance(gap, dict) else None
            for gap in data["gaps"]
        ]
        return sizes, len(data.get("choices", ()))

    def present(self, data, variant, response, html, text):
        response = response or {}
        pieces, end = [], 0
        for marker in MARKER.finditer(text):
            number = int(marker[1])
            if number > len(data["gaps"]):
                continue
            pieces.append({"html": mark_safe(text[end : marker.start()])})  # noqa: S308  sanitised when saved
            pieces.append({"gap": self._present_gap(data, variant, response.get(str(number)), number)})
            end = marker.end()
        pieces.append({"html": mark_safe(text[end:])})  # noqa: S308  sanitised when saved
        return {"text": "", "pieces": pieces}

    def read(self, data, variant, fields):
        response = {}
        for number in range(1, len(data["gaps"]) + 1):
            value = self._read_gap(data, variant, fields.get(f"gap{number}") or [""], number)
            if value is not None:
                response[str(number)] = value
        return response or None


@register
class GapFill(Gaps):
    name = "gap_fill"
    label = gettext_lazy("Gap fill (cloze)")

    def validate(self, data):
        gaps = data.get("gaps")
        if not isinstance(gaps, list) or not gaps:
            return [_("Give at least one gap.")]
        problems = []
        for number, gap in enumerate(gaps, start=1):
            kind = REGISTRY.get(gap.get("type")) if isinstance(gap, dict) else None
            if kind is None or not kind.can_be_gap or not isinstance(gap.get("data"), dict):
                problems.append(_("Gap %(number)d is of a type that can't be a gap.") % {"number": number})
                continue
            weight = gap.get("weight", 1)
            if not is_number(weight) or weight < 0:
                problems.append(_("The weight of gap %(number)d must not be negative.") % {"number": number})
            problems += [
                _("Gap %(number)d: %(problem)s") % {"number": number, "problem": problem}
                for problem in kind.validate(gap["data"])
            ]
        if not problems and not sum(gap.get("weight", 1) for gap in gaps):
            problems.append(_("At least one gap needs a weight above 0."))
        return problems

    def draw(self, data, rng, *, shuffle=True):
        return {"gaps": [_kind(gap).draw(gap["data"], rng, shuffle=shuffle) for gap in data["gaps"]]}

    def _present_gap(self, data, variant, response, number):
        gap = data["gaps"][number - 1]
        shown = {
            "field": f"gap{number}",
            "number": number,
            "options": None,
            "multiple": gap["type"] == "multiple_choice",
            "value": response or "",
            "unit": "",
        }
        if "choices" in gap["data"]:
            order = variant["gaps"][number - 1]["order"]
            choices = gap["data"]["choices"]
            chosen = response if isinstance(response, list) else [response]
            shown["value"] = ""
            shown["options"] = [
                {"value": place, "text": choices[option]["text"], "checked": option in chosen}
                for place, option in enumerate(order)
            ]
        else:
            shown["unit"] = "" if asks_unit(gap["data"]) else gap["data"].get("unit", "")
        return shown

    def _read_gap(self, data, variant, values, number):
        gap = data["gaps"][number - 1]
        return _kind(gap).read(gap["data"], variant["gaps"][number - 1], {"answer": values, "choice": values})

    def grade(self, data, response, variant):
        response = response if isinstance(response, dict) else {}
        gaps = data["gaps"]
        grades = [
            _kind(gap).grade(gap["data"], response.get(str(number)), {}) for number, gap in enumerate(gaps, 1)
        ]
        total = sum(gap.get("weight", 1) for gap in gaps)
        earned = sum(gap.get("weight", 1) * grade.fraction for gap, grade in zip(gaps, grades, strict=True))
        return Grade(
            clamp(earned / total, 0.0),
            tuple(feedback for grade in grades for feedback in grade.feedback),
            tuple(grade.fraction for grade in grades),
        )

    def part_weights(self, data):
        return [gap.get("weight", 1) for gap in data["gaps"]]

    def right_answer(self, data, variant):
        return "; ".join(
            f"{number}: {_kind(gap).right_answer(gap['data'], {})}"
            for number, gap in enumerate(data["gaps"], 1)
        )

    def summarise(self, data, response, variant):
        response = response or {}
        return "; ".join(
            f"{number}: {_kind(gap).summarise(gap['data'], response[str(number)], {})}"
            for number, gap in enumerate(data["gaps"], 1)
            if str(number) in response
        )

    def random_guess_score(self, data):
        total = sum(gap.get("weight", 1) for gap in data["gaps"])
        return (
            sum(
                # Where ticking at random has no meaning it earns nothing.
                gap.get("weight", 1) * (_kind(gap).random_guess_score(gap["data"]) or 0.0)
                for gap in data["gaps"]
            )
            / total
        )

    def answer_classes(self, data):
        return [
            AnswerClass(f"{number}:{answer.key}", f"{number}: {answer.label}", answer.fraction)
            for number, gap in enumerate(data["gaps"], 1)
            for answer in _kind(gap).answer_classes(gap["data"])
        ]

    def classify(self, data, response):
        return [
            f"{number}:{key}"
            for number, value in (response or {}).items()
            for key in _kind(data["gaps"][int(number) - 1]).classify(
                data["gaps"][int(number) - 1]["data"], value
            )
        ]

    def fragments(self, data):
        for gap in data.get("gaps", ()):
            yield from _kind(gap).fragments(gap["data"])


@register
class SelectFromList(Gaps):
    name = "select_from_list"
    label = gettext_lazy("Select from a list in the text")

    def validate(self, data):
        choices, gaps = data.get("choices"), data.get("gaps")
        if not isinstance(choices, list) or len(choices) < 2:
            return [_("Give at least two choices.")]
        if not all(isinstance(choice, dict) and is_text(choice.get("text")) for choice in choices):
            return [_("Each choice must have text.")]
        if not isinstance(gaps, list) or not gaps:
            return [_("Give at least one gap.")]
        if not all(isinstance(gap, int) and 0 <= gap < len(choices) for gap in gaps):
            return [_("Each gap must name one of the choices.")]
        return []

    def draw(self, data, rng, *, shuffle=True):
        return {"order": shuffled(len(data["choices"]), rng, shuffle and data.get("shuffle", True))}

    def _offered(self, data, variant, number):
        """Numbers of the choices offered at a gap, in the order shown: those of its right choice's group."""
        group = data["choices"][data["gaps"][number - 1]].get("group", 1)
        order = variant.get("order") or range(len(data["choices"]))
        return [option for option in order if data["choices"][option].get("group", 1) == group]

    def _present_gap(self, data, variant, response, number):
        return {
            "field": f"gap{number}",
            "number": number,
            "multiple": False,
            "value": "",
            "unit": "",
            "options": [
                {"value": place, "text": data["choices"][option]["text"], "checked": option == response}
                for place, option in enumerate(self._offered(data, variant, number))
            ],
        }

    def _read_gap(self, data, variant, values, number):
        return position(str(values[-1]).strip(), self._offered(data, variant, number))

    def grade(self, data, response, variant):
        response = response if isinstance(response, dict) else {}
        choices = data["choices"]
        parts = []
        for number, right in enumerate(data["gaps"], 1):
            given = response.get(str(number))
            in_range = isinstance(given, int) and 0 <= given < len(choices)
            parts.append(float(in_range and choices[given]["text"] == choices[right]["text"]))
        return Grade(sum(parts) / len(parts), parts=tuple(parts))

    def part_weights(self, data):
        return [1.0] * len(data["gaps"])

    def right_answer(self, data, variant):
        return "; ".join(
            f"{number}: {data['choices'][option]['text']}" for number, option in enumerate(data["gaps"], 1)
        )

    def summarise(self, data, response, variant):
        return "; ".join(
            f"{number}: {data['choices'][option]['text']}" for number, option in (response or {}).items()
        )

    def random_guess_score(self, data):
        offered = [len(self._offered(data, {}, number)) for number in range(1, len(data["gaps"]) + 1)]
        return sum(1 / count for count in offered) / len(offered)

    def answer_classes(self, data):
        return [
            AnswerClass(
                f"{number}:{option}", f"{number}: {data['choices'][option]['text']}", float(option == right)
            )
            for number, right in enumerate(data["gaps"], 1)
            for option in self._offered(data, {}, number)
        ]

    def classify(self, data, response):
        return [f"{number}:{option}" for number, option in (response or {}).items()]


def _kind(gap):
    return REGISTRY[gap["type"]]
