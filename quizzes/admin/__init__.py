"""Quizzes in the admin, by subject. Every change goes through the same verbs as the site."""

from quizzes.admin.attempts import AccommodationAdmin, AttemptAdmin
from quizzes.admin.questions import QuestionAdmin, QuestionBankAdmin, QuestionImportAdmin
from quizzes.admin.quizzes import QuizAdmin

__all__ = [
    "AccommodationAdmin",
    "AttemptAdmin",
    "QuestionAdmin",
    "QuestionBankAdmin",
    "QuestionImportAdmin",
    "QuizAdmin",
]
