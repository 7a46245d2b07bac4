"""Questions beside the pages of a course: the site's own quiz files, tables, and QTI 1.2 of cartridges."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from quizzes.formats import qti12, table
from quizzes.formats.pictures import PictureBox
from quizzes.formats.result import ImportedQuestion, Problem, Reading, Unreadable


class QuestionFileRefused(Exception):
    """The file is no quiz; the message is one sentence."""


@dataclass(slots=True)
class QuestionFileContent:
    """What a file of questions holds.

    `quiz` is data for `quizzes.authoring.create_quiz`; `left_out` are questions that could not be taken;
    `files` are pictures that texts name as `question-file:NAME`; `introduction` is HTML shown before the
    questions, `settings` are attempts and time limit where the file says them.
    """

    quiz: dict
    left_out: list[Problem] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    introduction: str = ""
    settings: dict[str, int] = field(default_factory=dict)


def read_question_file(data: bytes, name: str) -> QuestionFileContent:
    """A `.json` or `.csv` file. Raises QuestionFileRefused."""
    if name.lower().endswith(".json"):
        return QuestionFileContent(_json(data))
    return _content(lambda: table.read(data, name))


def read_qti12(data: bytes, path: str, beside: Mapping[str, Callable[[], bytes]]) -> QuestionFileContent:
    """A QTI 1.2 assessment; `beside` are the files of its cartridge by path. Raises QuestionFileRefused."""
    pictures = PictureBox({}, beside)
    content = _content(lambda: qti12.read(data, path, pictures))
    content.files |= pictures.files
    about = qti12.read_assessment(data)
    if about.title:
        content.quiz["title"] = about.title
    content.introduction, content.settings = about.introduction, about.settings
    return content


def _json(data: bytes) -> dict:
    try:
        quiz = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise QuestionFileRefused(f"It is not JSON that can be read: {error}.") from error
    if isinstance(quiz, list):
        quiz = {"questions": quiz}
    if not isinstance(quiz, dict) or not isinstance(quiz.get("questions"), list):
        raise QuestionFileRefused("It holds no quiz: an object with a list of “questions” was expected.")
    if not all(isinstance(question, dict) for question in quiz["questions"]):
        raise QuestionFileRefused("Each of its questions has to be an object.")
    return quiz


def _content(read: Callable[[], Reading]) -> QuestionFileContent:
    try:
        reading = read()
    except Unreadable as error:
        raise QuestionFileRefused(str(error)) from error
    questions = [_as_dict(question) for question in reading.questions]
    left_out = [item for item in reading.items if isinstance(item, Problem)]
    return QuestionFileContent({"questions": questions}, left_out, dict(reading.files))


def _as_dict(question: ImportedQuestion) -> dict:
    return {
        **question.data,
        "type": question.type,
        "name": question.name,
        "text": question.text,
        "explanation": question.explanation,
        "hints": list(question.hints),
        "tags": list(question.tags),
        "mark": question.mark,
    }
