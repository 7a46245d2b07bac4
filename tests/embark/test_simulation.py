from datetime import UTC, datetime
from statistics import mean

import pytest

from embark.demo.simulation import CourseShape, LessonShape, QuizShape, simulate

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


def course(pk, topic, *, prerequisites=(), price=0, skill="s"):
    """A course of four lessons; the last two have a quiz of four questions."""
    lessons = tuple(
        LessonShape(
            pk=10 * pk + number,
            skills=(f"{skill}{pk}",),
            minutes=10,
            preview=number == 1,
            quizzes=(
                QuizShape(
                    pk=100 * pk + number,
                    skills=(f"{skill}{pk}",),
                    questions=tuple((1000 * pk + 10 * number + q, (f"{skill}{pk}",)) for q in range(4)),
                    pass_mark=60,
                ),
            )
            if number > 2
            else (),
        )
        for number in range(1, 5)
    )
    return CourseShape(pk, (topic,), 0.0, price, tuple(prerequisites), (), lessons)


@pytest.fixture(scope="module")
def courses():
    return [
        course(1, "python"),
        course(2, "python"),
        course(3, "music"),
        course(4, "music", prerequisites=[3]),
        course(5, "history", price=10),
        course(6, "history"),
    ]


@pytest.fixture(scope="module")
def learners(courses):
    return simulate(courses, numbers=range(1, 201), seed=7, now=NOW)


def test_the_same_seed_tells_the_same_story(courses, learners):
    again = simulate(courses, numbers=[5, 150], seed=7, now=NOW)
    assert again == [learners[4], learners[149]]
    assert simulate(courses, numbers=[5], seed=8, now=NOW) != [learners[4]]


def test_events_are_in_order_and_in_the_past(learners):
    for learner in learners:
        moments = [event.at for event in learner.events]
        assert moments == sorted(moments)
        assert all(learner.joined <= moment < NOW for moment in moments)


def test_nobody_does_what_the_site_would_not_allow(courses, learners):
    lessons = {lesson.pk: (c.pk, lesson.preview) for c in courses for lesson in c.lessons}
    for learner in learners:
        enrolled, completed, passed, credits = set(), set(), set(), 0
        prices = {c.pk: c.price for c in courses}
        for event in learner.events:
            key = (event.verb, event.kind)
            if key == ("enrolled", "course"):
                needs = next(c for c in courses if c.pk == event.object_id)
                assert set(needs.prerequisites) <= completed
                credits -= prices[event.object_id]
                assert credits >= 0
                enrolled.add(event.object_id)
            elif event.kind == "lesson":
                pk, preview = lessons[event.object_id]
                assert pk in enrolled or (preview and event.verb == "viewed")
            elif key == ("completed", "course"):
                completed.add(event.object_id)
            elif key == ("passed", "quiz"):
                credits += 0 if event.object_id in passed else 10
                passed.add(event.object_id)
        assert enrolled == set(learner.enrolments)
        assert completed == {pk for pk, row in learner.enrolments.items() if row.completed_at}


def test_people_take_courses_of_the_topics_they_like(courses, learners):
    """The planted taste shows: two courses of one topic go together more often than two of any topics."""
    together = [{pk for pk in learner.enrolments if pk in (1, 2, 3, 6)} for learner in learners]
    both_python = mean({1, 2} <= taken for taken in together)
    across = mean([mean({1, 3} <= taken for taken in together), mean({2, 6} <= taken for taken in together)])
    assert both_python > 1.3 * across


def test_learning_helps(courses, learners):
    """Answers to the second quiz of a course, two lessons and a quiz later, are better than to the first."""
    first, second = [], []
    for learner in learners:
        for event in learner.events:
            if event.verb == "answered":
                (first if event.object_id // 10 % 10 == 3 else second).append(event.value)
    assert mean(second) > mean(first) + 0.01


def test_some_finish_and_some_give_up(learners):
    rows = [row for learner in learners for row in learner.enrolments.values()]
    finished = mean(row.completed_at is not None for row in rows)
    assert 0.1 < finished < 0.8


def test_habits_show_in_the_hours(learners):
    """A learner's own hours spread less than everybody's."""
    own = [learner for learner in learners if len(learner.events) > 30]
    everyone = [event.hour for learner in own for event in learner.events]
    spread = mean(abs(hour - mean(everyone)) for hour in everyone)
    within = mean(
        mean(abs(event.hour - mean(e.hour for e in learner.events)) for event in learner.events)
        for learner in own
    )
    assert within < 0.75 * spread
