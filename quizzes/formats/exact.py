"""Whether a question comes back from a format as it went in, and the JSON that says it exactly where not."""

import json

from quizzes.formats.result import ImportedQuestion

_DEFAULTS = {
    "shuffle": True, "correct": False, "tolerance": 0, "case_sensitive": False, "accent_sensitive": False,
    "tolerance_type": "absolute", "weight": 1, "marking": None, "unit_required": False, "group": 1,
    "decimals": 0,
}  # fmt: skip


def normal(value):
    """Data without what says nothing: empty texts and values that are the default anyway."""
    if isinstance(value, dict):
        entries = {key: normal(entry) for key, entry in value.items()}
        entries = {
            key: entry
            for key, entry in entries.items()
            if entry not in (None, "", [], {}) and not (key in _DEFAULTS and entry == _DEFAULTS[key])
        }
        if set(entries) <= {"text", "fraction"} and "text" in entries and entries.get("fraction", 1) == 1:
            return entries["text"]
        return entries
    if isinstance(value, list):
        return [normal(entry) for entry in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return round(float(value), 6)
    return value


def same(one: ImportedQuestion, other: ImportedQuestion) -> bool:
    return (one.type, normal(one.data), one.text.strip(), one.explanation.strip(), one.hints) == (
        other.type,
        normal(other.data),
        other.text.strip(),
        other.explanation.strip(),
        other.hints,
    )


def as_json(question: ImportedQuestion) -> str:
    return json.dumps(
        {
            "type": question.type,
            "text": question.text,
            "data": question.data,
            "explanation": question.explanation,
            "hints": question.hints,
        }
    )


def apply_json(question: ImportedQuestion, source: str) -> ImportedQuestion:
    """The question with what the JSON says. Raises ValueError, KeyError or TypeError for other JSON."""
    content = json.loads(source)
    question.type, question.text, question.data = content["type"], content["text"], dict(content["data"])
    question.explanation, question.hints = str(content["explanation"]), list(content["hints"])
    return question
