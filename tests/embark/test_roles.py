"""Who may open what: every route of the site by role. A route that is not in the table fails."""

from contextlib import contextmanager

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse

from routes import API, ROLES, SIGN_IN_ROUTES, TABLE, address, every_name, word


def client_of(world, role):
    client = Client()
    if role != "visitor":
        client.force_login(getattr(world, role))
    return client


@contextmanager
def rolled_back():
    """A POST of one role must not change the world of the next."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "route", TABLE + API, ids=lambda route: f"{route.name}{' POST' if route.post is not None else ''}"
)
def test_each_role_gets_what_the_table_says(world, route):
    place = address(world, route)
    found = []
    for role in ROLES:
        client = client_of(world, role)
        if route.post is None:
            response = client.get(place)
        else:
            with rolled_back():
                response = client.post(place, route.post, content_type=route.content_type)
        found.append(word(response))
    assert dict(zip(ROLES, found, strict=True)) == dict(zip(ROLES, route.answers.split(), strict=True))


def test_every_route_is_listed():
    """The admin's routes have a test of their own below; allauth's pages are in its list, its sign-in for
    programs is its own."""
    listed = {route.name for route in TABLE + API} | set(SIGN_IN_ROUTES)
    names = {
        name
        for name in every_name(get_resolver().url_patterns)
        if not name.startswith(("admin:", "headless:"))
    }
    assert names - listed == set()
    assert listed - names == set()


ADMIN_LISTS = sorted(
    name
    for name in every_name(get_resolver().url_patterns)
    if name.startswith("admin:") and name.endswith("_changelist")
)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["admin:index", *ADMIN_LISTS])
def test_the_admin_is_for_staff_alone(world, name):
    place = reverse(name)
    assert client_of(world, "visitor").get(place).status_code == 302
    for role in ("learner", "other"):
        assert client_of(world, role).get(place).status_code in (302, 403)
    assert client_of(world, "admin").get(place).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("name", ADMIN_LISTS)
def test_an_author_sees_courses_and_not_people_or_credits(world, name):
    allowed = name in (
        "admin:courses_course_changelist",
        "admin:courses_lesson_changelist",
        "admin:exchange_courseimport_changelist",
    )
    status = client_of(world, "author").get(reverse(name)).status_code
    assert status == (200 if allowed else 403)
