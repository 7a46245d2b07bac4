"""The calendar of due dates: sound text, a private address, and the end of it."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from chromium import faults
from courses import enrolment
from embark import privacy
from quizzes import due_calendar, icalendar
from quizzes import privacy as quizzes_privacy
from quizzes.authoring import create_quiz
from quizzes.models import Attempt, DueCalendar, DueDate, Quiz
from world import QUESTIONS, build_course, quiz_data

SETTINGS = "/notices/preferences/"


@pytest.fixture
def quiz(db, learner):
    course = build_course("Numbers; sets, and more", topic="Mathematics")
    enrolment.enrol(learner=learner, course=course)
    quiz = create_quiz(data=quiz_data("Check, one", questions=QUESTIONS), course=course)
    DueDate.objects.create(quiz=quiz, due_at=datetime(2036, 7, 1, 9, 30, tzinfo=UTC))
    return quiz


@pytest.fixture
def calendar(learner):
    return due_calendar.renew(learner=learner)


def path(calendar):
    return reverse("due_calendar_feed", args=[due_calendar.token(calendar)])


def unfolded(text):
    return text.replace("\r\n ", "").split("\r\n")


# ------------------------------------------------------------------------------------------------ the text


def one_event(summary):
    at = datetime(2036, 7, 1, 9, 30, tzinfo=UTC)
    event = icalendar.Event(uid="due-1@example.org", at=at, summary=summary, description="", url="https://x/")
    return icalendar.write(name="Due", product="Embark", stamp=at, refresh="PT6H", events=[event])


def unescaped(value):
    found, characters = "", iter(value)
    for char in characters:
        found += {"n": "\n"}.get(after := next(characters), after) if char == "\\" else char
    return found


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\\;,"), max_size=300))
def test_any_text_is_read_back_as_it_was_from_lines_of_75_octets(summary):
    text = one_event(summary)
    assert text.endswith("\r\n")
    lines = text[:-2].split("\r\n")
    assert max(len(line.encode()) for line in lines) <= 75
    assert all("\n" not in line and "\r" not in line for line in lines)
    [found] = [line for line in unfolded(text) if line.startswith("SUMMARY:")]
    assert unescaped(found.removeprefix("SUMMARY:")) == summary


@given(st.text())
def test_no_text_makes_a_line_of_its_own(summary):
    if any(0xD800 <= ord(char) <= 0xDFFF for char in summary):
        return
    names = [line.split(":")[0].split(";")[0] for line in unfolded(one_event(summary)) if line]
    head = "BEGIN VERSION PRODID CALSCALE NAME X-WR-CALNAME REFRESH-INTERVAL X-PUBLISHED-TTL"
    event = "BEGIN UID DTSTAMP DTSTART SUMMARY DESCRIPTION URL TRANSP END"
    assert names == f"{head} {event} END".split()


# -------------------------------------------------------------------------------------------- what it says


def test_a_program_reads_it_without_signing_in(quiz, calendar):
    answer = Client().get(path(calendar), headers={"accept": "text/html, image/png"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert "sessionid" not in answer.cookies
    lines = unfolded(answer.content.decode())
    assert "DTSTART:20360701T093000Z" in lines
    assert r"SUMMARY:Due: Check\, one" in lines
    assert r"DESCRIPTION:Numbers\; sets\, and more" in lines
    assert f"URL:http://127.0.0.1:8000{quiz.get_absolute_url()}" in lines
    assert lines.count("BEGIN:VEVENT") == 1


def test_it_holds_what_its_learner_hands_in_and_no_more(quiz, calendar, other_learner):
    other = due_calendar.renew(learner=other_learner)
    assert "VEVENT" not in Client().get(path(other)).content.decode()
    Quiz.objects.update(status=Quiz.Status.DRAFT)
    assert "VEVENT" not in Client().get(path(calendar)).content.decode()


def test_an_event_stays_the_same_event_when_it_moves_and_is_handed_in(quiz, calendar, learner):
    def lines(name):
        return [line for line in unfolded(due_calendar.text(calendar)) if line.startswith(name)]

    uid, start = lines("UID"), lines("DTSTART")
    DueDate.objects.update(due_at=datetime(2036, 7, 2, 9, 30, tzinfo=UTC))
    Attempt.objects.create(
        quiz=quiz, learner=learner, number=1, seed=1, state=Attempt.State.GRADED, passed=True, mark=1,
        max_mark=1, submitted_at=timezone.now(),
    )  # fmt: skip
    assert lines("UID") == uid
    assert lines("DTSTART") != start
    assert lines("SUMMARY") == [r"SUMMARY:Handed in: Check\, one"]


def test_it_speaks_the_learner_s_language(quiz, calendar, learner):
    learner.profile.language = "de"
    learner.profile.save()
    lines = unfolded(Client().get(path(calendar), headers={"accept-language": "en"}).content.decode())
    assert r"SUMMARY:Abgabe: Check\, one" in lines


def test_what_did_not_change_is_not_sent_again(quiz, calendar):
    first = Client().get(path(calendar))
    again = Client().get(path(calendar), headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    DueDate.objects.update(due_at=datetime(2036, 7, 2, 9, 30, tzinfo=UTC))
    assert Client().get(path(calendar), headers={"if-none-match": first["ETag"]}).status_code == 200


# -------------------------------------------------------------------------------------------- who reads it


def test_a_new_address_ends_the_old_one(client, learner, calendar):
    client.force_login(learner)
    old = path(calendar)
    client.post("/calendar/", {"act": "renew"})
    new = path(DueCalendar.objects.get(learner=learner))
    assert old != new
    assert [Client().get(place).status_code for place in (old, new)] == [404, 200]
    client.post("/calendar/", {"act": "end"})
    assert Client().get(new).status_code == 404
    assert not DueCalendar.objects.exists()


def test_the_page_shows_the_address_to_its_learner_alone(client, learner, other_learner):
    client.force_login(learner)
    assert "Make an address" in client.get(SETTINGS).content.decode()
    page = client.post("/calendar/", {"act": "renew"}, follow=True).content.decode()
    assert due_calendar.address(DueCalendar.objects.get()) in page
    assert "webcal://127.0.0.1:8000/calendar/" in page
    client.force_login(other_learner)
    assert "/calendar/" + due_calendar.token(DueCalendar.objects.get()) not in client.get(SETTINGS).text


def test_another_site_can_not_make_one(learner):
    client = Client(enforce_csrf_checks=True)
    client.force_login(learner)
    assert client.post("/calendar/", {"act": "renew"}).status_code == 403
    assert not DueCalendar.objects.exists()


def test_no_part_of_an_address_can_be_changed(calendar, other_learner):
    due_calendar.renew(learner=other_learner)
    token = due_calendar.token(calendar)
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert Client().get(reverse("due_calendar_feed", args=[changed])).status_code == 404, changed


def test_a_key_of_one_learner_does_not_open_anothers(calendar, other_learner):
    theirs = due_calendar.renew(learner=other_learner)
    mixed = DueCalendar(learner=other_learner, key=calendar.key)
    assert Client().get(path(mixed)).status_code == 404
    assert Client().get(path(theirs)).status_code == 200


def test_who_may_not_sign_in_has_no_calendar(calendar, learner):
    learner.is_active = False
    learner.save()
    assert Client().get(path(calendar)).status_code == 404


def test_it_is_exported_and_erased_with_the_person(calendar, learner):
    place = path(calendar)
    [row] = dict(quizzes_privacy.export(learner))["due_calendar"]
    assert "key" not in row
    privacy.erase(learner)
    assert Client().get(place).status_code == 404
    assert not DueCalendar.objects.exists()


def test_asking_too_often_is_refused(calendar, settings):
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "visitor": 2}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    answers = [Client().get(path(calendar)) for _ in range(8)]
    statuses = [answer.status_code for answer in answers]
    # A minute may begin in between, and with it a new count.
    assert statuses[0] == 200
    assert 2 <= statuses.count(429) <= 6
    refused = answers[statuses.index(429)]
    assert int(refused["Retry-After"]) <= 61
    assert refused.json()["code"] == "throttled"


def test_reading_takes_few_queries(quiz, calendar, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        Client().get(path(calendar))


# -------------------------------------------------------------------------------------------- how it looks


@pytest.mark.browser
@pytest.mark.parametrize("made", [True, False])
def test_the_settings_are_sound_in_every_look(client, learner, made, tmp_path):
    if made:
        due_calendar.renew(learner=learner)
        client.cookies["django_language"] = "de"
    client.force_login(learner)
    assert faults(client, SETTINGS, shots=tmp_path) == []
