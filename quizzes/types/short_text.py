"""Short text: several accepted answers, wildcards, case and accent folding.

data: {"answers": [str | {"text": str, "fraction": float, "feedback": md}], "case_sensitive": bool,
       "accent_sensitive": bool, "feedback_otherwise": md}

`*` in an accepted answer stands for any run of characters; `\\*` is a star. The first answer that
matches counts.
"""

import re
import unicodedata
from functools import lru_cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.types.base import AnswerClass, Grade, QuestionType, first, is_number, is_text, register

MAX_LENGTH = 1000

_STAR = re.compile(r"(?<!\\)\*")


def fold(text: str, *, case_sensitive: bool = False, accent_sensitive: bool = False) -> str:
    """Text as it is compared: composed, single spaces, and without case and accents unless they matter."""
    folded = " ".join(unicodedata.normalize("NFKC", text).split())
    if not case_sensitive:
        folded = folded.casefold()
    if not accent_sensitive:
        decomposed = unicodedata.normalize("NFD", folded)
        folded = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", folded)


@lru_cache(maxsize=4096)
def _pieces(pattern: str, case_sensitive: bool, accent_sensitive: bool) -> tuple[str, ...]:
    folded = fold(pattern, case_sensitive=case_sensitive, accent_sensitive=accent_sensitive)
    return tuple(piece.replace("\\*", "*") for piece in _STAR.split(folded))


def matches(pattern: str, text: str, *, case_sensitive: bool = False, accent_sensitive: bool = False) -> bool:
    """Whether folded `text` matches `pattern`. Linear in the text for every pattern, so no pattern can
    stall.
    """
    pieces = _pieces(pattern, case_sensitive, accent_sensitive)
    text = fold(text, case_sensitive=case_sensitive, accent_sensitive=accent_sensitive)
    if len(pieces) == 1:
        return text == pieces[0]
    head, *middle, tail = pieces
    if len(text) < len(head) + len(tail) or not text.startswith(head) or not text.endswith(tail):
        return False
    start, end = len(head), len(text) - len(tail)
    for piece in middle:
        found = text.find(piece, start, end)
        if found < 0:
            return False
        start = found + len(piece)
    return True


@register
class ShortText(QuestionType):
    name = "short_text"
    label = gettext_lazy("Short text")
    widget = "text"
    can_be_gap = True

    def validate(self, data):
        answers = data.get("answers")
        if not isinstance(answers, list) or not answers:
            return [_("Give at least one accepted answer.")]
        problems = []
        for number, answer in enumerate(answers, start=1):
            entry = answer if isinstance(answer, dict) else {"text": answer}
            if not is_text(entry.get("text")):
                problems.append(_("Accepted answer %(number)d is empty.") % {"number": number})
            fraction = entry.get("fraction", 1)
            if not is_number(fraction) or not -1 <= fraction <= 1:
                problems.append(_("Answer %(number)d is worth a number from -1 to 1.") % {"number": number})
        if not problems and max(answer["fraction"] for answer in _answers(data)) <= 0:
            problems.append(_("Give at least one accepted answer."))
        return problems

    def present(self, data, variant, response, html, text):
        return {"value": response or "", "unit": ""}

    def read(self, data, variant, fields):
        return first(fields, "answer")[:MAX_LENGTH] or None

    def _match(self, data, response):
        """(number, answer) of the first accepted answer that the response matches, or None.

        The first one and not the best: so an author can name a usual mistake before a pattern that would
        accept it.
        """
        for number, answer in enumerate(_answers(data)):
            if matches(
                answer["text"],
                response,
                case_sensitive=bool(data.get("case_sensitive")),
                accent_sensitive=bool(data.get("accent_sensitive")),
            ):
                return number, answer
        return None

    def grade(self, data, response, variant):
        if not isinstance(response, str) or not response:
            return Grade(0.0)
        found = self._match(data, response)
        if found is None:
            otherwise = data.get("feedback_otherwise")
            return Grade(0.0, (otherwise,) if otherwise else ())
        answer = found[1]
        return Grade(float(answer["fraction"]), (answer["feedback"],) if answer["feedback"] else ())

    def right_answer(self, data, variant):
        return max(_answers(data), key=lambda answer: answer["fraction"])["text"].replace("\\*", "*")

    def summarise(self, data, response, variant):
        return response or ""

    def answer_classes(self, data):
        return [
            AnswerClass(str(number), answer["text"], answer["fraction"])
            for number, answer in enumerate(_answers(data))
        ]

    def classify(self, data, response):
        found = self._match(data, response) if response else None
        return [str(found[0])] if found else []

    def random_guess_score(self, data):
        # Whatever is typed falls under a bare star.
        return next((answer["fraction"] for answer in _answers(data) if answer["text"].strip() == "*"), 0.0)

    lines_help = gettext_lazy("One accepted answer a line; * stands for any characters.")

    def to_lines(self, data):
        plain = all(isinstance(answer, str) for answer in data["answers"])
        return "\n".join(data["answers"]) if plain else None

    def from_lines(self, lines, data):
        return {**data, "answers": lines}

    def fragments(self, data):
        for answer in _answers(data):
            if answer["feedback"]:
                yield answer["feedback"]
        if data.get("feedback_otherwise"):
            yield data["feedback_otherwise"]


def _answers(data):
    for answer in data["answers"]:
        entry = answer if isinstance(answer, dict) else {"text": answer}
        yield {
            "text": entry["text"],
            "fraction": entry.get("fraction", 1.0),
            "feedback": entry.get("feedback", ""),
        }
