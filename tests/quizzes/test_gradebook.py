"""The gradebook: what counts, who is listed, who may look, and what a page of it costs."""

import csv
import importlib
import io

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from chromium import faults
from courses import enrolment
from courses.models import Cohort, CourseAuthor, Enrolment
from quizzes import attempts, gradebook
from quizzes.authoring import create_quiz
from quizzes.models import Attempt, Quiz
from world import QUESTIONS, build_course, quiz_data

NOW = timezone.now()


@pytest.fixture
def course(db):
    course = build_course("Numbers", topic="Mathematics", lessons=2)
    lessons = list(course.lessons.in_order())
    create_quiz(data=quiz_data("At the end", questions=QUESTIONS), course=course)
    create_quiz(data=quiz_data("After two", questions=QUESTIONS), lesson=lessons[1])
    create_quiz(data=quiz_data("After one", questions=QUESTIONS), lesson=lessons[0])
    return course


@pytest.fixture
def quiz(course):
    return course.quizzes.get(title="After one")


def attempt(quiz, learner, *marks):
    """Finished attempts with these marks out of 10; None waits for a person."""
    for number, mark in enumerate(marks, 1):
        Attempt.objects.create(
            quiz=quiz, learner=learner, number=number, seed=1, mark=mark, max_mark=10, submitted_at=NOW,
            state=Attempt.State.SUBMITTED if mark is None else Attempt.State.GRADED,
            passed=None if mark is None else mark >= 5,
        )  # fmt: skip


