"""Right answers as Open edX writes them: numbers, intervals, tolerances, lists, regular expressions."""

import ast
import re
from collections.abc import Iterator

from quizzes.expressions import ExpressionError, evaluate

SUFFIXES = {"%": 0.01, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "c": 1e-2, "m": 1e-3, "u": 1e-6, "n": 1e-9,
            "p": 1e-12}  # fmt: skip


class NotAQuestion(Exception):
    """Why a response can't become a question, as a clause that fits after "because"."""


def partial_keys(response, key: dict, tolerance: str) -> Iterator[dict]:
    """Answers that get half of the mark: those of a list, and those close to the right one."""
    schemes = [scheme.strip() for scheme in (response.get("partial_credit") or "").lower().split(",")]
    params = list(response.iter("responseparam"))
    if "list" in schemes:
        listed = next((p.get("partial_answers") for p in params if p.get("partial_answers")), "")
        for answer in filter(None, (part.strip() for part in listed.split(","))):
            yield numeric_key(answer, tolerance)
    if "close" in schemes and key["tolerance"]:
        wider = next((p.get("partial_range") for p in params if p.get("partial_range")), "2")
        yield {**key, "tolerance": key["tolerance"] * abs(_constant(wider))}


def numeric_key(answer: str, tolerance: str) -> dict:
    """`answer`, `tolerance` and `tolerance_type` of a right answer such as `3.14`, `[1, 2)`, `2*pi` or `5k`.

    Raises NotAQuestion where it is not a constant.
    """
    answer = answer.strip()
    interval = re.fullmatch(r"[\[(]\s*([^,]+),\s*([^,\])]+)\s*[\])]", answer)
    if interval:
        low, high = (_constant(side) for side in interval.groups())
        return {
            "answer": _rounded((low + high) / 2),
            "tolerance": _rounded(abs(high - low) / 2),
            "tolerance_type": "absolute",
        }
    key = {"answer": _constant(answer), "tolerance": 0.0, "tolerance_type": "absolute"}
    if tolerance.endswith("%"):
        key["tolerance"] = abs(_constant(tolerance[:-1])) / 100
        key["tolerance_type"] = "relative"
    elif tolerance:
        key["tolerance"] = abs(_constant(tolerance))
    return key


def _rounded(number: float) -> float:
    """Without the last binary digits that halving leaves behind: 3.1415 and not 3.1414999999999997."""
    return float(f"{number:.12g}")


def _constant(text: str) -> float:
    text = text.strip().replace("^", "**").replace("−", "-")
    if re.search(r"\d[jJ]$|\$", text):
        raise NotAQuestion("its answer is not a plain number")
    try:
        return float(text)
    except ValueError:
        pass
    suffix = re.fullmatch(r"(.*[\d.)])\s*([%kMGTcmunp])", text)
    factor = 1.0
    if suffix:
        text, factor = suffix.group(1), SUFFIXES[suffix.group(2)]
    try:
        return evaluate(text, {}) * factor
    except ExpressionError as error:
        raise NotAQuestion(f"its answer “{text}” is not a plain number") from error


def share(text: str | None, default: float) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except (TypeError, ValueError):
        return default


def option_list(text: str) -> list[str]:
    """Options of an old menu: ('a','b',"c")."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        # An apostrophe inside an option, or no quotes at all.
        body = text.strip("()[] ").strip("'\"")
        value = re.split(r"['\"]\s*,\s*['\"]", body) if re.search(r"['\"]\s*,", text) else body.split(",")
    if isinstance(value, str):
        value = [value]
    return (
        [str(option).strip() for option in value if str(option).strip()]
        if isinstance(value, (list, tuple))
        else []
    )


def plain_alternatives(pattern: str) -> list[str]:
    """A regular expression that only lists words, or only adds `.*`, as wildcard patterns."""
    body = pattern.strip().removeprefix("^").removesuffix("$")
    body = re.sub(r"^\((?:\?:)?(.*)\)$", r"\1", body)
    alternatives = []
    for part in body.split("|"):
        text = part.replace(r"\s*", " ").replace(r"\s+", " ").replace(r"\s", " ")
        text = re.sub(r"\.*(?<!\\)\.[*+]\.*", "\0", text)
        text = re.sub(r"\\([.\-+*?()\[\]'\"/ ])", lambda m: chr(0xE000 + ord(m.group(1))), text)
        if re.search(r"[\\\[\](){}?+*.^$]", text):
            raise NotAQuestion(
                f"its answer is the regular expression “{pattern}”, which is no list of accepted answers"
            )
        text = "".join(chr(ord(c) - 0xE000) if "\ue000" <= c <= "\ue07f" else c for c in text)
        alternatives.append(text.replace("*", "\\*").replace("\0", "*").strip())
    return [alternative for alternative in alternatives if alternative]
