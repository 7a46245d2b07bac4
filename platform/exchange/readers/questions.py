"""Quiz files beside lessons: the site's JSON, and tables of questions as CSV."""

import json


class QuestionFileRefused(Exception):
    """The file is no quiz; the message is one sentence."""


def read_question_file(data: bytes, name: str) -> tuple[dict, list[tuple[str, str]]]:
    """(quiz data for `quizzes.authoring.create_quiz`, [(name, reason) of each question that was left out]).

    Raises QuestionFileRefused.
    """
    if name.lower().endswith(".json"):
        return _json(data), []
    raise QuestionFileRefused("No reader")


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
