"""Moodle's embedded answers: `{1:SHORTANSWER:=Paris~%50%Lyon#nearly}` inside a text."""

import html
import re

from quizzes.formats.answers import numeric_answer, numeric_data, plain_answers
from quizzes.formats.markup import CLOSE, OPEN, to_markdown
from quizzes.formats.result import Broken, NotHere
from quizzes.formats.text import number
from quizzes.formats.weights import choice_data
from quizzes.types.choices import MultipleChoice, SingleChoice

_START = re.compile(r"\{\s*(\d*)\s*:\s*([A-Z_]+)\s*:", re.IGNORECASE)
_SHORT = {"SHORTANSWER", "SA", "MW"}
_SHORT_CASE = {"SHORTANSWER_C", "SAC", "MWC"}
_NUMERIC = {"NUMERICAL", "NM"}
_CHOICE = re.compile(r"(MULTICHOICE|MC)(_?[VHS]{0,2})$")
_SEVERAL = re.compile(r"(MULTIRESPONSE|MR)(_?[VHS]{0,2})$")
_ESCAPED = re.compile(r"\\([}#~/\"\\=:{])")


def read_cloze(source: str, *, is_html: bool, image) -> tuple[str, dict]:
    """(Markdown text with [[1]] for each gap, data of a gap_fill question). Raises Broken, NotHere."""
    gaps, parts, end = [], [], 0
    while found := _START.search(source, end):
        close = _end_of(source, found.end())
        if close < 0:
            raise Broken("An embedded answer is never closed.")
        parts.append(source[end : found.start()])
        gaps.append(_gap(found[1], found[2].upper(), source[found.end() : close], is_html))
        parts.append(f"{OPEN}[[{len(gaps)}]]{CLOSE}")
        end = close + 1
    parts.append(source[end:])
    if not gaps:
        raise Broken("The text has no embedded answers.")
    return to_markdown("".join(parts), image=image), {"gaps": gaps}


def mark_gaps(source: str) -> str:
    """Markdown with [[1]] for each embedded answer, and otherwise as it is."""
    parts, end, count = [], 0, 0
    while found := _START.search(source, end):
        count += 1
        parts += [source[end : found.start()], f"[[{count}]]"]
        end = _end_of(source, found.end()) + 1
    return "".join([*parts, source[end:]])


def _end_of(source: str, start: int) -> int:
    place = start
    while (place := source.find("}", place)) >= 0:
        backslashes = len(source[:place]) - len(source[:place].rstrip("\\"))
        if backslashes % 2 == 0:
            return place
        place += 1
    return -1


def _gap(weight: str, kind: str, body: str, is_html: bool) -> dict:
    answers = [_answer(raw, is_html) for raw in re.split(r"(?<!\\)~", body)]
    answers = [answer for answer in answers if answer is not None]
    if not answers:
        raise Broken("An embedded answer accepts nothing.")
    gap = {"weight": float(weight) if weight else 1.0}
    if kind in _SHORT or kind in _SHORT_CASE:
        found = [{"text": text, "fraction": fraction, "feedback": note} for fraction, text, note in answers]
        wrong = next(
            (answer["feedback"] for answer in found if answer["text"] == "*" and answer["fraction"] <= 0), ""
        )
        found = [answer for answer in found if answer["text"] != "*" or answer["fraction"] > 0]
        _must_be_whole([0.0, *(answer["fraction"] for answer in found)])
        data = {"answers": plain_answers(found), "case_sensitive": kind in _SHORT_CASE}
        return gap | {"type": "short_text", "data": data | ({"feedback_otherwise": wrong} if wrong else {})}
    if kind in _NUMERIC:
        found, otherwise = [], ""
        for fraction, text, note in answers:
            if text.strip() in ("*", ""):
                otherwise = otherwise or note
            else:
                found.append(numeric_answer(text) | {"fraction": fraction, "feedback": note})
        if not found:
            raise Broken("An embedded number accepts nothing.")
        _must_be_whole(answer["fraction"] for answer in found)
        return gap | {"type": "numeric", "data": numeric_data(found, otherwise)}
    if found := _CHOICE.fullmatch(kind) or _SEVERAL.fullmatch(kind):
        if _CHOICE.fullmatch(kind):
            _must_be_whole(fraction for fraction, _text, _note in answers)
        type_, data = choice_data(
            [(text, fraction, note) for fraction, text, note in answers],
            single=found[1] in ("MULTICHOICE", "MC"),
            shuffle=found[2].endswith("S"),
        )
        return gap | {"type": type_, "data": data}
    raise NotHere(f"Embedded answers of the kind {kind} don't exist here.")


