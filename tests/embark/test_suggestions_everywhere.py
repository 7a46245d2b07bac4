"""Suggestions on every page, from a model trained for this test: fitted to learner, page and last click."""

import random
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from activity.models import Event, Kind, Verb
from jobs.models import Job
from jobs.progress import Progress
from quizzes.models import Quiz
from recommender import catalog, live, retraining
from recommender.models import Feedback
from routes import TABLE, address

# Routes that answer a page to a learner's GET, but not a page of ours to read: files, fragments, health.
NO_PAGE = {
    "courses:titles", "courses:certificate_pdf", "credits:statement", "health-live", "health-ready",
    "courses:report_comment",
}  # fmt: skip
# In the middle of an attempt nothing may lead away from the questions.
UNDISTURBED = {"quizzes:attempt", "quizzes:finish"}


def pages():
    """Every route of the role table that shows a page to a learner who knocks."""
    for route in TABLE:
        word = route.answers.split()[1]
        if route.post is None and word in ("ok", "gate") and route.name not in NO_PAGE | UNDISTURBED:
            yield route


def suggested(response):
    """Keys of the suggested items on a page, in order."""
    html = response.content.decode()
    rails = re.findall(r'<section class="rail".*?</section>', html, re.DOTALL)
    keys = [key for rail in rails for key in re.findall(r'name="item" value="([a-z]+:\d+)"', rail)]
    return list(dict.fromkeys(keys))


def simulate(world, count=120, seed=5):
    """Learners who keep to one topic: they look at, enrol in and finish its courses, and pass its quizzes."""
    random.seed(seed)
    by_topic = {}
    for course in world.others:
        by_topic.setdefault(course.topics.get().slug, []).append(course)
    quiz_of = dict(Quiz.objects.filter(course__in=world.others).values_list("course_id", "pk"))
    now = timezone.now()
    for number in range(count):
        user = User.objects.create_user(f"simulated{number}@example.org", is_simulated=True)
        events = []
        favourite = random.choice(sorted(by_topic))
        for day, course in enumerate(random.sample(by_topic[favourite], 3)):
            moment = now - timezone.timedelta(days=40 - 9 * day - random.random() * 5)
            for minutes, (kind, object_id, verb) in enumerate(
                [
                    (Kind.COURSE, course.pk, Verb.VIEWED),
                    (Kind.COURSE, course.pk, Verb.ENROLLED),
                    (Kind.QUIZ, quiz_of[course.pk], Verb.VIEWED),
                    (Kind.QUIZ, quiz_of[course.pk], random.choice([Verb.PASSED, Verb.FAILED])),
                ]
            ):
                events.append(
                    Event(
                        recorded_at=moment + timezone.timedelta(minutes=minutes),
                        occurred_at=moment + timezone.timedelta(minutes=minutes),
                        learner_id=user.pk,
                        verb=verb,
                        kind=kind,
                        object_id=object_id,
                    )
                )
        Event.objects.bulk_create(events)


@pytest.fixture
def trained(world, settings):
    """The world with a live model, trained as a job trains it."""
    settings.TRAIN_ON_SIMULATED = True
    simulate(world)
    job = Job.objects.create(kind="train", title="Training", task="recommender.tasks.train", status="running",
                             heartbeat_at=timezone.now())  # fmt: skip
    retraining.run(Progress(job))
    catalog.forget()
    live.forget()
    assert live.engine() is not None
    return world


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
    then = {route: suggested(mine.get(address(world, route))) for route in first}

    problems = []
    for route, keys in first.items():
        if not any(key.startswith("quiz:") for key in keys):
            problems.append(f"{route.name}: no quiz among {keys}")
        if not any(key.startswith("course:") for key in keys):
            problems.append(f"{route.name}: no course among {keys}")
        if route in other and other[route] and keys == other[route]:
            problems.append(f"{route.name}: two learners see the same {keys}")
        if keys == then[route]:
            problems.append(f"{route.name}: the click changed nothing: {keys}")
    assert problems == []
    assert len({tuple(keys) for keys in first.values()}) > len(first) / 2, "pages differ"
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
    rail = answer.content.decode()
    assert "will not be suggested again" in rail
    assert hidden not in suggested_cards(rail)
    assert len(suggested_cards(rail)) == 4
    assert hidden not in suggested(client.get("/courses/"))
    client.post(reverse("recommender:feedback"), {"item": hidden, "answer": "undo"})
    assert not Feedback.objects.exists()
    assert hidden in suggested(client.get("/courses/"))


def suggested_cards(rail):
    cards = re.findall(r"<li>.*?</li>", rail, re.DOTALL)
    return [key for card in cards for key in re.findall(r'name="item" value="([a-z]+:\d+)"', card)]