def staff(role, email="staff@example.org"):
    user = User.objects.create_user(email, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def rows(course, **filters):
    return gradebook.rows_of(
        list(gradebook.enrolments(course, **filters).values_list("pk", flat=True)), gradebook.columns(course)
    )


def test_columns_follow_the_course_and_leave_drafts_out(course):
    create_quiz(data=quiz_data("Not yet", questions=QUESTIONS), course=course, status=Quiz.Status.DRAFT)
    assert [quiz.title for quiz in gradebook.columns(course)] == ["After one", "After two", "At the end"]


@pytest.mark.parametrize(
    ("grading", "percent"),
    [(Quiz.Grading.BEST, 90), (Quiz.Grading.FIRST, 20), (Quiz.Grading.LAST, 70), (Quiz.Grading.MEAN, 60)],
)
def test_the_mark_is_that_of_record(course, quiz, learner, other_learner, grading, percent):
    Quiz.objects.filter(pk=quiz.pk).update(grading=grading)
    for person in (learner, other_learner):
        enrolment.enrol(learner=person, course=course)
    attempt(quiz, learner, 2, 9, 7)
    mine, theirs = sorted(rows(course), key=lambda row: row.learner.email)
    assert mine.marks[0] == gradebook.Mark(percent, 3, True)
    assert mine.marks[1:] == theirs.marks[1:] == [gradebook.Mark(), gradebook.Mark()]
    assert theirs.marks[0] == gradebook.Mark()


def test_previews_and_running_attempts_do_not_count(course, quiz, learner):
    enrolment.enrol(learner=learner, course=course)
    attempt(quiz, learner, 8)
    Attempt.objects.update(is_preview=True)
    attempts.start(quiz=quiz, learner=learner)
    assert rows(course)[0].marks[0] == gradebook.Mark()


def test_an_answer_that_waits_for_a_person_is_an_attempt_without_a_mark(course, quiz, learner):
    enrolment.enrol(learner=learner, course=course)
    attempt(quiz, learner, None)
    assert rows(course)[0].marks[0] == gradebook.Mark(None, 1, False)


def test_who_is_listed(course, learner, other_learner):
    cohort = Cohort.objects.create(course=course, name="Spring", starts_at=NOW)
    enrolment.enrol(learner=learner, course=course, cohort=cohort)
    enrolment.enrol(learner=other_learner, course=course)

    def names(**filters):
        return [row.learner.display_name for row in rows(course, **filters)]

    assert names(order="name") == ["Ada", "Grace"]
    assert names() == ["Grace", "Ada"]
    assert names(cohort=cohort.pk) == ["Ada"]
    assert names(cohort=0) == ["Grace"]
    assert names(words="example grace") == ["Grace"]
    assert names(words="nobody") == []
    enrolment.leave(learner=learner, course=course)
    assert names() == ["Grace"]


def test_who_may_look(client, course, learner):
    # A test that empties the tables takes what migrations wrote along.
    importlib.import_module("courses.migrations.0002_roles").make_roles(apps, None)
    address = reverse("gradebook", args=[course.pk])
    author = staff("Author")
    for user, status in [(learner, 302), (author, 404), (staff("Moderator", "m@example.org"), 403)]:
        client.force_login(user)
        assert client.get(address).status_code == status
        assert client.get(reverse("gradebook_table", args=[course.pk])).status_code == status
    CourseAuthor.objects.create(course=course, user=author, role=CourseAuthor.Role.INSTRUCTOR)
    for user in (author, staff("Editor", "e@example.org"), staff("Analyst", "a@example.org")):
        client.force_login(user)
        assert client.get(address).status_code == 200


def test_a_page_takes_as_many_queries_for_many_learners_as_for_one(client, admin, course, quiz, learner):
    client.force_login(admin)
    address = reverse("gradebook", args=[course.pk])
    enrolment.enrol(learner=learner, course=course)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(60):
        person = User.objects.create_user(f"learner{number}@example.org", display_name=f"Number {number}")
        enrolment.enrol(learner=person, course=course)
        attempt(quiz, person, number % 10)
    with CaptureQueriesContext(connection) as many:
        page = client.get(address).text
    assert len(many) == len(few) <= 20
    assert "Page 1 of 2" in page
    assert page.count('scope="row"') == 50
    assert client.get(address, {"page": 2, "order": "name"}).text.count('scope="row"') == 11


def test_a_choice_that_does_not_exist_shows_everybody(client, admin, course, learner):
    enrolment.enrol(learner=learner, course=course)
    client.force_login(admin)
    query = {"cohort": "99999", "order": "'; drop", "page": "x"}
    assert "Ada" in client.get(reverse("gradebook", args=[course.pk]), query).text


def test_the_table_says_what_the_page_says_and_runs_no_formula(client, admin, course, quiz, learner):
    User.objects.filter(pk=learner.pk).update(display_name='=HYPERLINK("http://evil.example")')
    cohort = Cohort.objects.create(course=course, name="+Spring", starts_at=NOW)
    enrolment.enrol(learner=learner, course=course, cohort=cohort)
    Enrolment.objects.update(percent=50, completed_at=NOW)
    attempt(quiz, learner, 5, 7.5)
    client.force_login(admin)
    response = client.get(reverse("gradebook_table", args=[course.pk]))
    assert response["Content-Disposition"] == f'attachment; filename="gradebook-{course.pk}.csv"'
    head, line = csv.reader(io.StringIO(response.getvalue().decode()))
    found = dict(zip(head, line, strict=True))
    assert found["learner"] == '\'=HYPERLINK("http://evil.example")'
    assert found["cohort"] == "'+Spring"
    assert found["progress (%)"] == "50"
    assert (found["After one (%)"], found["After one: attempts"], found["After one: passed"]) == (
        "75.0",
        "2",
        "1",
    )
    assert (found["After two (%)"], found["After two: attempts"]) == ("", "0")
    empty = client.get(reverse("gradebook_table", args=[course.pk]), {"q": "nobody"})
    assert len(empty.getvalue().decode().splitlines()) == 1


def test_the_table_is_read_in_chunks(course, monkeypatch):
    monkeypatch.setattr(gradebook, "CHUNK", 3)
    for number in range(7):
        person = User.objects.create_user(f"learner{number}@example.org")
        enrolment.enrol(learner=person, course=course)
    written = list(gradebook.all_rows(gradebook.enrolments(course), gradebook.columns(course)))
    assert len({row.learner.pk for row in written}) == 7


def test_a_large_course_costs_no_more_statements(client, admin, course, quiz):
    """Only the learners of the page are read and counted up, wherever it lies in twenty thousand."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO accounts_user (password, is_superuser, email, display_name, is_staff, is_active,
                   is_simulated, is_imported, external_id, date_joined)
               SELECT '', false, 'n' || n || '@example.org', 'Person ' || n, false, true,
                   false, false, '', now()
               FROM generate_series(1, 20000) n"""
        )
        cursor.execute(
            """INSERT INTO courses_enrolment (learner_id, course_id, enrolled_at, credits_paid, percent)
               SELECT id, %s, now() - id * interval '1 second', 0, id %% 101 FROM accounts_user
               WHERE email LIKE 'n%%'""",
            [course.pk],
        )
    client.force_login(admin)
    address = reverse("gradebook", args=[course.pk])
    for query in ({}, {"order": "behind"}, {"order": "name"}, {"q": "person 4711"}, {"page": "390"}):
        with CaptureQueriesContext(connection) as asked:
            response = client.get(address, query)
        assert response.status_code == 200
        assert 1 <= len(response.context["rows"]) <= 50
        assert len(asked) <= 10


@pytest.mark.browser
def test_the_page_in_a_browser(client, admin, course, quiz, learner, tmp_path_factory):
    enrolment.enrol(learner=learner, course=course)
    attempt(quiz, learner, 4, 8)
    client.force_login(admin)
    address = reverse("gradebook", args=[course.pk])
    assert "After one" in client.get(address).text
    assert faults(client, address, shots=tmp_path_factory.getbasetemp()) == []
