"""Interactions inside a text: one word, one number, one of a list."""

import math
import re

from quizzes.formats.answers import between, numeric_data
from quizzes.formats.markup import BLANK
from quizzes.formats.qti21.responses import Declared, best_of
from quizzes.formats.result import Broken, NotHere
from quizzes.formats.text import literal, number
from quizzes.formats.weights import choice_data

INLINE = {"textEntryInteraction", "inlineChoiceInteraction"}


def fits_a_gap(node, declared) -> bool:
    """Whether an interaction can stand among others in a text: one word, one number, one of a list."""
    if node.tag == "choiceInteraction":
        answer = declared.get(node.get("responseIdentifier") or "")
        return answer is not None and answer.cardinality == "single"
    return node.tag in INLINE


def read_inline(item, nodes, declared):
    gaps, places = [], {}
    for node in nodes:
        answer = declared.get(node.get("responseIdentifier") or "") or Declared()
        gaps.append(read_gap(item, node, answer))
        places[node] = f"[[{len(gaps)}]]"
    if len(nodes) > 1 and item.responses.is_together():
        item.notes.append("Only all answers together were right there; here each gives its share.")
    if len(nodes) > 1 or nodes[0].tag == "inlineChoiceInteraction":
        return "gap_fill", {"gaps": gaps}, item.texts.markdown(item.body, places)
    text = item.texts.markdown(item.body, {nodes[0]: "\ue200"})
    text = re.sub(r"\s*\ue200\s*$", "", text).replace("\ue200", BLANK)
    return gaps[0]["type"], gaps[0]["data"], text


def read_gap(item, node, answer):
    weight = best_of(answer) or item.responses.gains().get(node.get("responseIdentifier") or "", 0.0) or 1.0
    if node.tag in ("inlineChoiceInteraction", "choiceInteraction"):
        best = max(answer.mapping.values(), default=0.0)
        worth = {key: value / best for key, value in answer.mapping.items() if value > 0}
        worth = worth or dict.fromkeys(answer.correct, 1.0)
        entries = [
            (item.texts.words(child), worth.get(child.get("identifier"), 0.0), "")
            for child in node
            if child.tag in ("inlineChoice", "simpleChoice")
        ]
        if not any(fraction for _text, fraction, _note in entries):
            raise Broken("A list has no right choice.")
        kind, data = choice_data(entries, single=True, shuffle=(node.get("shuffle") or "").lower() == "true")
        return {"type": kind, "data": data, "weight": weight}
    if answer.base_type in ("float", "integer"):
        found = [
            {"answer": value, "tolerance": 0.0, "fraction": 1.0, "feedback": ""}
            for raw in answer.correct or list(answer.mapping)
            if (value := number(raw)) is not None
        ]
        if answer.ranges:
            data = numeric_data(from_ranges(answer))
            return {"type": "numeric", "data": data, "weight": weight}
        if not found:
            raise _nothing(item, "A gap accepts no number.")
        data = numeric_data(found)
        identifier = node.get("responseIdentifier")
        if rounded := _rounded(item, data["answer"], identifier):
            data["answer"], data["tolerance"] = rounded
            return {"type": "numeric", "data": data, "weight": weight}
        data["tolerance"], kind = tolerance_of(item, data["answer"], identifier)
        if kind == "relative":
            data["tolerance_type"] = kind
        return {"type": "numeric", "data": data, "weight": weight}
    best = max((value for value in answer.mapping.values()), default=0.0)
    answers = [
        literal(text) if value >= best else {"text": literal(text), "fraction": round(value / best, 6)}
        for text, value in answer.mapping.items()
        if value > 0
    ]
    answers += [literal(text) for text in answer.correct if text and text not in answer.mapping]
    if not answers:
        raise _nothing(item, "A gap accepts nothing.")
    case = answer.case_sensitive or _differs_by_case(answer.mapping)
    case = case or (not answer.mapping and _matches_case(item, node.get("responseIdentifier") or ""))
    return {"type": "short_text", "data": {"answers": answers, "case_sensitive": case}, "weight": weight}


def _nothing(item, sentence) -> Exception:
    """Why a gap accepts nothing: its answer may be one that this site can't say."""
    if next(item.element.iter("patternMatch"), None) is not None:
        return NotHere("Regular expressions as answers don't exist here.")
    return Broken(sentence)


def _differs_by_case(mapping) -> bool:
    """Whether words are listed that are the same but for their capitals."""
    return len({word.casefold() for word in mapping}) < len(mapping)


def _matches_case(item, identifier) -> bool:
    """Whether capitals count: `match` compares words as they are, `stringMatch` says it."""
    found = next(item.element.iter("stringMatch"), None)
    if found is not None:
        return (found.get("caseSensitive") or "").lower() == "true"
    return item.responses.is_compared(identifier)


def tolerance_of(item, answer, identifier=None) -> tuple[float, str]:
    for node in item.element.iter("equal"):
        names = [variable.get("identifier") for variable in node.iter("variable")]
        raw = (node.get("tolerance") or "").split()
        if not raw or (identifier and identifier not in names):
            continue
        amount = max(abs(number(part, 0.0)) for part in raw)
        if node.get("toleranceMode") == "relative":
            return amount / 100, "relative"
        if node.get("toleranceMode") == "absolute":
            return amount, "absolute"
    return 0.0, "absolute"


def _rounded(item, answer: float, identifier) -> tuple[float, float] | None:
    """(the answer, its tolerance) where a number is right that rounds like the right one; else None."""
    for node in item.element.iter("equalRounded"):
        names = [variable.get("identifier") for variable in node.iter("variable")]
        figures = number(node.get("figures"))
        if figures is None or identifier not in names:
            continue
        places = int(figures)
        if node.get("roundingMode") != "decimalPlaces":
            places -= 1 + (math.floor(math.log10(abs(answer))) if answer else 0)
        return round(answer, places), float(f"{0.5 * 10**-places:.6g}")
    return None


def from_ranges(answer) -> list[dict]:
    best = max(worth for _low, _high, worth in answer.ranges)
    return [
        between(low, high) | {"fraction": min(1.0, worth / best), "feedback": ""}
        for low, high, worth in answer.ranges
    ]
