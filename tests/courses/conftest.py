"""A published course of two sections and three lessons, the first of them a free preview."""

import io

import pytest
from PIL import Image

from courses import authoring, enrolment, publishing


@pytest.fixture
def draft(db):
    """Written but not published: two sections, lessons "first" (preview), "second", "third"."""
    course = authoring.create_course(
        title="Sailing by the stars",
        summary="Find your way at night.",
        description="How to read the **sky**.",
        topics=["Navigation"],
        skills_taught=["Reading the sky"],
        level="beginner",
    )
    sky = authoring.add_section(course=course, title="The sky")
    sea = authoring.add_section(course=course, title="The sea")
    authoring.add_lesson(
        section=sky, title="First", blocks="The pole star stands still.", is_preview=True, minutes=5
    )
    authoring.add_lesson(section=sky, title="Second", blocks="Orion rises in winter.", minutes=7)
    authoring.add_lesson(section=sea, title="Third", blocks="A wave has a crest.")
    return course


@pytest.fixture
def course(draft):
    return publishing.publish(course=draft)


@pytest.fixture
def lessons(course):
    return list(course.lessons.in_order().select_related("course"))


@pytest.fixture
def enrolled(learner, course):
    """The learner, in the course."""
    enrolment.enrol(learner=learner, course=course)
    return learner


@pytest.fixture
def picture():
    """A function that makes the bytes of a real image."""

    def make(width=40, height=30, *, format="PNG", **options):
        out = io.BytesIO()
        Image.new("RGB", (width, height), (200, 30, 30)).save(out, format=format, **options)
        return out.getvalue()

    return make
