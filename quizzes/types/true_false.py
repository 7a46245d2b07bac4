"""True or false. data: {"answer": bool, "feedback_true": md, "feedback_false": md}"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.types.base import AnswerClass, Grade, QuestionType, first, register


@register
class TrueFalse(QuestionType):
    name = "true_false"
    label = gettext_lazy("True or false")
    widget = "radio"

    def validate(self, data):
        return (
            [] if isinstance(data.get("answer"), bool) else [_("Say whether the statement is true or false.")]
        )

    def present(self, data, variant, response, html, text):
        return {
            "options": [
                {"value": "true", "html": _("True"), "checked": response is True},
                {"value": "false", "html": _("False"), "checked": response is False},
            ]
        }

    def read(self, data, variant, fields):
        return {"true": True, "false": False}.get(first(fields, "choice"))

    def grade(self, data, response, variant):
        if not isinstance(response, bool):
            return Grade(0.0)
        feedback = data.get("feedback_true" if response else "feedback_false")
        return Grade(float(response == data["answer"]), (feedback,) if feedback else ())

    def option_states(self, data, response, variant, *, answers):
        states = {}
        for value, truth in (("true", True), ("false", False)):
            right = truth == data["answer"]
            if response is truth or (right and answers):
                states[value] = "right" if right else "wrong"
        return states

    def right_answer(self, data, variant):
        return _("True") if data["answer"] else _("False")

    def summarise(self, data, response, variant):
        return "" if response is None else _("True") if response else _("False")

    def random_guess_score(self, data):
        return 0.5

    def answer_classes(self, data):
        return [
            AnswerClass("true", _("True"), float(data["answer"])),
            AnswerClass("false", _("False"), float(not data["answer"])),
        ]

    def classify(self, data, response):
        return [] if response is None else ["true" if response else "false"]

    lines_help = gettext_lazy("Write “true” or “false”.")

    def to_lines(self, data):
        return "true" if data["answer"] else "false"

    def from_lines(self, lines, data):
        words = {"true": True, "false": False}
        if len(lines) != 1 or lines[0].lower() not in words:
            raise ValueError(_("Write “true” or “false”."))
        return {**data, "answer": words[lines[0].lower()]}

    def fragments(self, data):
        for name in ("feedback_true", "feedback_false"):
            if data.get(name):
                yield data[name]
