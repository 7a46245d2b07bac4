"""What pages were called before goes on leading to them."""

import pytest
from django.urls import reverse

from courses import authoring
from courses.models import Course, FormerSlug, Lesson, Topic

pytestmark = pytest.mark.django_db


def rename(row, slug):
    """As any way of writing does it, one that knows nothing of former slugs included."""
    type(row).objects.filter(pk=row.pk).update(slug=slug)
    row.refresh_from_db()


def moved_to(client, url):
    page = client.get(url)
    assert page.status_code == 301, page.status_code
    assert page["Cache-Control"] == "no-cache"
    return page["Location"]


def test_a_course_is_found_by_every_name_it_had(client, course):
    first = course.get_absolute_url()
    rename(course, "by-night")
    second = course.get_absolute_url()
    rename(course, "by-day")
    for old in (first, second):
        assert moved_to(client, f"{old}?section=1") == f"{course.get_absolute_url()}?section=1"
    assert client.get(course.get_absolute_url()).status_code == 200


def test_a_lesson_is_found_by_names_of_it_and_of_its_course(client, course, lessons):
    lesson = lessons[0]
    old = lesson.get_absolute_url()
    rename(lesson, "the-pole-star")
    rename(course, "by-night")
    now = Lesson.objects.get(pk=lesson.pk).get_absolute_url()
    assert now == "/courses/by-night/the-pole-star/"
    assert moved_to(client, old) == now
    assert moved_to(client, "/courses/by-night/first/") == now
    assert moved_to(client, old.replace("/first/", "/the-pole-star/")) == now


def test_a_lesson_is_found_after_it_went_to_another_course(client, course, lessons):
    old = lessons[0].get_absolute_url()
    other = authoring.create_course(title="Stars", status="published")
    section = authoring.add_section(course=other, title="All")
    Lesson.objects.filter(pk=lessons[0].pk).update(course=other, section=section, position=9)
    assert moved_to(client, old) == "/courses/stars/first/"


def test_a_name_taken_back_leads_nowhere_else(client, course):
    rename(course, "by-night")
    rename(course, "sailing-by-the-stars")
    assert client.get("/courses/sailing-by-the-stars/").status_code == 200
    assert moved_to(client, "/courses/by-night/") == "/courses/sailing-by-the-stars/"
    assert not FormerSlug.objects.filter(slug="sailing-by-the-stars").exists()


def test_a_name_that_is_free_again_belongs_to_who_takes_it(client, course):
    rename(course, "by-night")
    heir = authoring.create_course(title="Sailing by the stars", status="published")
    assert heir.slug == "sailing-by-the-stars"
    page = client.get("/courses/sailing-by-the-stars/")
    assert (page.status_code, page.context["course"]) == (200, heir)
    rename(heir, "heir")
    assert moved_to(client, "/courses/sailing-by-the-stars/") == "/courses/heir/"
    heir.delete()
    assert client.get("/courses/sailing-by-the-stars/").status_code == 404


def test_former_names_tell_nothing_of_what_is_not_published(client, draft):
    old = draft.get_absolute_url()
    rename(draft, "secret-plan")
    assert client.get(old).status_code == 404


def test_topics_are_found_by_former_names(client, course):
    topic = Topic.objects.get()
    old = topic.get_absolute_url()
    rename(topic, "wayfinding")
    assert moved_to(client, old) == "/topics/wayfinding/"


def test_a_learner_goes_on_from_a_page_opened_before(client, course, learner, enrolled):
    client.force_login(learner)
    old = course.slug
    rename(course, "by-night")
    for name in ("discussion", "leaderboard"):
        to = reverse(f"courses:{name}", args=["by-night"])
        assert moved_to(client, reverse(f"courses:{name}", args=[old])) == to
    rated = client.post(reverse("courses:rate", args=[old]), {"stars": "4"})
    assert rated.status_code == 302
    assert course.reviews.get().stars == 4
    client.post(reverse("courses:leave", args=[old]))
    assert course.enrolments.get().left_at is not None
    client.post(reverse("courses:enrol", args=[old]))
    assert course.enrolments.get().left_at is None
    assert client.get(f"/api/v1/courses/{old}/").json()["slug"] == "by-night"


def test_links_between_lessons_outlive_a_new_name(course, lessons):
    first, second, _third = lessons
    rename(second, "orion")
    block = first.blocks.get()
    block.source = "See [the next](lesson:second#up)."
    block.save()
    authoring.refresh_course(course=Course.objects.get(pk=course.pk))
    block.refresh_from_db()
    assert 'href="/courses/sailing-by-the-stars/orion/#up"' in block.html
