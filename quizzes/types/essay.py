"""Essay, marked by a person.

data: {"min_words": int, "max_words": int, "lines": int, "template": text, "grader_notes": md}
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.types.base import Grade, QuestionType, first, register

MAX_LENGTH = 100_000


@register
class Essay(QuestionType):
    name = "essay"
    label = gettext_lazy("Essay")
    widget = "essay"
    needs_person = True

    def validate(self, data):
        problems = []
        for name in ("min_words", "max_words", "lines"):
            value = data.get(name)
            if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
                problems.append(_("%(name)s must be a whole number.") % {"name": name})
        if not problems and data.get("max_words") and data.get("min_words", 0) > data["max_words"]:
            problems.append(_("The smallest number of words is above the largest."))
        return problems

    def present(self, data, variant, response, html, text):
        return {
            "value": response if response is not None else data.get("template", ""),
            "lines": data.get("lines") or 12,
            "min_words": data.get("min_words"),
            "max_words": data.get("max_words"),
        }

    def read(self, data, variant, fields):
        written = first(fields, "answer")[:MAX_LENGTH]
        return written if written and written != data.get("template", "").strip() else None

    def grade(self, data, response, variant):
        return Grade(None if response else 0.0)

    def right_answer(self, data, variant):
        return ""

    def summarise(self, data, response, variant):
        return response or ""

    def to_lines(self, data):
        return ""

    def from_lines(self, lines, data):
        return data

    def random_guess_score(self, data):
        return 0.0
