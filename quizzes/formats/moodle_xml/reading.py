"""Reading a file of questions."""

from quizzes.formats.exact import apply_json
from quizzes.formats.moodle_text import category_tag
from quizzes.formats.moodle_xml.element import EXACT_TAG, QuestionElement
from quizzes.formats.moodle_xml.kinds import READERS, markup_words
from quizzes.formats.pictures import PictureBox
from quizzes.formats.result import Broken, ImportedQuestion, NotHere, Reading
from quizzes.formats.safe_xml import line_of, parse, text_of
from quizzes.formats.text import name_from, number

NAME = "moodle-xml"


def read(content: bytes, path: str = "", pictures: PictureBox | None = None) -> Reading:
    reading = Reading(NAME)
    pictures = pictures or PictureBox(reading.files)
    root = parse(content)
    questions = [root] if root.tag == "question" else list(root.iter("question"))
    category = ""
    for node in questions:
        kind = node.get("type") or ""
        if kind == "category":
            category = category_tag(text_of(node, "category"))
            continue
        element = QuestionElement(node, pictures)
        reading.take(
            lambda element=element, category=category: _read_question(element, category),
            name=element.name,
            kind=kind,
            path=path,
            line=line_of(node),
        )
    return reading


# What Moodle writes where a teacher wrote nothing.
_USUAL = {
    "Your answer is correct.",
    "Your answer is partially correct.",
    "Your answer is incorrect.",
    "Die Antwort ist richtig.",
    "Die Antwort ist teilweise richtig.",
    "Die Antwort ist falsch.",
}


def _said_of_all(asked: QuestionElement) -> str:
    """A sentence where the question has words of its own for right, partly right and wrong answers."""
    tags = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")
    words = (" ".join(markup_words(asked.raw(asked.element.find(tag))).split()) for tag in tags)
    return (
        "What it says of right, partly right and wrong answers as a whole is left out."
        if any(text and text not in _USUAL for text in words)
        else ""
    )


def _read_question(asked: QuestionElement, category: str) -> ImportedQuestion:
    asked.pictures.begin()
    reader = READERS.get(asked.kind)
    if reader is None:
        raise NotHere(f"Questions of the type “{asked.kind or 'unknown'}” don't exist here.")
    text = asked.markdown(asked.element.find("questiontext"), default="html")
    question = ImportedQuestion(
        type="",
        name=asked.name[:255],
        text=text,
        explanation=asked.markdown(asked.element.find("generalfeedback")),
        hints=[hint for node in asked.element.findall("hint") if (hint := asked.markdown(node))],
        tags=[tag for node in asked.element.findall("tags/tag") if (tag := text_of(node)[:100])],
        mark=number(text_of(asked.element, "defaultgrade"), 1.0),
    )
    if category:
        question.tags.append(category)
    if exact := text_of(asked.element, EXACT_TAG):
        return apply_json(question, exact)
    question.type, question.data, *changed = reader(asked)
    if changed:
        question.text = changed[0]
    question.text += asked.old_picture()
    if not question.text.strip():
        raise Broken("The question has no text.")
    question.name = question.name or name_from(question.text)
    question.note = " ".join(filter(None, (asked.pictures.note(), *asked.notes, _said_of_all(asked))))
    return question
