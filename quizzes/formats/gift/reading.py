"""Reading a file, and telling of each question what it asks."""

import re

from quizzes.formats.exact import apply_json
from quizzes.formats.gift.answers import MARKUP_TAG, READERS
from quizzes.formats.gift.blocks import blocks_of
from quizzes.formats.gift.escapes import hide, show
from quizzes.formats.gift.texts import read_text
from quizzes.formats.markup import BLANK
from quizzes.formats.moodle_text import category_tag
from quizzes.formats.pictures import left_out
from quizzes.formats.result import Broken, ImportedQuestion, Reading
from quizzes.formats.text import lines_of, name_from

NAME = "gift"
EXACT = "[embark] "
_SHOWN_FILE = re.compile(
    r"<(?:img|audio|video|source|iframe|object|embed)\b[^>]*?\b(?:src|data)\s*=\s*[\"']?([^\"'\s>]+)"
    r"|!\[[^\]]*\]\(<?([^)\s>]+)",
    re.IGNORECASE,
)
_TAG = re.compile(r"\[tag:([^\]]+)\]")


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
    for line, raw, comments in blocks_of(lines_of(content)):
        if raw.startswith("$CATEGORY:"):
            category = raw.removeprefix("$CATEGORY:").strip()
            continue
        hidden = hide(raw)
        tags = _TAG.findall(comments) + ([category_tag(category)] if category_tag(category) else [])
        exact = comments.partition(EXACT)[2].split("\n")[0]
        name, _rest = _name(hidden)
        reading.take(
            lambda hidden=hidden, tags=tags, exact=exact: _question(hidden, tags, exact),
            name=" ".join(show(name).split()) or name_from(show(hidden.split("{")[0])),
            kind=_kind(hidden),
            path=path,
            line=line,
        )
    return reading


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
    bare = MARKUP_TAG.sub("", answers)
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


def _note(source: str) -> str:
    """A sentence about the files that a question shows: the format has no place to bring them along."""
    found = (match[1] or match[2] for match in _SHOWN_FILE.finditer(source))
    return left_out([address[:80] for address in found])


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
    text, form = read_text(source)
    text = text.replace("\ue200", BLANK)
    if not text.strip():
        raise Broken("The question has no text.")
    kind = _kind_of(answers)
    explanation = read_text(general, form)[0] if general.strip() else ""
    question = ImportedQuestion(
        type="",
        name=" ".join(show(name).split()) or name_from(text),
        text=text,
        explanation=explanation,
        tags=tags,
    )
    if exact:
        return apply_json(question, exact)
    question.type, question.data, *notes = READERS[kind](answers or "", form)
    question.note = " ".join(filter(None, (_note(show(hidden)), *notes)))
    return question
