"""GIFT, the text format of Moodle: reader and writer.

Questions end at a blank line outside braces. Control characters are escaped by a backslash; the reader
swaps each escaped one for a private character before it looks for structure, and back afterwards.
"""

import re

from quizzes.formats import markup
from quizzes.formats.exact import apply_json, as_json, same
from quizzes.formats.result import Broken, ImportedQuestion, Reading
from quizzes.formats.text import lines_of, name_from, number
from quizzes.formats.weights import choice_data
from quizzes.types.choices import MultipleChoice, SingleChoice

NAME = "gift"
_ESCAPABLE = ":#={}~\\"
_HIDDEN = {char: chr(0xE100 + ord(char)) for char in _ESCAPABLE}
_SHOWN = {hidden: char for char, hidden in _HIDDEN.items()} | {"\ue10a": "\n"}
_TAG = re.compile(r"\[tag:([^\]]+)\]")
_EXACT = "[embark] "
_WEIGHT = re.compile(r"\s*%(-?\d+(?:\.\d+)?)%")
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
_MARKUP_TAG = re.compile(r"<[a-zA-Z/][^<>]*>")
BLANK = r"\_\_\_\_\_"


def recognises(text: str) -> bool:
    lines = [line for line in text.split("\n") if not line.lstrip().startswith("//")]
    body = "\n".join(lines)
    return (
        "$CATEGORY:" in body
        or re.search(r"^\s*::", body, re.MULTILINE) is not None
        or ("{" in body and "}" in body and not body.lstrip().startswith(("<", "{", "[")))
    )


def read(content: bytes, path: str = "") -> Reading:
    reading = Reading(NAME)
    category = ""
    for line, raw, comments in _blocks(lines_of(content)):
        if raw.startswith("$CATEGORY:"):
            category = raw.removeprefix("$CATEGORY:").strip()
            continue
        hidden = _hide(raw)
        tags = _TAG.findall(comments) + ([category_tag(category)] if category_tag(category) else [])
        exact = comments.partition(_EXACT)[2].split("\n")[0]
        name, _rest = _name(hidden)
        reading.take(
            lambda hidden=hidden, tags=tags, exact=exact: _question(hidden, tags, exact),
            name=_show(name) or name_from(_show(hidden.split("{")[0])),
            kind=_kind(hidden),
            path=path,
            line=line,
        )
    return reading


def category_tag(category: str) -> str:
    """The last part of a category's path that means something."""
    parts = [part.strip() for part in category.replace("//", "\x00").split("/")]
    meaningful = [
        part.replace("\x00", "/") for part in parts if part and not part.startswith("$") and part != "top"
    ]
    return meaningful[-1][:100] if meaningful else ""


def _blocks(lines):
    """(line number, text, comments) of each question and category."""
    block, comments, start, depth = [], [], 0, 0
    pending_blank = False

    def done():
        return start, "\n".join(block).strip(), "\n".join(comments)

    for number_, line in enumerate(lines, start=1):
        stripped = line.strip()
        if stripped.startswith("//"):
            comments.append(stripped[2:].strip())
            continue
        if stripped.startswith("$CATEGORY:"):
            if block:
                yield done()
            yield number_, stripped, ""
            block, comments, depth, pending_blank = [], [], 0, False
            continue
        # A name at the start of a line after a blank one begins a question even where a brace was left open.
        if pending_blank and block and depth and stripped.startswith("::"):
            yield done()
            block, depth = [], 0
        if not stripped:
            pending_blank = True
            if block and depth <= 0:
                yield done()
                block, comments, depth = [], [], 0
            elif block:
                block.append("")
            continue
        pending_blank = False
        if not block:
            start = number_
        block.append(line)
        bare = re.sub(r"\\.", "", line)
        depth = max(0, depth + bare.count("{") - bare.count("}"))
    if block:
        yield done()


def _hide(text: str) -> str:
    text = re.sub(r"\\([:#={}~\\])", lambda found: _HIDDEN[found[1]], text)
    return text.replace("\\n", "\ue10a")


def _show(text: str) -> str:
    return "".join(_SHOWN.get(char, char) for char in text).strip()


