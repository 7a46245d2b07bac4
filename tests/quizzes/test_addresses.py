"""A quiz whose slug changed."""

import pytest
from django.urls import reverse

from courses import authoring
from courses.models import Block
from quizzes.models import Attempt, Quiz

pytestmark = pytest.mark.django_db


def test_an_old_address_shows_starts_and_tries_the_quiz(client, quiz, learner):
    old = quiz.slug
    Quiz.objects.filter(pk=quiz.pk).update(slug="renamed", open_to_visitors=True)
    page = client.get(reverse("quizzes:quiz", args=[old]))
    assert (page.status_code, page["Location"]) == (301, "/quizzes/renamed/")
    tried = client.get(reverse("quizzes:try", args=[old]))
    assert (tried.status_code, tried["Location"]) == (301, "/quizzes/renamed/try/")
    client.force_login(learner)
    started = client.post(reverse("quizzes:start", args=[old]))
    assert started.status_code == 302
    assert Attempt.objects.get().quiz_id == quiz.pk
    assert client.get(f"/api/v1/quizzes/{old}/").json()["slug"] == "renamed"


def test_blocks_that_name_a_quiz_follow_it(quiz):
    section = authoring.add_section(course=authoring.create_course(title="Knots"), title="One")
    lesson = authoring.add_lesson(section=section, title="Loop")
    block = Block.objects.create(
        lesson=lesson, kind="quiz", position=90, settings={"quiz": quiz.slug, "a": 1}
    )
    Quiz.objects.filter(pk=quiz.pk).update(slug="renamed")
    block.refresh_from_db()
    assert block.settings == {"quiz": "renamed", "a": 1}
