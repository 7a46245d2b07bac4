"""The first page and the search page show what is there, and lead to it."""

import pytest
from django.urls import reverse

from courses import authoring, enrolment
from courses.models import Course, Lesson
from quizzes.authoring import create_quiz
from quizzes.models import Quiz

QUESTION = {"type": "true_false", "name": "Sky", "text": "Is water wet?", "answer": True}


@pytest.fixture
def course(db):
    course = authoring.create_course(
        title="Python for sailors", summary="Knots and loops.", topics=["python"], status="published"
    )
    section = authoring.add_section(course=course, title="Ashore")
    authoring.add_lesson(
        section=section,
        title="Loops on deck",
        is_preview=True,
        blocks=[{"kind": "text", "source": "A bowline never slips under a steady strain."}],
    )
    return course


@pytest.fixture
def quiz(course):
    data = {"title": "Loops, briefly", "credits": 10, "pass_mark": 50, "attempts": 0, "questions": [QUESTION]}
    return create_quiz(data=data, lesson=course.lessons.get())


def test_visitor_sees_courses_and_an_open_quiz(client, course, quiz):
    Quiz.objects.update(open_to_visitors=True)
    html = client.get(reverse("home")).content.decode()
    assert course.get_absolute_url() in html
    assert quiz.get_absolute_url() in html
    assert reverse("account_signup") in html


def test_visitor_is_not_sent_to_a_quiz_that_asks_for_an_account(client, quiz):
    assert client.get(reverse("home")).context["quiz"] is None


def test_empty_site_has_a_first_page(client, db):
    assert client.get(reverse("home")).status_code == 200


def test_learner_continues_with_the_course_opened_last(client, learner, course):
    enrolment.enrol(learner=learner, course=course)
    client.force_login(learner)
    response = client.get(reverse("home"))
    assert response.context["newest"].course == course
    assert course.get_absolute_url() in response.content.decode()


def test_newcomer_is_shown_the_way_to_the_catalogue(client, learner):
    client.force_login(learner)
    assert reverse("courses:catalogue") in client.get(reverse("home")).content.decode()


@pytest.mark.parametrize(
    ("words", "kinds"),
    [("python", {"course"}), ("bowline", {"lesson"}), ("pythn", {"course"}), ("loop", {"lesson", "quiz"})],
)
def test_search_finds_by_text_and_forgives_mistakes(client, quiz, words, kinds):
    response = client.get(reverse("search"), {"q": words})
    assert {name for name, _label, _hits in response.context["groups"]} >= kinds


def test_search_shows_one_kind_alone(client, quiz):
    response = client.get(reverse("search"), {"q": "loops", "kind": "quiz"})
    assert [hit.item for hit in response.context["page"]] == [quiz]


@pytest.mark.parametrize("words", ["", "   ", "\x00", "zzzzzz", "<script>alert(1)</script>", "a" * 5000])
def test_search_answers_anything(client, quiz, words):
    response = client.get(reverse("search"), {"q": words})
    assert response.status_code == 200
    assert b"<script>alert" not in response.content


def test_drafts_are_not_found(client, course):
    course.status = "draft"
    course.save()
    assert not client.get(reverse("search"), {"q": "python"}).context["total"]


@pytest.mark.parametrize("hidden", ["quiz", "lesson", "course"])
def test_a_quiz_is_found_only_where_all_it_belongs_to_is_published(client, course, quiz, hidden):
    assert client.get(reverse("search"), {"q": "loops", "kind": "quiz"}).context["total"] == 1
    {"quiz": Quiz, "lesson": Lesson, "course": Course}[hidden].objects.update(status="draft")
    assert client.get(reverse("search"), {"q": "loops", "kind": "quiz"}).context["total"] == 0
