"""The command palette: it finds by name what a person may see in the admin, and nothing else."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from chromium import ORIGIN, Chromium
from courses.models import Course
from embark import palette
from jobs.models import Job


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def found(user, words):
    page = client_of(user).get(reverse("admin:search"), {"s": words, "extended": "1"})
    assert page.status_code in (200, 302)
    return page.content.decode()


@pytest.mark.django_db
def test_an_admin_finds_each_kind(world):
    job = Job.objects.create(title="Train the numbers", kind="training")
    quiz = reverse("admin:quizzes_quiz_change", args=[world.quiz.pk])
    page = found(world.admin, "NUMBERS")
    assert reverse("admin:courses_course_change", args=[world.course.pk]) in page
    assert quiz in page
    assert reverse("admin:jobs_job_change", args=[job.pk]) in page
    assert quiz in found(world.admin, "numbers check")
    assert reverse("admin:accounts_user_change", args=[world.learner.pk]) in found(world.admin, "ada@example")


@pytest.mark.django_db
def test_an_author_finds_their_own_courses_and_no_person(world):
    page = found(world.author, "n")
    assert reverse("admin:courses_course_change", args=[world.course.pk]) in page
    assert reverse("admin:courses_course_change", args=[world.priced.pk]) not in page
    assert "/accounts/user/" not in page
    assert "/quizzes/quiz/" not in page
    world.author.user_permissions.add(Permission.objects.get(codename="view_quiz"))
    author = User.objects.get(pk=world.author.pk)
    assert "/quizzes/quiz/" in found(author, "numb")
    assert "Check Literature" not in found(author, "check")


@pytest.mark.django_db
def test_a_learner_finds_nothing(world):
    assert "Numbers" not in found(world.learner, "numbers")


@pytest.mark.django_db
def test_a_kind_is_cut_off_and_costs_one_query(world):
    Course.objects.bulk_create(Course(slug=f"many-{number}", title=f"Many {number}") for number in range(30))
    client = client_of(world.admin)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("admin:search"), {"s": "many", "extended": "1"}).content.decode()
    assert page.count("/admin/courses/course/") == palette.EACH
    assert len(queries) <= 20


@pytest.mark.browser
def test_the_palette_opens_with_a_key_and_leads_there(db, world):
    browser = Chromium()
    target = reverse("admin:courses_course_change", args=[world.course.pk])

    def go(page):
        page.goto(f"{ORIGIN}/admin/courses/topic/")
        page.keyboard.press("Control+k")
        page.locator("#search-input-command").press_sequentially("numbers")
        page.locator(f'#command-results a[href="{target}"]').wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda address: "/admin/courses/topic/" not in address)
        return page.url, page.problems

    try:
        address, problems = browser.run(go, client_of(world.admin))
    finally:
        browser.close()
    assert address == f"{ORIGIN}{target}"
    assert problems == []
