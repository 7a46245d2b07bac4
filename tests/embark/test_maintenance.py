"""Maintenance: who is kept out, who goes on, and that neither needs a database."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from chromium import LOOKS, ORIGIN, Chromium, faults, sideways, violations
from embark import maintenance

GERMAN = {"accept-language": "de"}


def command(*words):
    out = StringIO()
    call_command("maintenance", *words, stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def staff(admin):
    """A browser of somebody who has opened the admin before."""
    client = Client()
    client.force_login(admin)
    client.get("/admin/")
    return client


# ------------------------------------------------------------------------------------------- on and off


def test_on_and_off_without_a_database():
    """Without a database mark a query fails the test."""
    client = Client()
    assert command("status") == "The site is open."
    assert command("on", "--until", "30", "--message", "We move.").endswith("It says: We move.")
    answer = client.get("/courses/")
    assert answer.status_code == 503
    assert 29 * 60 < int(answer["Retry-After"]) <= 30 * 60
    assert "no-store" in answer["Cache-Control"]
    page = answer.content.decode()
    assert "We move." in page
    assert "in about 30 minutes" in page
    assert "answers are kept" in page
    assert command("off") == "The site is open."
    assert command("off") == "The site was open already."
    assert maintenance.current() is None


@pytest.mark.parametrize("method", ["get", "post", "put", "head", "options"])
def test_every_address_and_method_is_closed(method):
    maintenance.begin()
    for path in ("/", "/no/such/page/", "/quizzes/", "/account/signup/", "/you/", "/courses"):
        assert getattr(Client(), method)(path).status_code == 503, path


def test_programs_get_a_problem_document():
    until = timezone.now() + timedelta(hours=1)
    maintenance.begin(until=until)
    for path in ("/api/v1/courses/", "/api/v1/nothing", "/api/auth/app/v1/auth/login"):
        answer = Client().get(path)
        assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
        content = answer.json()
        assert (content["status"], content["code"], content["instance"]) == (503, "maintenance", path)
        assert content["until"] == until.isoformat()
        assert int(answer["Retry-After"]) > 3500
    assert content["detail"] == "The site is closed for maintenance. Try again later."


def test_the_page_speaks_the_reader_s_language():
    maintenance.begin(until=timezone.now() + timedelta(minutes=5))
    page = Client().get("/", headers=GERMAN).content.decode()
    assert '<html lang="de"' in page
    assert "Wir arbeiten an der Seite" in page
    assert "in etwa 5 Minuten" in page


def test_a_moment_that_has_passed_is_owned_up_to():
    maintenance.begin(until=timezone.now() - timedelta(minutes=1))
    answer = Client().get("/")
    assert "It takes longer than planned." in answer.content.decode()
    assert int(answer["Retry-After"]) == maintenance.ASK_AGAIN


def test_words_are_no_markup():
    maintenance.begin(message="<b>Back</b> & forth")
    assert "&lt;b&gt;Back&lt;/b&gt; &amp; forth" in Client().get("/").content.decode()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"until": "soon"}', '{"until": 3, "message": ""}', "null"]
)
def test_a_file_made_by_hand_closes_the_site_too(settings, content):
    Path(settings.MAINTENANCE_FILE).write_text(content)
    assert Client().get("/").status_code == 503


def test_a_file_may_be_just_words(settings):
    Path(settings.MAINTENANCE_FILE).write_text("Back on Monday.\n")
    assert "Back on Monday." in Client().get("/").content.decode()


@pytest.mark.parametrize(
    "words",
    [
        ("on", "--until", "soon"),
        ("on", "--until", "2026-13-01T00:00"),
        ("on", "--until", "2020-01-01T00:00"),
        ("on", "--until", "0"),
        ("off", "--message", "Bye."),
        ("status", "--until", "5"),
    ],
)
def test_what_makes_no_sense_changes_nothing(words):
    with pytest.raises(CommandError, match=r"\.$|future|moment"):
        command(*words)
    assert maintenance.current() is None


def test_machines_are_told_and_the_page_stays_in_rotation(client, db):
    maintenance.begin()
    assert client.get("/health/live").json() == {"status": "ok"}
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["maintenance"]) == ("maintenance", "on")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_changes_nothing_for_people(client, learner):
    client.force_login(learner)
    maintenance.begin()
    place, name = connection.settings_dict, connection.settings_dict["NAME"]
    connection.close()
    place["NAME"] = "there_is_no_such_database"
    try:
        page, ready = client.get("/courses/"), Client().get("/health/ready")
    finally:
        connection.close()
        place["NAME"] = name
    assert page.status_code == 503
    assert "We are working on the site" in page.content.decode()
    assert (ready.status_code, ready.json()["database"]) == (200, "unavailable")


@pytest.mark.parametrize("path", ["/courses/", "/api/v1/courses/"])
def test_a_closed_page_is_logged_once_and_is_no_error(caplog, path):
    maintenance.begin()
    with caplog.at_level("INFO"):
        Client().get(path)
    about = [record for record in caplog.records if "maintenance" in record.getMessage().lower()]
    assert [(record.levelname, record.name) for record in about] == [("INFO", "embark.maintenance")]
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


# --------------------------------------------------------------------------------------------- who goes on


@pytest.mark.django_db
def test_staff_go_on_and_are_reminded(staff):
    assert "closed for maintenance" not in staff.get("/courses/").content.decode()
    maintenance.begin()
    for path in ("/courses/", "/admin/", reverse("admin:courses_course_changelist")):
        answer = staff.get(path)
        assert answer.status_code == 200
        assert "The site is closed for maintenance" in answer.content.decode(), path
    assert staff.get("/api/v1/courses/").status_code == 200


@pytest.mark.django_db
def test_staff_without_the_cookie_get_it_in_the_admin(admin):
    client = Client()
    client.force_login(admin)
    maintenance.begin()
    assert client.get("/courses/").status_code == 503
    assert client.get("/admin/").status_code == 200
    assert client.get("/courses/").status_code == 200


@pytest.mark.django_db
def test_staff_sign_in_while_it_is_on_and_learners_do_in_vain(client, learner, world_of_staff):
    maintenance.begin()
    sign_in = reverse("account_login")
    assert client.get(sign_in).status_code == 200
    for user, status in ((learner, 503), (world_of_staff, 200)):
        browser = Client()
        signed_in = browser.post(sign_in, {"login": user.email, "password": "correct horse battery"})
        assert signed_in.status_code == 302
        assert browser.get("/courses/").status_code == status, user


@pytest.fixture
def world_of_staff(admin, learner):
    """An admin and a learner whose addresses are confirmed."""
    from people import verified

    verified(learner)
    return verified(admin)


@pytest.mark.django_db
def test_the_cookie_ends_with_the_session_and_fits_no_other(staff, admin, learner):
    maintenance.begin()
    stolen = staff.cookies[maintenance.COOKIE].value
    other = Client()
    other.force_login(learner)
    other.cookies[maintenance.COOKIE] = stolen
    assert other.get("/courses/").status_code == 503
    staff.logout()
    staff.cookies[maintenance.COOKIE] = stolen
    assert staff.get("/courses/").status_code == 503


@pytest.mark.django_db
def test_learners_get_no_cookie_anywhere(client, learner):
    client.force_login(learner)
    for path in ("/courses/", "/admin/", reverse("account_login"), reverse("account_logout")):
        client.get(path)
    assert maintenance.COOKIE not in client.cookies


@pytest.mark.django_db
def test_the_cookie_opens_nothing_else(staff, admin):
    User.objects.filter(pk=admin.pk).update(is_staff=False, is_superuser=False)
    maintenance.begin()
    assert staff.get("/courses/").status_code == 200
    assert staff.get("/admin/").status_code == 302


@pytest.mark.django_db
def test_it_costs_no_statement(client, learner, staff):
    def statements(browser, path):
        browser.get(path)
        with CaptureQueriesContext(connection) as asked:
            browser.get(path)
        return len(asked)

    client.force_login(learner)
    before = [statements(browser, path) for browser in (client, staff) for path in ("/terms/", "/courses/")]
    maintenance.begin()
    assert statements(client, "/terms/") == statements(client, "/courses/") == 0
    assert [statements(staff, path) for path in ("/terms/", "/courses/")] == before[2:]


# -------------------------------------------------------------------------------------------- how it looks


@pytest.fixture(scope="module")
def browser():
    browser = Chromium()
    yield browser
    browser.close()


@pytest.mark.browser
@pytest.mark.django_db
@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_the_page_is_sound_in_every_look(client, browser, theme, width, tmp_path):
    maintenance.begin(until=timezone.now() + timedelta(minutes=25), message="We move to a larger server.")
    client.cookies["django_language"] = "de" if width == 390 else "en"

    def look(page):
        page.goto(f"{ORIGIN}/courses/")
        page.screenshot(path=f"{tmp_path}/closed-{theme}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 320, "height": 640})
        loud = [line for line in page.problems if "503" not in line]
        return violations(page) + loud + ([f"{sideways(page)} px beyond"] if sideways(page) > 0 else [])

    assert browser.run(look, client, theme=theme, width=width) == []


@pytest.mark.browser
@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/courses/", "/account/login/"])
def test_the_line_is_sound_on_pages_that_stay_open(staff, address, tmp_path):
    maintenance.begin(until=timezone.now() + timedelta(minutes=25))
    client = Client() if "login" in address else staff
    assert faults(client, address, shots=tmp_path) == []
