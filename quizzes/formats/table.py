"""Questions as a table (CSV): one row a question, columns by the names in its first row.

type, name, question, answer, option 1 to option n (or A, B, ...), feedback, explanation, tags, tolerance,
unit, mark. A choice is named in `answer` by its letter, its number or its text; several are separated by
`|` or `;`.
"""

import csv
import io
import re

from quizzes.formats.result import Broken, ImportedQuestion, NotHere, Reading, Unreadable
from quizzes.formats.text import decode, name_from, number, storable

NAME = "csv"
_HEADS = {
    "type": {"type", "question type", "questiontype", "qtype", "kind"},
    "name": {"name", "title", "question name", "id"},
    "text": {"question", "text", "question text", "questiontext", "stem", "prompt"},
    "answer": {
        "answer", "answers", "correct", "correct answer", "correct answers", "correctanswer",
        "right answer", "key", "solution", "correct option", "correct choice", "correct answer(s)",
    },
    "explanation": {"explanation", "general feedback", "feedback", "rationale", "answer explanation"},
    "tags": {"tags", "tag", "category", "topic"},
    "tolerance": {"tolerance", "margin", "error"},
    "unit": {"unit"},
    "mark": {"mark", "marks", "points", "score", "default mark"},
    "hint": {"hint", "hints"},
    "choices": {"options", "choices"},
    "wrong": {"incorrect answers", "wrong answers", "distractors"},
}  # fmt: skip
_OPTION = re.compile(r"(?:(?:option|choice|answer|distractor)[ _-]*)?([a-z]|\d{1,2})")
# Columns of the tables that quiz games ask teachers to fill in; there a right answer is a number.
_TEMPLATES = {"time in seconds", "time limit (sec)"}
_LISTED = re.compile(r"[A-Za-z](\s*,\s*[A-Za-z])+|\d{1,2}(\s*,\s*\d{1,2})+")
_WORDS = {
    "single_choice": "single choice, mc, multichoice, multiple choice, multiplechoice, mcq, radio, multiple",
    "multiple_choice": "multiple answer, multiple answers, multiple response, multiple select, ma, checkbox",
    "true_false": "true/false, truefalse, true false, tf, boolean",
    "numeric": "numerical, number",
    "short_text": "short text, short answer, shortanswer, text, fill in, fib, fill in the blank",
    "essay": "essay, open, long answer, open ended",
    "ordering": "ordering, order",
    "matching": "matching, match",
    "text_block": "text block, description",
}
_TYPES = {word: kind for kind, words in _WORDS.items() for word in (kind, *words.split(", "))}


def _without_settings(text: str) -> str:
    """Without the line by which Excel learns the separator."""
    return re.sub(r"\A\ufeff?sep=.\n", "", text)


def recognises(text: str) -> bool:
    head = _without_settings(text.replace("\r\n", "\n")).lstrip("\ufeff").split("\n", 1)[0]
    cells = [cell.strip().strip('"').lower().replace("_", " ") for cell in re.split(r"[,;\t|]", head)]
    return len(cells) > 1 and bool(_HEADS["text"] & set(cells))


def read(content: bytes, path: str = "") -> Reading:
    text = _without_settings(storable(decode(content)).replace("\r\n", "\n").replace("\r", "\n"))
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=head.count)
    csv.field_size_limit(10 * 2**20)
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        heads = next(rows)
        columns = _columns(heads)
    except (StopIteration, csv.Error) as error:
        raise Unreadable("The table is empty.") from error
    if "text" not in columns.values():
        raise Unreadable("The first row names no column “question”.")
    reading = Reading(NAME)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return reading
        except csv.Error as error:
            reading.take(_raise(f"The row can't be read: {error}."), path=path, line=rows.line_num)
            continue
        if not any(cell.strip() for cell in row):
            continue
        if any(cell.strip() for cell in row[len(heads) :]):
            reason = (
                "The row has more cells than the first one: a text that holds the separator needs quotes."
            )
            reading.take(_raise(reason), name=name_from(row[0]), path=path, line=rows.line_num)
            continue
        cells, options = _cells(columns, row)
        if _TEMPLATES & {" ".join(head.lower().split()) for head in heads}:
            cells["numbered"] = "yes"
        if delimiter != ";" and re.fullmatch(r"-?[1-9]\d{0,2}(,\d{3})+", cells.get("answer", "")):
            cells["ambiguous"] = "yes"
        reading.take(
            lambda cells=cells, options=options: _question(cells, options),
            name=cells.get("name") or name_from(cells.get("text", "")),
            kind=cells.get("type", ""),
            path=path,
            line=rows.line_num,
        )


def _raise(reason):
    def fail():
        raise Broken(reason)

    return fail


def _columns(head):
    columns = {}
    for place, cell in enumerate(head):
        name = " ".join(cell.strip().strip("\ufeff").lower().replace("_", " ").split())
        known = next((key for key, names in _HEADS.items() if name in names), None)
        if known is None and (option := _OPTION.fullmatch(name)):
            known = f"option {option[1]}"
        if known:
            columns[place] = known
    return columns


