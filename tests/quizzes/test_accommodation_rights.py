"""Who may agree that a quiz is different for a learner: authors with the learners of their own courses alone.

The law: no author learns from it who has an account, or what was agreed elsewhere.
"""

import pytest
from django.test import Client
from django.urls import reverse

from courses import enrolment
from quizzes.authoring import create_quiz
from quizzes.models import Accommodation
from roles import make_roles, member
from tables import confirm, sentences, upload
from world import build_course, quiz_data

pytestmark = pytest.mark.django_db

ADD = "admin:quizzes_accommodation_add"
LIST = "admin:quizzes_accommodation_changelist"
TABLE = "quizzes_accommodation"
HEAD = "email,quiz,extra_time_percent,extra_attempts,extra_days,closes_at,note\n"


@pytest.fixture(autouse=True)
def _roles():
    make_roles()


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def quiz_of(author, title):
    course = build_course(title, topic=title, author=author)
    question = {"type": "true_false", "name": title, "text": "So?", "answer": True}
    return create_quiz(
        data=quiz_data(f"Quiz of {title}", questions=[question]), lesson=course.lessons.first()
    )


@pytest.fixture
def author():
    return member("author", "Author")


@pytest.fixture
def mine(author, learner):
    quiz = quiz_of(author, "Sailing")
    enrolment.enrol(learner=learner, course=quiz.course)
    return quiz


@pytest.fixture
def theirs(other_learner):
    quiz = quiz_of(member("other", "Author"), "Spying")
    enrolment.enrol(learner=other_learner, course=quiz.course)
    return quiz


def form(email, quiz, **fields):
    return {
        "email": email, "quiz": quiz.pk if quiz else "", "extra_time_percent": 25, "extra_attempts": 0,
        "extra_days": 0, "closes_at_0": "", "closes_at_1": "", "note": "",
    } | fields  # fmt: skip


def errors(answer):
    return [str(error) for part in answer.context["errors"] for error in part]


def test_an_author_agrees_with_a_learner_of_their_course(author, mine, learner):
    client = signed_in(author)
    answer = client.post(reverse(ADD), form("Ada@Example.org", mine))
    assert answer.status_code == 302, errors(answer)
    row = Accommodation.objects.get()
    assert (row.learner, row.quiz, row.extra_time_percent) == (learner, mine, 25)
    page = reverse("admin:quizzes_accommodation_change", args=[row.pk])
    assert "ada@example.org" in client.get(page).content.decode()
    answer = client.post(page, form("grace@example.org", mine, extra_time_percent=50))
    assert answer.status_code == 302, errors(answer)
    row.refresh_from_db()
    assert (row.learner, row.extra_time_percent) == (learner, 50)
    client.post(reverse("admin:quizzes_accommodation_delete", args=[row.pk]), {"post": "yes"})
    assert not Accommodation.objects.exists()


def test_strangers_and_nobody_are_told_apart_by_no_author(author, mine, theirs, other_learner):
    client = signed_in(author)
    answers = [
        errors(client.post(reverse(ADD), form(email, mine)))[0].replace(email, "…")
        for email in ("grace@example.org", "nobody@example.org", "other@example.org")
    ]
    assert len(set(answers)) == 1
    assert not Accommodation.objects.exists()


def test_who_left_the_course_is_a_stranger(author, mine, learner):
    enrolment.leave(learner=learner, course=mine.course)
    assert errors(signed_in(author).post(reverse(ADD), form("ada@example.org", mine)))


@pytest.mark.parametrize("chosen", ["theirs", "every"])
def test_an_author_agrees_on_no_other_quiz_and_not_on_all(author, mine, theirs, learner, chosen):
    enrolment.enrol(learner=learner, course=theirs.course)
    quiz = theirs if chosen == "theirs" else None
    assert errors(signed_in(author).post(reverse(ADD), form("ada@example.org", quiz)))
    assert not Accommodation.objects.exists()


def test_what_was_agreed_elsewhere_is_neither_seen_nor_changed(author, mine, theirs, learner):
    client = signed_in(author)
    elsewhere = [
        Accommodation.objects.create(learner=learner, quiz=theirs, note="KEYWORD"),
        Accommodation.objects.create(learner=learner, quiz=None, note="KEYWORD"),
    ]
    assert "KEYWORD" not in client.get(reverse(LIST)).content.decode()
    for row in elsewhere:
        for act in ("change", "delete", "history"):
            page = reverse(f"admin:quizzes_accommodation_{act}", args=[row.pk])
            for answer in (client.get(page), client.post(page, form("ada@example.org", mine))):
                assert answer.status_code in (302, 403, 404)
        client.post(reverse(LIST), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert Accommodation.objects.filter(note="KEYWORD").count() == 2
    words = {"format": "0", "resource": "0", "accommodationresource_id": "on"}
    words |= {f"accommodationresource_{name}": "on" for name in ("email", "note")}
    table = client.post(reverse("admin:quizzes_accommodation_export"), words)
    assert b"KEYWORD" not in table.content


def test_a_table_of_an_author_reaches_no_further_than_the_form(author, mine, theirs, learner, other_learner):
    client = signed_in(author)
    confirm(client, TABLE, upload(client, TABLE, f"{HEAD}ada@example.org,{mine.slug},25,,,,\n"))
    assert Accommodation.objects.get().learner == learner
    said = [
        str(sentences(upload(client, TABLE, f"{HEAD}{email},{slug},25,,,,\n"))).replace(email, "…")
        for email, slug in (
            ("grace@example.org", mine.slug),
            ("nobody@example.org", mine.slug),
            ("ada@example.org", theirs.slug),
            ("ada@example.org", ""),
        )
    ]
    assert "{}" not in said
    assert said[0] == said[1]
    assert Accommodation.objects.count() == 1


def test_what_is_agreed_already_is_said_and_not_kept_twice(author, mine, learner):
    Accommodation.objects.create(learner=learner, quiz=mine)
    assert errors(signed_in(author).post(reverse(ADD), form("ada@example.org", mine)))
    assert Accommodation.objects.count() == 1


def test_an_editor_agrees_with_everybody_and_on_every_quiz(mine, other_learner):
    client = signed_in(member("editor", "Editor"))
    for quiz in (mine, None):
        answer = client.post(reverse(ADD), form("grace@example.org", quiz))
        assert answer.status_code == 302, errors(answer)
    assert other_learner.accommodations.count() == 2
    late = form("ada@example.org", None, closes_at_0="2030-01-01", closes_at_1="12:00")
    assert errors(client.post(reverse(ADD), late)) == ["A closing time belongs to one quiz: name it."]


@pytest.mark.parametrize("role", ["Moderator", "Analyst"])
def test_other_roles_see_no_accommodation(role, mine, learner):
    row = Accommodation.objects.create(learner=learner, quiz=mine)
    client = signed_in(member("somebody", role))
    for page in (reverse(LIST), reverse(ADD), reverse("admin:quizzes_accommodation_change", args=[row.pk])):
        assert client.get(page).status_code == 403
