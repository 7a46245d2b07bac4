"""A duplicated course has the quizzes of the original, and nothing that learners did."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from courses import arranging, authoring, enrolment
from courses.models import Cohort
from quizzes import attempts
from quizzes.authoring import add_question, create_quiz, publish, revise_question
from quizzes.models import Attempt, DueDate, Question, QuestionBank, Quiz
from world import QUESTIONS, build_course, quiz_data

pytestmark = pytest.mark.django_db

KEPT = (
    "title", "description", "description_html", "level", "language", "credits", "pass_mark",
    "attempts_allowed", "hint_price", "time_limit", "behaviour", "password", "ip_ranges", "grade_bands",
    "shuffle_questions",
)  # fmt: skip


@pytest.fixture
def author():
    return User.objects.create_user("author@example.org", is_staff=True)


@pytest.fixture
def course(author):
    return build_course("Numbers", topic="Mathematics", author=author)


@pytest.fixture
def quiz(course):
    data = quiz_data("Check", questions=QUESTIONS, hint_price=2, time_limit=30)
    quiz = create_quiz(data=data, lesson=course.lessons.in_order()[1])
    Quiz.objects.filter(pk=quiz.pk).update(password="tide", ip_ranges=["192.0.2.0/24"])
    quiz.refresh_from_db()
    return quiz


def content(quiz):
    return [
        (slot.position, slot.max_mark, slot.question.name, slot.question.current.data)
        for slot in quiz.slots.all()
    ]


def test_a_copy_asks_the_same_and_knows_no_attempt(quiz, course, author, learner):
    enrolment.enrol(learner=learner, course=course)
    attempts.submit(attempt=attempts.start(quiz=quiz, learner=learner, password="tide", address="192.0.2.1"))
    copy = arranging.copy_course(course=course, author=author)
    twin = copy.quizzes.get()
    assert [getattr(twin, name) for name in KEPT] == [getattr(quiz, name) for name in KEPT]
    assert content(twin) == content(quiz)
    assert list(twin.topics.all()) == list(quiz.topics.all())
    assert twin.lesson == copy.lessons.get(slug=quiz.lesson.slug)
    assert (twin.status, twin.published_at) == (Quiz.Status.DRAFT, None)
    assert twin.slug != quiz.slug
    assert not twin.attempts.exists()
    assert Attempt.objects.get().quiz == quiz
    publish(quiz=twin)


def test_a_change_of_the_copy_changes_nothing_for_learners_of_the_original(quiz, course, author):
    before = content(quiz)
    twin = arranging.copy_course(course=course, author=author).quizzes.get()
    question = twin.slots.first().question
    assert (question.current.number, question.bank.course) == (1, twin.course)
    revise_question(question=question, text="What is 3 + 3?")
    assert content(quiz) == before
    assert not Question.objects.filter(slots__quiz=quiz).filter(slots__quiz=twin).exists()


def test_a_place_that_draws_draws_from_the_copy_s_own_bank(quiz, course, author):
    bank = quiz.slots.first().question.bank
    spare = add_question(bank=bank, type="true_false", name="Spare", text="x", data={"answer": True})
    quiz.slots.create(position=9, draw_bank=bank)
    twin = arranging.copy_course(course=course, author=author).quizzes.get()
    place = twin.slots.get(position=9)
    assert place.draw_bank.course == twin.course
    names = {question.name for question in place.candidates()}
    assert names == {question.name for question in bank.questions.all()} >= {spare.name}
    assert place.draw_bank.questions.count() == bank.questions.count(), "each is copied once"


def test_what_an_editor_placed_from_elsewhere_is_placed_there_again_and_not_copied(quiz, course, author):
    exam = QuestionBank.objects.create(name="Exam")
    asked, kept = (
        add_question(bank=exam, type="true_false", name=name, text="x", data={"answer": True})
        for name in ("Asked", "Kept back")
    )
    quiz.slots.create(position=8, question=asked)
    quiz.slots.create(position=9, draw_bank=exam)
    twin = arranging.copy_course(course=course, author=author).quizzes.get()
    assert twin.slots.get(position=8).question == asked
    assert twin.slots.get(position=9).draw_bank == exam
    assert Question.objects.filter(name=kept.name).count() == 1


def test_dates_stay_and_days_after_the_start_go_along(quiz, course, author):
    cohort = Cohort.objects.create(course=course, name="Spring", starts_at=timezone.now())
    Quiz.objects.update(closes_at=timezone.now() + timedelta(days=9))
    DueDate.objects.create(quiz=quiz, days_after_start=14)
    DueDate.objects.create(quiz=quiz, cohort=cohort, due_at=timezone.now())
    twin = arranging.copy_course(course=course, author=author).quizzes.get()
    assert twin.closes_at is None
    assert [(due.cohort, due.days_after_start) for due in twin.due_dates.all()] == [(None, 14)]


def test_a_quiz_inside_a_lesson_is_the_copy_s(quiz, course, author):
    other = build_course("Elsewhere", topic="Mathematics")
    foreign = create_quiz(data=quiz_data("Foreign", questions=QUESTIONS), course=other)
    lesson = course.lessons.in_order()[0]
    blocks = [{"kind": "quiz", "settings": {"quiz": slug}} for slug in (quiz.slug, foreign.slug)]
    authoring.set_blocks(lesson=lesson, blocks=blocks)
    copy = arranging.copy_course(course=course, author=author)
    twin = copy.lessons.get(slug=lesson.slug)
    named = [block.settings["quiz"] for block in twin.blocks.order_by("position")]
    assert named == [copy.quizzes.get().slug, foreign.slug]


def test_archived_quizzes_stay_behind_and_each_copy_has_its_own(quiz, course, author):
    archived = create_quiz(data=quiz_data("Old", questions=QUESTIONS), course=course)
    Quiz.objects.filter(pk=archived.pk).update(status=Quiz.Status.ARCHIVED)
    first, second = (arranging.copy_course(course=course, author=author) for _ in range(2))
    assert first.quizzes.get().slug != second.quizzes.get().slug
    assert len({QuestionBank.objects.get(course=copy).name for copy in (course, first, second)}) == 3


def test_a_copy_that_fails_leaves_nothing(quiz, course, author, monkeypatch):
    def fail(**_named):
        raise RuntimeError

    monkeypatch.setattr(arranging, "_followers", {**arranging._followers, "failing": fail})
    with pytest.raises(RuntimeError):
        arranging.copy_course(course=course, author=author)
    assert Quiz.objects.get() == quiz
    assert QuestionBank.objects.get().course == course
