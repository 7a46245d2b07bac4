"""Quizzes to take, and the forms that answer them as a browser would."""

from types import SimpleNamespace

import pytest
from django.http import QueryDict

from quizzes import attempts, authoring
from quizzes.responses import fields_by_position

QUIZ = {
    "slug": "loops",
    "title": "Loops",
    "description": "What a loop does.",
    "credits": 10,
    "pass_mark": 60,
    "attempts": 3,
    "questions": [
        {
            "type": "single_choice",
            "name": "Range",
            "text": "What does `range(3)` count?",
            "choices": [
                {"text": "0, 1, 2", "correct": True, "feedback": "KEYWORD-FEEDBACK-RIGHT"},
                {"text": "1, 2, 3", "feedback": "KEYWORD-FEEDBACK-WRONG"},
                {"text": "3"},
            ],
            "explanation": "KEYWORD-EXPLANATION: it starts at zero.",
        },
        {
            "type": "multiple_choice",
            "name": "Immutable",
            "text": "Which are immutable?",
            "choices": [
                {"text": "tuple", "correct": True},
                {"text": "str", "correct": True},
                {"text": "list"},
                {"text": "dict"},
            ],
        },
        {"type": "true_false", "name": "Zero", "text": "An empty list is false.", "answer": True},
        {"type": "numeric", "name": "Pi", "text": "Pi?", "answer": 3.14159, "tolerance": 0.01},
        {"type": "short_text", "name": "Stop", "text": "Leave a loop?", "answers": ["KEYWORDbreak"]},
    ],
}


@pytest.fixture
def quiz(db):
    return authoring.create_quiz(data=QUIZ)


@pytest.fixture
def make_quiz(db):
    def make(*questions, **settings):
        data = {"title": "A quiz", "credits": 10, "pass_mark": 60, **settings, "questions": list(questions)}
        return authoring.create_quiz(data=data)

    return make


def post_for(attempt, answers):
    """A posted form: {position: answer} with the words, numbers or truth that a learner would give."""
    post = QueryDict(mutable=True)
    for question in attempt.questions.select_related("version"):
        if question.position not in answers:
            continue
        prefix = f"q{question.position}-"
        answer, data, variant = answers[question.position], question.version.data, question.variant
        post[f"{prefix}shown"] = "1"
        if answer is None:
            continue
        match question.version.type:
            case "single_choice":
                post[f"{prefix}choice"] = str(_place(data["choices"], variant, answer))
            case "multiple_choice":
                places = [str(_place(data["choices"], variant, text)) for text in answer]
                post.setlist(f"{prefix}choice", places)
            case "true_false":
                post[f"{prefix}choice"] = str(answer).lower()
            case _:
                post[f"{prefix}answer"] = str(answer)
    return post


def _place(choices, variant, text):
    number = next(number for number, choice in enumerate(choices) if choice["text"] == text)
    return variant["order"].index(number)


def fields_for(attempt, answers):
    return fields_by_position(post_for(attempt, answers))


RIGHT = {1: "0, 1, 2", 2: ["tuple", "str"], 3: True, 4: "3,14", 5: "keywordBREAK"}
WRONG = {1: "3", 2: ["list"], 3: False, 4: "4", 5: "continue"}


@pytest.fixture
def answers():
    """`right` and `wrong` answers to the quiz, and the forms that carry answers: `post` and `fields`."""

    def post(attempt, given):
        return dict(post_for(attempt, given).lists())

    return SimpleNamespace(right=RIGHT, wrong=WRONG, post=post, fields=fields_for)


@pytest.fixture
def take(quiz, learner):
    """Take the quiz from start to submission; all right if not said otherwise."""

    def take(answers=RIGHT, *, who=None, of=None):
        attempt = attempts.start(quiz=of or quiz, learner=who or learner)
        return attempts.submit(attempt=attempt, fields=fields_for(attempt, answers))

    return take
