"""Writing questions. What GIFT can't say is kept in a comment that the reader understands."""

import re

from quizzes.formats.exact import as_json, same
from quizzes.formats.gift.reading import EXACT, read
from quizzes.formats.result import ImportedQuestion
from quizzes.types.choices import MultipleChoice, SingleChoice


def write(questions) -> bytes:
    """GIFT of ImportedQuestions."""
    return "\n\n".join(_written(question) for question in questions).encode() + b"\n"


def _escape(text: str) -> str:
    text = re.sub(r"([\\:#={}~])", r"\\\1", text.replace("\r", ""))
    return text.replace("\n", "\\n")


def _percent(fraction: float) -> str:
    return f"%{round(fraction * 100, 5):g}%"


def _noted(feedback: str) -> str:
    return f"#{_escape(feedback)}" if feedback else ""


def _written(question: ImportedQuestion) -> str:
    """One question; with this site's own JSON in a comment where GIFT would not bring it back whole."""
    native = _native(question)
    back = read(native.encode()).questions
    if back and same(back[0], question):
        return native
    return f"// {EXACT}{as_json(question)}\n{native}"


def _native(question: ImportedQuestion) -> str:
    comment = "".join(f" [tag:{tag.replace(']', '')}]" for tag in question.tags)
    body = _WRITERS.get(question.type, lambda data: None)(question.data) or "{}"
    general = f"\n\t####{_escape(question.explanation)}\n" if question.explanation else ""
    answers = "" if question.type == "text_block" else body[:-1] + general + "}"
    said = f"::{_escape(question.name)}::[markdown]{_escape(question.text)} {answers}".rstrip()
    return f"//{comment}\n{said}" if comment else said


def _write_choices(data, single):
    worths = (SingleChoice if single else MultipleChoice).worths(data)
    lines = []
    for choice, worth in zip(data["choices"], worths, strict=True):
        sign = "=" if single and worth == 1 else "~" if worth == 0 else f"~{_percent(worth)}"
        lines.append(f"\t{sign}{_escape(choice['text'])}{_noted(choice.get('feedback', ''))}")
    return "{\n" + "\n".join(lines) + "\n}"


def _write_numeric(data):
    lines = []
    for answer in [{**data, "fraction": 1.0}, *data.get("alternatives", ())]:
        lines.append(
            f"\t={_percent(answer.get('fraction', 1.0))}{answer['answer']!r}:{answer.get('tolerance', 0)!r}"
            f"{_noted(answer.get('feedback', ''))}"
        )
    if data.get("feedback_otherwise"):
        lines.append(f"\t~{_noted(data['feedback_otherwise'])}")
    return "{#\n" + "\n".join(lines) + "\n}"


def _write_short_text(data):
    lines = []
    for answer in data["answers"]:
        entry = answer if isinstance(answer, dict) else {"text": answer}
        lines.append(
            "\t="
            + _percent(entry.get("fraction", 1.0))
            + _escape(entry["text"])
            + _noted(entry.get("feedback", ""))
        )
    return "{\n" + "\n".join(lines) + "\n}"


def _write_true_false(data):
    truth = data["answer"]
    right, wrong = data.get("feedback_true", ""), data.get("feedback_false", "")
    if not truth:
        right, wrong = wrong, right
    noted = f"#{_escape(wrong)}#{_escape(right)}" if right else f"#{_escape(wrong)}" if wrong else ""
    return "{" + ("TRUE" if truth else "FALSE") + noted + "}"


def _write_matching(data):
    lines = [f"\t={_escape(pair['prompt'])} -> {_escape(pair['answer'])}" for pair in data["pairs"]]
    lines += [f"\t= -> {_escape(text)}" for text in data.get("distractors", ())]
    return "{\n" + "\n".join(lines) + "\n}"


_WRITERS = {
    "text_block": lambda data: "",
    "essay": lambda data: "{}",
    "true_false": _write_true_false,
    "single_choice": lambda data: _write_choices(data, True),
    "multiple_choice": lambda data: _write_choices(data, False),
    "numeric": _write_numeric,
    "short_text": _write_short_text,
    "matching": _write_matching,
}