def _name(hidden: str) -> tuple[str, str]:
    if hidden.startswith("::"):
        name, colons, rest = hidden[2:].partition("::")
        if colons:
            return name.strip(), rest.strip()
    return "", hidden


def _split(hidden: str) -> tuple[str, str | None, str]:
    """(text before, answers or None, text after)."""
    start = hidden.find("{")
    if start < 0:
        if "}" in hidden:
            raise Broken("A closing brace has no opening one.")
        return hidden, None, ""
    end = hidden.find("}", start)
    if end < 0:
        raise Broken("The opening brace of the answers is never closed.")
    after = hidden[end + 1 :].strip()
    if "{" in after:
        raise Broken("There is more than one block of answers.")
    return hidden[:start].strip(), hidden[start + 1 : end].strip(), after


def _kind(hidden: str) -> str:
    try:
        _before, answers, _after = _split(_name(hidden)[1])
    except Broken:
        return "unknown"
    return _kind_of(answers)


def _kind_of(answers: str | None) -> str:
    if answers is None:
        return "description"
    answers = answers.rpartition("####")[0].strip() if "####" in answers else answers
    bare = _MARKUP_TAG.sub("", answers)
    if not answers:
        return "essay"
    if answers.startswith("#"):
        return "numerical"
    if re.fullmatch(r"(t|f|true|false)", bare.split("#")[0].strip(), re.IGNORECASE):
        return "truefalse"
    if "~" in bare:
        return "multichoice"
    if "=" in bare and "->" in bare:
        return "match"
    return "shortanswer"


def _text(hidden: str, default: str = "moodle") -> tuple[str, str]:
    """(Markdown, format) of a text that may say its format first."""
    found = _FORMAT.match(hidden)
    form = found[1].lower() if found else default
    shown = _show(hidden[found.end() :] if found else hidden)
    return as_markdown(shown, form), form


def as_markdown(text: str, form: str) -> str:
    """Text of a Moodle format as Markdown: html, markdown, plain, or moodle (HTML whose line ends count)."""
    if form == "markdown":
        return text.strip()
    if form == "plain":
        return markup.escape(text.strip())
    if form == "moodle" and "<" in text:
        text = re.sub(r"(?<!>)\n(?!\s*<)", "<br>\n", text)
    if form == "moodle" and "<" not in text:
        return markup.to_markdown(
            text.replace("\n", "<br>").replace("&", "&amp;")
            if "&" not in text
            else text.replace("\n", "<br>")
        )
    return markup.to_markdown(text)


def _question(hidden: str, tags: list[str], exact: str) -> ImportedQuestion:
    name, rest = _name(hidden)
    before, answers, after = _split(rest)
    general = ""
    if answers is not None and "####" in answers:
        answers, _marks, general = answers.rpartition("####")
        answers = answers.strip()
    source = before if not after else f"{before} \ue200 {after}"
    if len(after) == 1 and after in ".?!:;,":
        source = before + after if not before.endswith(after) else before
        source = f"{before} \ue200{after}"
    text, form = _text(source)
    text = text.replace("\ue200", BLANK)
    if not text.strip():
        raise Broken("The question has no text.")
    kind = _kind_of(answers)
    explanation = _text(general, form)[0] if general.strip() else ""
    question = ImportedQuestion(
        type="", name=_show(name) or name_from(text), text=text, explanation=explanation, tags=tags
    )
    if exact:
        return apply_json(question, exact)
    question.type, question.data = _READERS[kind](answers or "", form)
    return question


