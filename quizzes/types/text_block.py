"""A text block: reading between questions, with nothing to answer."""

from django.utils.translation import gettext_lazy

from quizzes.types.base import Grade, QuestionType, register


@register
class TextBlock(QuestionType):
    name = "text_block"
    label = gettext_lazy("Text block")
    widget = "nothing"
    is_graded = False

    def validate(self, data):
        return []

    def present(self, data, variant, response, html, text):
        return {}

    def read(self, data, variant, fields):
        return None

    def grade(self, data, response, variant):
        return Grade(0.0)

    def right_answer(self, data, variant):
        return ""

    def summarise(self, data, response, variant):
        return ""

    def to_lines(self, data):
        return ""

    def from_lines(self, lines, data):
        return data

    def random_guess_score(self, data):
        return None
