"""The tables of quizzes, by subject.

questions  banks, questions and their versions, imports of question files
quizzes    a quiz, its slots, and what is different for single learners
attempts   what a learner did: attempts, the questions in them, numbered steps, regrades
pauses     when learners could not reach the site, and what attempts got back
due        by when learners hand a quiz in, who was reminded, who reads it in a calendar
"""

from quizzes.models.attempts import Attempt, AttemptQuestion, AttemptStep, Regrade
from quizzes.models.due import DueCalendar, DueDate, DueReminder
from quizzes.models.pauses import Pause, Prolongation
from quizzes.models.questions import Question, QuestionBank, QuestionFile, QuestionImport, QuestionVersion
from quizzes.models.quizzes import Accommodation, Quiz, QuizSlot

__all__ = [
    "Accommodation",
    "Attempt",
    "AttemptQuestion",
    "AttemptStep",
    "DueCalendar",
    "DueDate",
    "DueReminder",
    "Pause",
    "Prolongation",
    "Question",
    "QuestionBank",
    "QuestionFile",
    "QuestionImport",
    "QuestionVersion",
    "Quiz",
    "QuizSlot",
    "Regrade",
]