def _answers(answers: str, separators: str) -> list[tuple[str, str]]:
    """(separator, rest) of each answer; signs inside HTML tags don't separate."""
    masked = _MARKUP_TAG.sub(
        lambda tag: tag[0].replace("=", _HIDDEN["="]).replace("~", _HIDDEN["~"]).replace("#", _HIDDEN["#"]),
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
    return answer, _text(feedback, form)[0] if feedback.strip() else ""


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
            data["feedback_true" if said else "feedback_false"] = _text(words, form)[0]
    return "true_false", data


def _multiple_choice(answers, form):
    entries = []
    single = False
    for sign, rest in _answers(answers, "~="):
        fraction, rest = _weighted(rest, 1.0 if sign == "=" else 0.0)
        single = single or sign == "="
        answer, feedback = _with_feedback(rest, form)
        entries.append((_text(answer, form)[0], fraction, feedback))
    if len(entries) < 2:
        raise Broken("A multiple choice question needs at least two answers.")
    if max(fraction for _answer, fraction, _feedback in entries) <= 0:
        raise Broken("No answer is marked as right.")
    if sum(fraction >= 1 for _answer, fraction, _feedback in entries) > 1:
        # Several right answers: any of them may be chosen only where several can be.
        single = False
    return choice_data(entries, single=single)


def _matching(answers, form):
    pairs, distractors = [], []
    for _sign, rest in _answers(answers, "="):
        prompt, arrow, answer = rest.partition("->")
        if not arrow:
            raise Broken("A pair of the matching question has no “->”.")
        shown = _show(answer)
        text = _text(prompt, form)[0]
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
        text = _show(answer)
        if text == "*" and fraction <= 0:
            found.append({"text": "*", "fraction": 0.0, "feedback": feedback})
        elif text:
            found.append({"text": text, "fraction": fraction, "feedback": feedback})
    if not found:
        raise Broken("The question accepts no answer.")
    return "short_text", {"answers": plain_answers(found)}


def plain_answers(found):
    """Answers as bare words where they need nothing more."""
    return [
        answer["text"]
        if answer["fraction"] == 1 and not answer["feedback"]
        else {key: value for key, value in answer.items() if value != ""}
        for answer in found
    ]


def _numerical(answers, form):
    found, otherwise = [], ""
    body = answers.removeprefix("#")
    for sign, rest in _answers(body, "=~"):
        fraction, rest = _weighted(rest, 1.0)
        answer, feedback = _with_feedback(rest, form)
        answer = _show(answer)
        if sign == "~" or answer in ("", "*"):
            otherwise = otherwise or feedback
            continue
        found.append(numeric_answer(answer) | {"fraction": fraction, "feedback": feedback})
    if not found:
        raise Broken("The question accepts no number.")
    return "numeric", numeric_data(found, otherwise)


def numeric_answer(raw: str) -> dict:
    """{"answer", "tolerance"} of `3.14`, `3.14:0.01` or `3..4`. Raises Broken."""
    low, dots, high = raw.partition("..")
    if dots:
        least, most = number(low), number(high)
        if least is None or most is None:
            raise Broken(f"“{raw}” is not a range of numbers.")
        return between(least, most)
    answer, colon, tolerance = raw.partition(":")
    value, allowed = number(answer), number(tolerance) if colon and tolerance.strip() else 0.0
    if value is None or allowed is None:
        raise Broken(f"“{raw}” is not a number.")
    return {"answer": value, "tolerance": abs(allowed)}


def between(low: float, high: float) -> dict:
    """{"answer", "tolerance"} of a range, without the last binary digits that halving leaves behind."""
    return {"answer": float(f"{(low + high) / 2:.12g}"), "tolerance": float(f"{abs(high - low) / 2:.12g}")}


def numeric_data(found: list[dict], otherwise: str = "", **more) -> dict:
    """Data of a numeric question: the best answer first, the others as alternatives."""
    best = max(found, key=lambda answer: answer["fraction"])
    if best["fraction"] <= 0:
        raise Broken("No answer is marked as right.")
    data = {key: value for key, value in best.items() if key != "fraction" and value != ""}
    others = [
        {key: value for key, value in answer.items() if value != ""} for answer in found if answer is not best
    ]
    if others:
        data["alternatives"] = others
    if otherwise:
        data["feedback_otherwise"] = otherwise
    return data | more


_READERS = {
    "description": _description,
    "essay": _essay,
    "truefalse": _true_false,
    "multichoice": _multiple_choice,
    "match": _matching,
    "shortanswer": _short_answer,
    "numerical": _numerical,
}

# ------------------------------------------------------------------------------------------------ write


def write(questions) -> bytes:
    """GIFT of ImportedQuestions. What GIFT can't say is kept in a comment that the reader understands."""
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
    return f"// {_EXACT}{as_json(question)}\n{native}"


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
