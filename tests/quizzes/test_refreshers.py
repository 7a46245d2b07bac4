"""Which quizzes are due for review, why, and how each may be refreshed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chromium import faults
from courses import enrolment, progress
from courses.models import Cohort, Enrolment, LessonProgress
from embark import privacy
from quizzes.authoring import create_quiz
from quizzes.models import Accommodation, Attempt, Quiz
from quizzes.refreshers import refreshers
from world import QUESTIONS, build_course, quiz_data

NOW = timezone.now()


def ago(days):
    return NOW - timedelta(days=days)


@pytest.fixture
def course(db, learner):
    course = build_course("Numbers", topic="Mathematics")
    enrolment.enrol(learner=learner, course=course)
    return course


@pytest.fixture
def quiz(course):
    lesson = course.lessons.in_order().first()
    return create_quiz(data=quiz_data("Check", questions=QUESTIONS, attempts=0), lesson=lesson)


def answered(quiz, learner, *past, state=Attempt.State.GRADED):
    """Finished attempts: (days ago, passed), in the order of time."""
    for number, (days, passed) in enumerate(past, start=1):
        Attempt.objects.create(
            quiz=quiz, learner=learner, number=number, seed=1, state=state, passed=passed, mark=passed,
            max_mark=1, started_at=ago(days), submitted_at=ago(days),
        )  # fmt: skip


def due(learner, **options):
    return refreshers(learner, at=NOW, **options).due


def test_a_quiz_passed_long_ago_is_due_and_says_why(quiz, learner):
    answered(quiz, learner, (12, True))
    [entry] = due(learner)
    assert (entry.quiz, entry.days, entry.percent, entry.by) == (quiz, 12, 65, "quiz")
    assert entry.reason == "You last answered it 12 days ago; about 65 % is likely still there."
    assert entry.url == quiz.get_absolute_url()


@pytest.mark.parametrize(
    ("past", "is_due"),
    [
        ([], False),
        ([(12, False)], False),  # never known
        ([(4, True)], False),  # too fresh
        ([(6, True)], True),
        ([(20, True), (6, True)], False),  # known twice holds longer
        ([(20, True), (6, False)], True),  # forgotten in between
        ([(20, False), (12, True)], True),
        ([(0, True)], False),
    ],
)
def test_due_is_what_was_known_and_is_likely_forgotten(quiz, learner, past, is_due):
    answered(quiz, learner, *past)
    assert bool(due(learner)) == is_due


def test_attempts_under_way_without_a_mark_or_in_preview_say_nothing(quiz, learner):
    answered(quiz, learner, (12, None), state=Attempt.State.SUBMITTED)
    Attempt.objects.create(
        quiz=quiz, learner=learner, number=9, seed=1, passed=True, is_preview=True,
        state=Attempt.State.GRADED, submitted_at=ago(12),
    )  # fmt: skip
    assert due(learner) == []


def test_somebody_elses_answers_never_count(quiz, learner, other_learner):
    answered(quiz, other_learner, (12, True))
    assert refreshers(learner, at=NOW).remembered == 0
    assert due(learner) == []


def test_nothing_is_kept_of_a_person_who_was_erased(quiz, learner):
    answered(quiz, learner, (12, True))
    privacy.erase(learner)
    assert due(learner) == []


def test_the_best_remembered_come_first_and_at_most_three(learner):
    for days in (30, 12, 60, 20):
        free = create_quiz(data=quiz_data(f"After {days}", questions=QUESTIONS, attempts=0))
        answered(free, learner, (days, True))
    assert [entry.quiz.title for entry in due(learner)] == ["After 12", "After 20", "After 30"]
    assert len(due(learner, limit=10)) == 4


def test_where_no_attempt_is_left_the_lesson_is_the_way(quiz, learner):
    Quiz.objects.update(attempts_allowed=1)
    answered(quiz, learner, (12, True))
    [entry] = due(learner)
    assert (entry.by, entry.url) == ("lesson", quiz.lesson.get_absolute_url())
    Accommodation.objects.create(learner=learner, extra_attempts=1)
    assert due(learner)[0].by == "quiz"


@pytest.mark.parametrize(
    "change",
    [
        {"grading": Quiz.Grading.LAST},  # a worse attempt would lower the mark of record
        {"grading": Quiz.Grading.MEAN},
        {"closes_at": ago(1)},
        {"opens_at": NOW + timedelta(days=1)},
        {"attempt_delay": 60 * 24 * 30},
    ],
)
def test_an_attempt_that_would_cost_something_or_can_not_start_is_not_the_way(quiz, learner, change):
    answered(quiz, learner, (12, True))
    Quiz.objects.update(**change)
    assert due(learner)[0].by == "lesson"


def test_a_quiz_without_lesson_and_attempts_leads_to_the_learners_own_answers(learner):
    quiz = create_quiz(data=quiz_data("Alone", questions=QUESTIONS, attempts=1))
    answered(quiz, learner, (12, True))
    [entry] = due(learner)
    assert entry.by == "answers"
    assert entry.url == reverse("quizzes:review", args=[quiz.attempts.get().public_id])


def test_reading_the_lesson_again_puts_it_off(quiz, learner):
    answered(quiz, learner, (12, True))
    progress.remember_place(lesson=quiz.lesson, learner=learner, seconds=30, now=ago(2))
    assert due(learner) == []
    LessonProgress.objects.update(updated_at=ago(9))
    [entry] = due(learner)
    assert entry.reason == "You last read its lesson 9 days ago; about 70 % is likely still there."


@pytest.mark.parametrize(
    "close",
    [
        lambda quiz: Enrolment.objects.update(left_at=NOW),
        lambda quiz: Quiz.objects.update(status="draft"),
        lambda quiz: type(quiz.lesson).objects.update(status="draft"),
        lambda quiz: type(quiz.course).objects.update(status="draft"),
        lambda quiz: Enrolment.objects.update(
            cohort=Cohort.objects.create(course=quiz.course, name="Spring", starts_at=ago(90), ends_at=ago(1))
        ),
    ],
    ids=["left", "quiz withdrawn", "lesson withdrawn", "course withdrawn", "cohort over"],
)
def test_what_the_learner_can_not_open_is_not_due(quiz, learner, close):
    answered(quiz, learner, (12, True))
    assert len(due(learner)) == 1
    close(quiz)
    assert due(learner) == []


def test_the_next_one_is_announced(quiz, learner):
    answered(quiz, learner, (2, True))
    found = refreshers(learner, at=NOW)
    assert found.remembered == 1
    assert found.next_at == ago(2) + timedelta(days=5.4)


def test_any_number_of_quizzes_takes_four_queries(learner, course):
    for number in range(9):
        quiz = create_quiz(
            data=quiz_data(f"Quiz {number}", questions=QUESTIONS, attempts=2) | {"attempt_price": 5},
            lesson=course.lessons.first(),
        )
        Quiz.objects.update(attempt_price=5)
        answered(quiz, learner, (12 + number, True))
    with CaptureQueriesContext(connection) as queries:
        assert len(due(learner)) == 3
    assert len(queries) == 4


def test_home_shows_what_is_due_or_that_nothing_is(client, quiz, learner):
    client.force_login(learner)
    assert b"come back here" in client.get(reverse("home")).content
    answered(quiz, learner, (2, True))
    assert b"Nothing is due" in client.get(reverse("home")).content
    Attempt.objects.update(submitted_at=ago(12))
    page = client.get(reverse("home")).content.decode()
    assert "about 65 % is likely still there" in page
    assert f'href="{quiz.get_absolute_url()}"' in page


def test_programs_are_told_the_same(client, quiz, learner, other_learner):
    answered(quiz, learner, (12, True))
    client.force_login(learner)
    [row] = client.get(reverse("api:refreshers")).json()
    assert row["quiz"] == quiz.slug
    assert row["recall"] == pytest.approx(1 / (1 + 12 / 21.6), abs=0.01)
    assert row["by"] == "quiz"
    client.force_login(other_learner)
    assert client.get(reverse("api:refreshers")).json() == []


@pytest.mark.browser
def test_home_with_reviews_in_a_browser(client, quiz, learner, tmp_path_factory):
    answered(quiz, learner, (12, True))
    alone = create_quiz(data=quiz_data("A quiz " + "with a long title " * 8, questions=QUESTIONS, attempts=1))
    answered(alone, learner, (40, True))
    client.force_login(learner)
    assert faults(client, reverse("home"), shots=tmp_path_factory.getbasetemp()) == []
