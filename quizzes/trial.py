"""Trying a quiz without an account: nothing is stored, the form itself carries the signed seed.

The same seed lays out the same questions again when the answers come back, and the server marks them.
"""

import random
import secrets

from django.core import signing

from quizzes import grading, layout
from quizzes.models import AttemptQuestion
from quizzes.responses import read_response

SALT = "quizzes.trial"
MAX_AGE = 24 * 3600


def new_ticket(quiz):
    return signing.dumps({"quiz": quiz.pk, "seed": secrets.randbits(53)}, salt=SALT)


def questions_of(quiz, ticket):
    """Unsaved questions of the trial that a ticket names. Raises signing.BadSignature."""
    content = signing.loads(ticket, salt=SALT, max_age=MAX_AGE)
    if content["quiz"] != quiz.pk:
        raise signing.BadSignature("a ticket of another quiz")
    rows = layout.lay_out(quiz, random.Random(content["seed"]))  # noqa: S311  not a secret
    return [AttemptQuestion(position=place, **row) for place, row in enumerate(rows, start=1)]


def mark(quiz, questions, fields):
    """Read and mark the posted answers in place; returns (mark, max_mark). What a person must mark is 0."""
    for question in questions:
        if question.position in fields:
            question.response, question.certainty, _flag = read_response(question, fields[question.position])
        grading.mark_question(quiz, question)
    return (
        sum(question.mark or 0.0 for question in questions),
        sum(question.max_mark for question in questions),
    )
