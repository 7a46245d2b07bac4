"""Suggestions on every page, from a model trained for this test: fitted to learner, page and last click."""

import pytest
from django.test import Client
from django.urls import reverse

from pages import place_of, suggested
from recommender.models import Feedback
from routes import TABLE, address

# Routes that answer a page to a learner's GET, but not a page of ours to read: files, fragments, health.
NO_PAGE = {
    "courses:titles", "courses:certificate_pdf", "courses:report_comment", "credits:statement",
    "due_calendar_feed", "personal_data", "health-live", "health-ready",
}  # fmt: skip
# In the middle of an attempt nothing may lead away from the questions.
UNDISTURBED = {"quizzes:attempt", "quizzes:finish"}


def pages():
    """Every route of the role table that shows a page to a learner who knocks."""
    for route in TABLE:
        word = route.answers.split()[1]
        if route.name.startswith("api:") or route.name in NO_PAGE | UNDISTURBED:
            continue
        if route.post is None and word in ("ok", "gate"):
            yield route


@pytest.mark.django_db
def test_every_page_suggests_what_fits_learner_page_and_click(trained):
    world = trained
    visitor, mine, theirs = Client(), Client(), Client()
    mine.force_login(world.learner)
    theirs.force_login(world.admin)
    music = [course for course in world.others if course.topics.get().slug == "music"]
    for course in music[:2]:
        theirs.get(course.get_absolute_url())

    first = {route: suggested(mine.get(address(world, route))) for route in pages()}
    other = {
        route: suggested(theirs.get(address(world, route))) for route in pages() if "ok" in route.answers
    }
    clicked = next(course for course in world.others if course.topics.get().slug == "biology")
    mine.get(clicked.get_absolute_url())
    pages_then = {route: mine.get(address(world, route)) for route in first}
    then = {route: suggested(page) for route, page in pages_then.items()}

    problems = []
    for route, keys in first.items():
        if not any(key.startswith("quiz:") for key in keys):
            problems.append(f"{route.name}: no quiz among {keys}")
        if not any(key.startswith("course:") for key in keys):
            problems.append(f"{route.name}: no course among {keys}")
        if route in other and other[route] and keys == other[route]:
            problems.append(f"{route.name}: two learners see the same {keys}")
        if not then[route]:
            problems.append(f"{route.name}: nothing at the second visit, {pages_then[route].status_code}")
        if keys == then[route]:
            problems.append(f"{route.name}: the click changed nothing: {keys}")
    assert problems == []
    # With fifteen courses to choose from, pages share much; they must not all show one row.
    rows = {}
    for route, page in pages_then.items():
        rows.setdefault(place_of(page), set()).add(tuple(then[route]))
    assert len(set().union(*rows.values())) >= 4, rows
    assert suggested(visitor.get("/nothing-here/")), "the page of an unknown address suggests, too"


@pytest.mark.django_db
def test_not_interested_acts_at_once_and_can_be_undone(trained):
    client = Client()
    client.force_login(trained.learner)
    hidden = suggested(client.get("/courses/"))[0]
    answer = client.post(
        reverse("recommender:feedback"),
        {"item": hidden, "answer": "not_interested", "placement": "catalogue", "limit": "4"},
        headers={"HX-Request": "true"},
    )
    assert "will not be suggested again" in answer.content.decode()
    assert hidden not in suggested(answer)
    assert len(suggested(answer)) == 4
    assert hidden not in suggested(client.get("/courses/"))
    client.post(reverse("recommender:feedback"), {"item": hidden, "answer": "undo"})
    assert not Feedback.objects.exists()
    assert hidden in suggested(client.get("/courses/"))