def _must_be_whole(fractions) -> None:
    """Refuse, as Moodle does, what nobody can answer for all of its mark. Teachers round thirds."""
    if max(fractions) < 0.95:
        raise Broken("An embedded answer has none that gives the whole mark.")


def _answer(raw: str, is_html: bool) -> tuple[float, str, str] | None:
    raw = raw.strip()
    if not raw:
        return None
    fraction = 0.0
    if raw.startswith("="):
        fraction, raw = 1.0, raw[1:]
    elif found := re.match(r"%(-?[\d.,]+)%", raw):
        fraction, raw = (number(found[1], 0.0) or 0.0) / 100, raw[found.end() :]
    pieces = re.split(r"(?<!\\)#", raw, maxsplit=1)
    text, note = (_ESCAPED.sub(r"\1", piece).strip() for piece in [*pieces, ""][:2])
    if is_html:
        text, note = _plain(text), _plain(note)
    return fraction, text, note


def _plain(text: str) -> str:
    """The words of HTML; a line break keeps them apart."""
    text = re.sub(r"<br\s*/?>", " ", text, flags=re.IGNORECASE)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())


# ------------------------------------------------------------------------------------------------ write

_ESCAPE = re.compile(r"([}#~/\"\\])")


def write_cloze(text: str, data: dict) -> str:
    """A text with its gaps as embedded answers; text and answers stay Markdown."""

    def written(found):
        return _written(data["gaps"][int(found[1]) - 1])

    return re.sub(r"\[\[(\d+)\]\]", written, text)


def _sign(fraction: float) -> str:
    return "=" if fraction == 1 else "" if fraction == 0 else f"%{fraction * 100:g}%"


def _word(text: str, note: str = "") -> str:
    escaped = _ESCAPE.sub(r"\\\1", text)
    return f"{escaped}#{_word(note)}" if note else escaped


def _written(gap: dict) -> str:
    data, parts = gap["data"], []
    if gap["type"] == "short_text":
        kind = "SHORTANSWER_C" if data.get("case_sensitive") else "SHORTANSWER"
        for answer in data["answers"]:
            entry = answer if isinstance(answer, dict) else {"text": answer}
            parts.append(_sign(entry.get("fraction", 1)) + _word(entry["text"], entry.get("feedback", "")))
    elif gap["type"] == "numeric":
        kind = "NUMERICAL"
        for answer in [{**data, "fraction": 1}, *data.get("alternatives", ())]:
            value = f"{answer['answer']!r}:{answer.get('tolerance', 0)!r}"
            parts.append(_sign(answer.get("fraction", 1)) + _word(value, answer.get("feedback", "")))
    else:
        several = gap["type"] == "multiple_choice"
        kind = ("MULTIRESPONSE" if several else "MULTICHOICE") + ("_S" if data.get("shuffle", True) else "")
        worths = (MultipleChoice if several else SingleChoice).worths(data)
        for choice, fraction in zip(data["choices"], worths, strict=True):
            parts.append(_sign(fraction) + _word(choice["text"], choice.get("feedback", "")))
    if data.get("feedback_otherwise"):
        parts.append(_word("*", data["feedback_otherwise"]))
    weight = gap.get("weight", 1)
    return f"{{{weight:g}:{kind}:{'~'.join(parts)}}}"