def _cells(columns, row):
    cells, options = {}, []
    for place, value in enumerate(row):
        key = columns.get(place)
        if key is None:
            continue
        if key.startswith("option "):
            if value.strip():
                options.append((key.removeprefix("option "), value.strip()))
        elif value.strip():
            cells[key] = value.strip()
    if "wrong" in cells:
        texts = [text.strip() for text in re.split(r"[|;]", cells["wrong"]) if text.strip()]
        options += [
            (str(place), text) for place, text in enumerate([cells.get("answer", ""), *texts], start=1)
        ]
    if "choices" in cells:
        separator = "|" if "|" in cells["choices"] else ";"
        texts = [text.strip() for text in cells["choices"].split(separator) if text.strip()]
        options += [(str(number_), text) for number_, text in enumerate(texts, start=1)]
    return cells, options


def _question(cells, options):
    text, answer = cells.get("text", ""), cells.get("answer", "")
    if not text:
        raise Broken("The row has no question.")
    said = " ".join(cells.get("type", "").lower().replace("-", " ").split())
    kind = _TYPES.get(said)
    if said and kind is None:
        raise NotHere(f"Questions of the type “{said}” don't exist here.")
    kind = kind or _guess(answer, options)
    data = _DATA[kind](cells, options, answer)
    if kind in ("single_choice", "multiple_choice"):
        right = sum(choice["correct"] for choice in data["choices"])
        kind = "multiple_choice" if right > 1 or kind == "multiple_choice" else "single_choice"
    return ImportedQuestion(
        type=kind,
        name=cells.get("name") or name_from(text),
        text=text,
        data=data,
        explanation=cells.get("explanation", ""),
        hints=[cells["hint"]] if cells.get("hint") else [],
        tags=[tag.strip()[:100] for tag in re.split(r"[|;,]", cells.get("tags", "")) if tag.strip()],
        mark=number(cells.get("mark"), 1.0),
    )


def _guess(answer, options):
    if options:
        words = {text.lower() for _key, text in options}
        return "true_false" if words == {"true", "false"} else "single_choice"
    if answer.lower() in ("true", "false", "t", "f"):
        return "true_false"
    if number(answer) is not None:
        return "numeric"
    return "short_text" if answer else "essay"


def _several(answer):
    return [part.strip() for part in re.split(r"[|;]", answer) if part.strip()]


def _choices(cells, options, answer):
    if len(options) < 2:
        raise Broken("The row has fewer than two choices.")
    texts = [text for _key, text in options]
    wanted = [answer.strip()] if answer.strip() in texts else _several(answer)
    if len(wanted) == 1 and wanted[0] not in texts and _LISTED.fullmatch(wanted[0]):
        wanted = [letter.strip() for letter in wanted[0].split(",")]
    lows = [text.lower() for text in texts]
    # Whether a word is a choice's text or its number is decided for all of them together.
    by_text = "numbered" not in cells and all(word.lower() in lows for word in wanted)
    right = set()
    for word in wanted:
        found = lows.index(word.lower()) if by_text else _numbered_choice(word, options)
        if found is None:
            raise Broken(f"The answer “{word[:40]}” is none of the choices.")
        right.add(found)
    if not right:
        raise Broken("The row says no right answer.")
    return {
        "choices": [{"text": text, "correct": place in right} for place, (_key, text) in enumerate(options)]
    }


def _numbered_choice(word, options):
    """Place of the choice that a word names: by its column's name, by letter or number, or else by text."""
    low = word.lower()
    key = _OPTION.fullmatch(low)
    wanted = key[1] if key else low
    for place, (name, _text) in enumerate(options):
        if name == wanted:
            return place
    if len(wanted) == 1 and wanted.isalpha() and ord(wanted) - ord("a") < len(options):
        return ord(wanted) - ord("a")
    if wanted.isdigit() and 1 <= int(wanted) <= len(options):
        return int(wanted) - 1
    return next((place for place, (_key, text) in enumerate(options) if text.lower() == low), None)


def _true_false(cells, options, answer):
    words = {
        "true": True,
        "t": True,
        "1": True,
        "yes": True,
        "false": False,
        "f": False,
        "0": False,
        "no": False,
        "wahr": True,
        "richtig": True,
        "ja": True,
        "falsch": False,
        "nein": False,
    }
    word = answer.lower()
    if options and word not in ("true", "false") and (place := _numbered_choice(word, options)) is not None:
        word = options[place][1].lower()
    if word not in words:
        raise Broken("The answer is neither true nor false.")
    return {"answer": words[word]}


def _numeric(cells, options, answer):
    if "ambiguous" in cells:
        raise Broken(f"“{answer}” can be read as two numbers: write it without the comma, or with a point.")
    value = number(answer)
    if value is None:
        raise Broken(f"“{answer[:40]}” is not a number.")
    data = {"answer": value, "tolerance": abs(number(cells.get("tolerance"), 0.0))}
    return data | ({"unit": cells["unit"]} if cells.get("unit") else {})


def _short_text(cells, options, answer):
    answers = _several(answer) + [text for _key, text in options]
    if not answers:
        raise Broken("The row accepts no answer.")
    return {"answers": answers}


def _ordering(cells, options, answer):
    return {"items": [text for _key, text in options] or _several(answer)}


def _matching(cells, options, answer):
    pairs = [part.partition("=>") for part in [text for _key, text in options] or _several(answer)]
    return {"pairs": [{"prompt": prompt.strip(), "answer": right.strip()} for prompt, _arrow, right in pairs]}


_DATA = {
    "single_choice": _choices,
    "multiple_choice": _choices,
    "true_false": _true_false,
    "numeric": _numeric,
    "short_text": _short_text,
    "ordering": _ordering,
    "matching": _matching,
    "essay": lambda cells, options, answer: {"grader_notes": answer} if answer else {},
    "text_block": lambda cells, options, answer: {},
}
