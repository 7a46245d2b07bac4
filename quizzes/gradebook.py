"""Who stands where in a course: its learners, the marks of its quizzes, progress and completion.

The rows are enrolments, paged by the caller; marks are read for the learners of one page alone, so that a
page costs the same whatever stands behind it.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextField, Value
from django.db.models.functions import Concat

from courses.models import Course, Enrolment
from quizzes.due import Due, dues
from quizzes.marks import mark_of_record
from quizzes.models import Attempt, Quiz

ORDERS = {
    "newest": ["-enrolled_at", "-pk"],
    "name": ["learner__display_name", "learner__email", "pk"],
    "progress": ["-percent", "pk"],
    "behind": ["percent", "pk"],
}
# Learners whose marks are read at once where all rows are written out.
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Mark:
    """What a learner reached in one quiz: the percentage of record, None while none counts."""

    percent: float | None = None
    attempts: int = 0
    passed: bool = False
    due: Due | None = None
    """By when it was to be handed in, and whether it was."""


@dataclass(frozen=True, slots=True)
class Row:
    learner: object
    cohort: str
    enrolled_at: datetime
    percent: int
    completed_at: datetime | None
    marks: list[Mark]
    """One for each quiz, in the order of the columns."""


def courses_of(user):
    """The courses whose learners a person may see, by permission and by the course's own roles."""
    if not (user.is_active and user.has_perm("courses.view_enrolment")):
        return Course.objects.none()
    if user.has_perm("courses.view_all_learners"):
        return Course.objects.all()
    return Course.objects.editable_by(user)


def columns(course):
    """The course's quizzes that learners meet, in the order of its lessons, those of no lesson last."""
    quizzes = Quiz.objects.filter(course=course).exclude(status=Quiz.Status.DRAFT)
    return list(quizzes.order_by("lesson__section__position", "lesson__position", "title", "pk"))


def enrolments(course, *, cohort=None, words="", order="newest"):
    """Those who are in the course. `cohort`: a cohort's id, 0 for who has none, None for all.

    `words` are looked for in names and addresses; `order` is one of ORDERS.
    """
    rows = Enrolment.objects.active().filter(course=course)
    if cohort is not None:
        rows = rows.filter(cohort=cohort or None)
    if words.strip():
        # One text, so that each row is folded to capitals once a word.
        named = Concat("learner__display_name", Value(" "), "learner__email", output_field=TextField())
        rows = rows.alias(text=named)
        for word in words.split():
            rows = rows.filter(text__icontains=word)
    return rows.order_by(*ORDERS[order])


def rows_of(keys, quizzes):
    """The rows of enrolments given by their primary keys, in that order; two queries,
    three more where quizzes have due dates.

    A page is chosen by keys alone, because sorting a whole course is quick only while its rows are narrow.
    """
    found = Enrolment.objects.select_related("learner", "cohort").in_bulk(keys)
    enrolments = [found[key] for key in keys if key in found]
    attempts = (
        Attempt.objects.finished()
        .filter(quiz__in=quizzes, learner__in=[enrolment.learner_id for enrolment in enrolments])
        .filter(is_preview=False)
        .order_by("number")
        .only("quiz_id", "learner_id", "mark", "max_mark", "passed")
    )
    made = defaultdict(list)
    for attempt in attempts if quizzes else ():
        made[attempt.learner_id, attempt.quiz_id].append(attempt)
    due = dues(enrolments, quizzes) if quizzes else {}
    return [
        Row(
            enrolment.learner,
            enrolment.cohort.name if enrolment.cohort else "",
            enrolment.enrolled_at,
            enrolment.percent,
            enrolment.completed_at,
            [_mark(quiz, made, due, (enrolment.learner_id, quiz.pk)) for quiz in quizzes],
        )
        for enrolment in enrolments
    ]


def all_rows(enrolments, quizzes):
    """Every row, read a chunk at a time."""
    keys = list(enrolments.values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        yield from rows_of(keys[start : start + CHUNK], quizzes)


def _mark(quiz, made, due, key):
    attempts = made.get(key, [])
    percent = mark_of_record(quiz, attempts)
    return Mark(percent, len(attempts), any(attempt.passed for attempt in attempts), due.get(key))
