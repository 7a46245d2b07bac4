"""What stands in the braces of each kind of question: its type here, that type's data, and a sentence where
something is other than in the file.
"""

import re

from quizzes.formats.answers import numeric_answer, numeric_data, plain_answers, reach
from quizzes.formats.gift.escapes import HIDDEN, show
from quizzes.formats.gift.texts import read_text
from quizzes.formats.result import Broken
from quizzes.formats.weights import choice_data

_WEIGHT = re.compile(r"\s*%(-?\d+(?:\.\d+)?)%")
MARKUP_TAG = re.compile(r"<[a-zA-Z/][^<>]*>")


def _answers(answers: str, separators: str) -> list[tuple[str, str]]:
    """(separator, rest) of each answer; signs inside HTML tags don't separate."""
    masked = MARKUP_TAG.sub(
        lambda tag: tag[0].replace("=", HIDDEN["="]).replace("~", HIDDEN["~"]).replace("#", HIDDEN["#"]),
        answers,
    )
    pieces = re.split(f"([{separators}])", masked)
    found = [(sign, rest) for sign, rest in zip(pieces[1::2], pieces[2::2], strict=True)]
    if pieces[0].strip():
        found.insert(0, ("", pieces[0]))
    return found


def _weighted(rest: str, default: float) -> tuple[float, str]:
    found = _WEIGHT.match(rest)
    if not found:
        return default, rest
    return max(-1.0, min(1.0, float(found[1]) / 100)), rest[found.end() :]


def _with_feedback(rest: str, form: str) -> tuple[str, str]:
    answer, _hash, feedback = rest.partition("#")
    return answer, read_text(feedback, form)[0] if feedback.strip() else ""


def _description(answers, form):
    return "text_block", {}


def _essay(answers, form):
    return "essay", {}


def _true_false(answers, form):
    verdict, _hash, feedback = answers.partition("#")
    wrong, _hash, right = feedback.partition("#")
    truth = verdict.strip().lower() in ("t", "true")
    data = {"answer": truth}
    for said, words in ((truth, right), (not truth, wrong)):
        if words.strip():
            data["feedback_true" if said else "feedback_false"] = read_text(words, form)[0]
    return "true_false", data


def _multiple_choice(answers, form):
    entries = []
    single = False
    for sign, rest in _answers(answers, "~="):
        fraction, rest = _weighted(rest, 1.0 if sign == "=" else 0.0)
        single = single or sign == "="
        answer, feedback = _with_feedback(rest, form)
        entries.append((read_text(answer, form)[0], fraction, feedback))
    if len(entries) < 2:
        raise Broken("A multiple choice question needs at least two answers.")
    if max(fraction for _answer, fraction, _feedback in entries) <= 0:
        raise Broken("No answer is marked as right.")
    if sum(fraction >= 1 for _answer, fraction, _feedback in entries) > 1:
        # Several right answers: any of them may be chosen only where several can be.
        single = False
    worths = [fraction for _answer, fraction, _feedback in entries if fraction > 0]
    return *choice_data(entries, single=single), reach(max(worths) if single else sum(worths), scaled=single)


def _matching(answers, form):
    pairs, distractors = [], []
    for _sign, rest in _answers(answers, "="):
        prompt, arrow, answer = rest.partition("->")
        if not arrow:
            raise Broken("A pair of the matching question has no “->”.")
        shown = show(answer)
        text = read_text(prompt, form)[0]
        if text:
            pairs.append({"prompt": text, "answer": shown})
        elif shown:
            distractors.append(shown)
    if len(pairs) < 2:
        raise Broken("A matching question needs at least two pairs.")
    return "matching", {"pairs": pairs} | ({"distractors": distractors} if distractors else {})


def _short_answer(answers, form):
    found = []
    for _sign, rest in _answers(answers, "="):
        fraction, rest = _weighted(rest, 1.0)
        answer, feedback = _with_feedback(rest, form)
        text = show(answer)
        if text == "*" and fraction <= 0:
            found.append({"text": "*", "fraction": 0.0, "feedback": feedback})
        elif text:
            found.append({"text": text, "fraction": fraction, "feedback": feedback})
    if not found:
        raise Broken("The question accepts no answer.")
    best = max(answer["fraction"] for answer in found)
    return "short_text", {"answers": plain_answers(found)}, reach(best, scaled=False)


def _numerical(answers, form):
    found, otherwise = [], ""
    body = answers.removeprefix("#")
    for sign, rest in _answers(body, "=~"):
        fraction, rest = _weighted(rest, 1.0)
        answer, feedback = _with_feedback(rest, form)
        answer = show(answer)
        if sign == "~" or answer in ("", "*"):
            otherwise = otherwise or feedback
            continue
        found.append(numeric_answer(answer) | {"fraction": fraction, "feedback": feedback})
    if not found:
        raise Broken("The question accepts no number.")
    best = max(answer["fraction"] for answer in found)
    return "numeric", numeric_data(found, otherwise), reach(best, scaled=True)


READERS = {
    "description": _description,
    "essay": _essay,
    "truefalse": _true_false,
    "multichoice": _multiple_choice,
    "match": _matching,
    "shortanswer": _short_answer,
    "numerical": _numerical,
}
