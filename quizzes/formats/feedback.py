"""Whom an item's feedback speaks to: everybody, who was right, or who was wrong."""

import re

_ALL = {"general_fb", "general", "solution"}
# “Mastery” and “Fail” are of R/exams, “response_…” of ILIAS, “…match” of Sakai.
_RIGHT = {"correct", "correct_fb", "correctmatch", "response_allcorrect", "mastery"}
_WRONG = {
    "incorrect", "incorrect_fb", "general_incorrect_fb", "incorrectmatch", "response_onenotcorrect", "fail",
}  # fmt: skip
# Respondus numbers what it says of all answers, of right and of wrong ones.
_RESPONDUS = re.compile(r"QUE_\d+_(ALL|C|IC)", re.IGNORECASE)


def is_general(ident: str) -> bool:
    """Whether a feedback of this name speaks of the answer as a whole."""
    return ident.lower() in _ALL | _RIGHT | _WRONG or _RESPONDUS.fullmatch(ident) is not None


def is_for_right(ident: str) -> bool:
    return ident.lower() in _RIGHT or _respondus(ident) == "C"


def _is_for_all(ident: str) -> bool:
    return ident.lower() in _ALL or _respondus(ident) == "ALL"


def _respondus(ident: str) -> str:
    found = _RESPONDUS.fullmatch(ident)
    return found[1].upper() if found else ""


def tell(question, feedback: dict[str, str]) -> str:
    """Tell what an item's feedback says of answers as a whole; see `place`."""
    told = {ident: text for ident, text in feedback.items() if is_general(ident)}
    return place(
        question,
        right=[text for ident, text in told.items() if is_for_right(ident)],
        wrong=[t for ident, t in told.items() if not is_for_right(ident) and not _is_for_all(ident)],
        everybody=[text for ident, text in told.items() if _is_for_all(ident)],
    )


def place(question, *, right, wrong, everybody) -> str:
    """Put what is said of right and of wrong answers where a question tells it, and what is said to everybody
    into its explanation. Returns a sentence where something has no place here, else "".
    """
    right, wrong = _joined(right), _joined(wrong)
    question.explanation = _joined(everybody)
    if not right and not wrong:
        return ""
    if question.type in _PLACES:
        _PLACES[question.type](question.data, right, wrong)
        return ""
    if right and not question.explanation and question.type != "essay":
        question.explanation, right = right, ""
    return "What it says of right and wrong answers as a whole is left out." if right or wrong else ""


def _joined(texts) -> str:
    return "\n\n".join(dict.fromkeys(text for text in texts if text))


def _add(entry: dict, key: str, text: str) -> None:
    if text:
        entry[key] = _joined([entry.get(key, ""), text])


def _single_choice(data, right, wrong):
    for choice in data["choices"]:
        worth = choice.get("fraction", float(choice["correct"]))
        # Who was partly right is told neither.
        _add(choice, "feedback", right if worth >= 1 else "" if worth > 0 else wrong)


def _true_false(data, right, wrong):
    for truth in (True, False):
        _add(data, f"feedback_{str(truth).lower()}", right if data["answer"] is truth else wrong)


def _short_text(data, right, wrong):
    answers = [answer if isinstance(answer, dict) else {"text": answer} for answer in data["answers"]]
    if right:
        for answer in answers:
            if answer.get("fraction", 1) >= 1:
                _add(answer, "feedback", right)
        data["answers"] = answers
    _add(data, "feedback_otherwise", wrong)


def _numeric(data, right, wrong):
    _add(data, "feedback", right)
    for other in data.get("alternatives", ()):
        if other.get("fraction", 1) >= 1:
            _add(other, "feedback", right)
    _add(data, "feedback_otherwise", wrong)


_PLACES = {
    "single_choice": _single_choice,
    "true_false": _true_false,
    "short_text": _short_text,
    "numeric": _numeric,
}
