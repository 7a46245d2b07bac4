"""Single and multiple choice.

data: {"choices": [{"text": md, "correct": bool, "feedback": md, "fraction": float}], "shuffle": bool,
       "marking": "partial" | "all_or_nothing", "penalty": float}

A choice's `fraction` is what choosing it is worth; without one, a single choice is worth 1 or 0. In a
multiple choice with partial marks each right choice is worth its share of 1, and each wrong one takes
`penalty` away (by default its share of 1 among the wrong ones, so that ticking everything is worth nothing).
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.types.base import (
    AnswerClass,
    Grade,
    QuestionType,
    clamp,
    first,
    is_number,
    is_text,
    position,
    register,
    shuffled,
)

MAX_CHOICES = 200


class Choices(QuestionType):
    """What single and multiple choice share."""

    def validate(self, data):
        choices = data.get("choices")
        if not isinstance(choices, list) or not 2 <= len(choices) <= MAX_CHOICES:
            return [_("Give at least two choices.")]
        problems = []
        for number, choice in enumerate(choices, start=1):
            if not isinstance(choice, dict) or not is_text(choice.get("text")):
                problems.append(_("Choice %(number)d has no text.") % {"number": number})
                continue
            fraction = choice.get("fraction")
            if fraction is not None and not (is_number(fraction) and -1 <= fraction <= 1):
                problems.append(_("Choice %(number)d is worth a number from -1 to 1.") % {"number": number})
            if not isinstance(choice.get("feedback", ""), str):
                problems.append(_("The feedback of choice %(number)d must be text.") % {"number": number})
        return problems or self._key_problems(data)

    def draw(self, data, rng, *, shuffle=True):
        return {"order": shuffled(len(data["choices"]), rng, shuffle and data.get("shuffle", True))}

    def present(self, data, variant, response, html, text):
        order = _order(data, variant)
        chosen = {response} if isinstance(response, int) else set(response or ())
        return {
            "options": [
                {"value": place, "html": html(data["choices"][number]["text"]), "checked": number in chosen}
                for place, number in enumerate(order)
            ]
        }

    def option_states(self, data, response, variant, *, answers):
        chosen = {response} if isinstance(response, int) else set(response or ())
        states = {}
        for place, number in enumerate(_order(data, variant)):
            right = self.is_right(data["choices"][number])
            if number in chosen or (right and answers):
                states[place] = "right" if right else "wrong"
        return states

    def size(self, data):
        return len(data["choices"])

    def answer_classes(self, data):
        return [
            AnswerClass(str(number), choice["text"], worth)
            for number, (choice, worth) in enumerate(zip(data["choices"], self.worths(data), strict=True))
        ]

    def fragments(self, data):
        for choice in data.get("choices", ()):
            yield choice["text"]
            if choice.get("feedback"):
                yield choice["feedback"]

    lines_help = gettext_lazy(
        "One choice a line: “* ” before a right one, “- ” before a wrong one, feedback after “ | ”."
    )

    def to_lines(self, data):
        if any(set(choice) - {"text", "correct", "feedback"} for choice in data["choices"]):
            return None
        if any("\n" in f"{choice['text']}{choice.get('feedback', '')}" for choice in data["choices"]):
            return None
        return "\n".join(
            f"{'*' if choice.get('correct') else '-'} {choice['text']}"
            + (f" | {choice['feedback']}" if choice.get("feedback") else "")
            for choice in data["choices"]
        )

    def from_lines(self, lines, data):
        choices = []
        for line in lines:
            mark, _space, rest = line.partition(" ")
            if mark not in ("*", "-") or not rest.strip():
                raise ValueError(
                    _("Begin each choice with “* ” (right) or “- ” (wrong): %(line)s") % {"line": line}
                )
            text, _bar, feedback = rest.partition(" | ")
            choice = {"text": text.strip(), "correct": mark == "*"}
            choices.append(choice | ({"feedback": feedback.strip()} if feedback.strip() else {}))
        return {**data, "choices": choices}

    def right_answer(self, data, variant):
        choices = data["choices"]
        return "; ".join(
            choices[number]["text"] for number in _order(data, variant) if self.is_right(choices[number])
        )

    @staticmethod
    def is_right(choice):
        fraction = choice.get("fraction")
        return fraction > 0 if fraction is not None else bool(choice.get("correct"))


@register
class SingleChoice(Choices):
    name = "single_choice"
    label = gettext_lazy("Single choice")
    widget = "radio"
    can_be_gap = True

    def _key_problems(self, data):
        best = max(self.worths(data))
        return [] if best >= 1 - 1e-9 else [_("Mark one choice as right.")]

    @staticmethod
    def is_right(choice):
        fraction = choice.get("fraction")
        return fraction >= 1 - 1e-9 if fraction is not None else bool(choice.get("correct"))

    @staticmethod
    def worths(data):
        return [
            float(choice["fraction"])
            if choice.get("fraction") is not None
            else float(bool(choice.get("correct")))
            for choice in data["choices"]
        ]

    def read(self, data, variant, fields):
        return position(first(fields, "choice"), _order(data, variant))

    def grade(self, data, response, variant):
        choices = data["choices"]
        if not isinstance(response, int) or not 0 <= response < len(choices):
            return Grade(0.0)
        feedback = choices[response].get("feedback")
        return Grade(self.worths(data)[response], (feedback,) if feedback else ())

    def summarise(self, data, response, variant):
        return "" if response is None else data["choices"][response]["text"]

    def random_guess_score(self, data):
        worths = self.worths(data)
        return sum(worths) / len(worths)

    def classify(self, data, response):
        return [] if response is None else [str(response)]


@register
class MultipleChoice(Choices):
    name = "multiple_choice"
    label = gettext_lazy("Multiple choice")
    widget = "checkbox"
    can_be_gap = True

    def _key_problems(self, data):
        if data.get("marking", "partial") not in ("partial", "all_or_nothing"):
            return [_("Marking is “partial” or “all_or_nothing”.")]
        penalty = data.get("penalty")
        if penalty is not None and not (is_number(penalty) and 0 <= penalty <= 1):
            return [_("The penalty is a number from 0 to 1.")]
        if not any(self.is_right(choice) for choice in data["choices"]):
            return [_("Mark at least one choice as right.")]
        return []

    @staticmethod
    def worths(data):
        choices = data["choices"]
        right = sum(bool(choice.get("correct")) for choice in choices)
        wrong = len(choices) - right
        penalty = data.get("penalty")
        if penalty is None:
            penalty = 1 / wrong if wrong else 0.0
        return [
            float(choice["fraction"])
            if choice.get("fraction") is not None
            else (1 / right if choice.get("correct") else -penalty)
            for choice in choices
        ]

    def read(self, data, variant, fields):
        order = _order(data, variant)
        chosen = {position(str(raw), order) for raw in fields.get("choice", ())} - {None}
        return sorted(chosen) or None

    def grade(self, data, response, variant):
        if not response:
            return Grade(0.0)
        choices = data["choices"]
        chosen = {number for number in response if 0 <= number < len(choices)}
        feedback = tuple(
            choices[number]["feedback"] for number in sorted(chosen) if choices[number].get("feedback")
        )
        if data.get("marking") == "all_or_nothing":
            right = {number for number, choice in enumerate(choices) if self.is_right(choice)}
            return Grade(float(chosen == right), feedback)
        worths = self.worths(data)
        total = clamp(sum(worths[number] for number in chosen), 0.0)
        return Grade(round(total, 10), feedback)

    def summarise(self, data, response, variant):
        return "; ".join(data["choices"][number]["text"] for number in response or ())

    def random_guess_score(self, data):
        if data.get("marking") == "all_or_nothing":
            return 0.5 ** len(data["choices"])
        return None

    def classify(self, data, response):
        return [str(number) for number in response or ()]


def _order(data, variant):
    return variant.get("order") or range(len(data["choices"]))
