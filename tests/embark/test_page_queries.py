"""Every page takes at most 20 queries, however many rows there are."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from courses import discussion, enrolment
from quizzes.authoring import create_quiz
from recommender import catalog
from routes import API, TABLE, address
from world import QUESTIONS, build_course, quiz_data

MOST = 20
# One query for each thing that is kept: more of them as the site grows, never with the rows.
DOWNLOADS = {"personal_data"}


def pages():
    for route in TABLE + API:
        if route.post is None and route.answers.split()[1] in ("ok", "gate"):
            yield route


def counts(world):
    """Queries of each page for the learner, second visit (the first fills what a process keeps)."""
    client = Client()
    client.force_login(world.learner)
    found = {}
    for route in pages():
        client.get(address(world, route))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(address(world, route))
        # The test's own transaction turns the page's BEGIN and COMMIT into savepoints.
        found[route] = [
            query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))
        ]
    return found


def grow(world):
    """Many more of everything that a page lists."""
    for number in range(12):
        course = build_course(f"Mathematics more {number}", topic="Mathematics")
        create_quiz(
            data=quiz_data(f"Check more {number}", questions=QUESTIONS), lesson=course.lessons.first()
        )
        enrolment.enrol(learner=world.learner, course=course)
    for number in range(12):
        author = User.objects.create_user(f"talker{number}@example.org", display_name=f"Talker {number}")
        enrolment.enrol(learner=author, course=world.course)
        discussion.post(lesson=world.preview, author=author, body=f"Thought {number}")
    catalog.forget()


@pytest.mark.django_db
def test_pages_take_few_queries_whatever_the_number_of_rows(world):
    before = counts(world)
    grow(world)
    after = counts(world)
    problems = []
    for route, queries in after.items():
        if len(queries) > MOST and route.name not in DOWNLOADS:
            problems.append(f"{route.name}: {len(queries)} queries")
        if len(queries) > len(before[route]) + 2:
            problems.append(
                f"{route.name}: {len(before[route])} queries grew to {len(queries)} with the rows"
            )
    assert problems == []
