"""A process reads the catalogue again when it has changed, and only then."""

import datetime as dt

import pytest
from django.utils.timezone import now
from model_bakery import baker

from activity.models import Kind
from courses.models import Course, Topic
from quizzes.authoring import create_quiz
from recommender import catalog
from recommender.models import ItemPopularity
from world import QUESTIONS, build_course, quiz_data

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    course = build_course("Weaving", topic="Crafts")
    catalog.forget()
    catalog.current()
    yield course
    catalog.forget()


CHANGES = {
    "title": lambda course: Course.objects.filter(pk=course.pk).update(title="Weaving by hand"),
    "withdrawn": lambda course: Course.objects.filter(pk=course.pk).update(status="draft"),
    "topic": lambda course: course.topics.add(baker.make(Topic, name="Textiles", slug="textiles")),
    "prerequisite": lambda course: course.prerequisites.add(baker.make(Course, slug="spinning")),
    "popularity": lambda course: ItemPopularity.objects.create(
        kind=Kind.COURSE, object_id=course.pk, weight=3
    ),
}


def test_what_did_not_change_is_not_read_again(course):
    before = catalog.current()
    assert not catalog.refresh()
    after = catalog.current()
    assert after.catalogue is before.catalogue
    assert after.read_at > before.read_at


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_seen(course, change):
    CHANGES[change](course)
    assert catalog.refresh()
    assert not catalog.refresh()


def test_an_unpublished_course_changes_nothing(course):
    baker.make(Course, slug="draft", status="draft")
    assert not catalog.refresh()


def test_new_parts_are_seen(course):
    build_course("Spinning", topic="Crafts", lessons=3)
    lessons = [card.title for card in catalog.current().cards.values() if card.kind == "lesson"]
    assert catalog.refresh()
    cards = catalog.current().cards.values()
    assert len([card for card in cards if card.kind == "lesson"]) == len(lessons) + 3
    create_quiz(data=quiz_data("Warp and weft", questions=QUESTIONS), lesson=course.lessons.first())
    assert catalog.refresh()
    assert "Warp and weft" in [card.title for card in catalog.current().cards.values()]


def test_a_scheduled_course_joins_when_its_moment_comes(course):
    Course.objects.filter(pk=course.pk).update(status="scheduled", publish_at=now() + dt.timedelta(hours=1))
    assert catalog.refresh()
    assert f"course:{course.pk}" not in catalog.current().cards
    Course.objects.filter(pk=course.pk).update(publish_at=now() - dt.timedelta(seconds=1))
    assert catalog.refresh()
    assert f"course:{course.pk}" in catalog.current().cards
