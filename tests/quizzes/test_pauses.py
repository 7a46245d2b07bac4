"""Time that learners lost while the site was closed comes back to them, once."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.test import Client
from django.utils import timezone

from embark import maintenance
from quizzes import attempts, pauses, terms
from quizzes.models import Accommodation, Attempt, Pause, Prolongation, Quiz
from quizzes.privacy import export
from quizzes.tasks import submit_due

pytestmark = pytest.mark.django_db

HALF = timedelta(minutes=30)


@pytest.fixture
def noon():
    """An hour ago, on the full second."""
    return timezone.now().replace(microsecond=0) - timedelta(hours=1)


@pytest.fixture
def timed(quiz):
    Quiz.objects.filter(pk=quiz.pk).update(time_limit=40)
    quiz.refresh_from_db()
    return quiz


def closed_at(moment):
    """Close the site as if it had been at `moment`."""
    maintenance.begin()
    path = Path(configured.MAINTENANCE_FILE)
    now = maintenance.current().since.isoformat()
    path.write_text(path.read_text().replace(now, moment.isoformat()))


def test_an_attempt_gets_back_what_was_lost_and_once(timed, learner, noon):
    attempt = attempts.start(quiz=timed, learner=learner, at=noon)
    closed_at(noon + timedelta(minutes=10))
    maintenance.end(now=noon + timedelta(minutes=40))
    assert [pauses.settle(), pauses.settle(), submit_due()] == [1, 0, 0]
    attempt.refresh_from_db()
    assert attempt.is_running
    assert attempt.deadline == noon + timedelta(minutes=40) + HALF
    told = Prolongation.objects.get(attempt=attempt)
    assert (told.deadline_before, told.deadline_after) == (noon + timedelta(minutes=40), attempt.deadline)
    assert maintenance.owed() == []


def test_who_started_within_the_pause_gets_back_the_rest_of_it(timed, learner, noon):
    attempt = attempts.start(quiz=timed, learner=learner, at=noon)
    pauses.give_back(began_at=noon - HALF, ended_at=noon + timedelta(minutes=5))
    attempt.refresh_from_db()
    assert attempt.deadline == noon + timedelta(minutes=45)


def test_the_clock_stands_still_while_the_site_is_closed(timed, learner, noon):
    attempt = attempts.start(quiz=timed, learner=learner, at=noon)
    closed_at(noon + timedelta(minutes=39))
    assert submit_due() == 0
    assert attempts.finish_if_due(attempt=attempt).is_running
    assert attempts.seconds_left(attempt) is None
    maintenance.end()
    assert submit_due() == 0
    attempt.refresh_from_db()
    assert attempt.is_running
    assert 50 <= attempts.seconds_left(attempt) <= 60


def test_a_time_that_was_up_before_stays_up(timed, learner, noon):
    attempt = attempts.start(quiz=timed, learner=learner, at=noon)
    closed_at(noon + timedelta(minutes=41))
    assert submit_due() == 1
    maintenance.end()
    attempt.refresh_from_db()
    assert attempt.submitted_at == noon + timedelta(minutes=40)
    assert not attempt.prolongations.exists()


def test_the_first_look_at_an_attempt_settles_without_a_worker(timed, learner, noon):
    attempt = attempts.start(quiz=timed, learner=learner, at=noon)
    closed_at(noon + timedelta(minutes=35))
    maintenance.end()
    client = Client()
    client.force_login(learner)
    page = client.get(attempt.get_absolute_url()).content.decode()
    assert "You got the lost time back" in page
    attempt.refresh_from_db()
    assert attempt.deadline > timezone.now()


def test_a_save_tells_the_page_how_much_time_is_left(timed, learner):
    attempt = attempts.start(quiz=timed, learner=learner)
    began = timezone.now() - timedelta(minutes=3)
    Attempt.objects.filter(pk=attempt.pk).update(started_at=began - HALF)
    pauses.give_back(began_at=began, ended_at=timezone.now())
    client = Client()
    client.force_login(learner)
    answer = client.post(f"{attempt.get_absolute_url()}save/", {"sequence": "1", "token": "a"}).json()
    assert answer["outcome"] == "saved"
    assert 42 * 60 < answer["seconds_left"] <= 43 * 60


def test_a_second_report_of_the_same_maintenance_adds_only_what_is_new(timed, learner, noon):
    attempt = attempts.start(quiz=timed, learner=learner, at=noon)
    end = noon + timedelta(minutes=20)
    pauses.give_back(began_at=noon + timedelta(minutes=10), ended_at=end)
    assert pauses.give_back(began_at=noon + timedelta(minutes=10), ended_at=end) == 0
    pauses.give_back(began_at=noon + timedelta(minutes=11), ended_at=end + timedelta(minutes=1))
    attempt.refresh_from_db()
    assert attempt.deadline == noon + timedelta(minutes=40 + 10 + 1)
    assert Pause.objects.count() == 2


def test_a_quiz_that_closed_meanwhile_is_open_for_as_long_as_was_lost(quiz, learner, other_learner, noon):
    Quiz.objects.filter(pk=quiz.pk).update(closes_at=noon + timedelta(minutes=20))
    quiz.refresh_from_db()
    attempt = attempts.start(quiz=quiz, learner=learner, at=noon)
    pauses.give_back(began_at=noon + timedelta(minutes=10), ended_at=noon + timedelta(minutes=40))
    quiz.refresh_from_db()
    attempt.refresh_from_db()
    assert quiz.closes_at == attempt.deadline == noon + timedelta(minutes=50)
    at = noon + timedelta(minutes=45)
    assert terms.refusal(quiz=quiz, learner=other_learner, at=at) is None


def test_a_closing_time_moves_no_further_than_somebody_needs(timed, learner, noon):
    close = noon + timedelta(minutes=60)
    Quiz.objects.filter(pk=timed.pk).update(closes_at=close)
    timed.refresh_from_db()
    attempts.start(quiz=timed, learner=learner, at=noon)
    pauses.give_back(began_at=noon + timedelta(minutes=10), ended_at=noon + timedelta(minutes=15))
    timed.refresh_from_db()
    assert timed.closes_at == close
    pauses.give_back(began_at=noon + timedelta(minutes=20), ended_at=noon + timedelta(minutes=40))
    timed.refresh_from_db()
    # The attempt now ends after 65 minutes: until then nobody is shown what only a closed quiz shows.
    assert timed.closes_at == close + timedelta(minutes=20)


def test_what_was_agreed_with_one_learner_moves_for_them_alone(quiz, learner, noon):
    close = noon + timedelta(minutes=5)
    Quiz.objects.filter(pk=quiz.pk).update(closes_at=close)
    quiz.refresh_from_db()
    own = Accommodation.objects.create(learner=learner, quiz=quiz, closes_at=noon + HALF)
    attempt = attempts.start(quiz=quiz, learner=learner, at=noon)
    pauses.give_back(began_at=noon + timedelta(minutes=10), ended_at=noon + timedelta(minutes=20))
    for row in (quiz, own, attempt):
        row.refresh_from_db()
    assert quiz.closes_at == close
    assert own.closes_at == attempt.deadline == noon + HALF + timedelta(minutes=10)


def test_a_quiz_that_was_closed_or_is_untimed_is_left_alone(quiz, learner, noon):
    Quiz.objects.filter(pk=quiz.pk).update(closes_at=noon)
    attempt = attempts.start(quiz=quiz, learner=learner, at=noon - HALF)
    Attempt.objects.filter(pk=attempt.pk).update(deadline=None)
    assert pauses.give_back(began_at=noon + HALF, ended_at=noon + 2 * HALF) == 0
    quiz.refresh_from_db()
    attempt.refresh_from_db()
    assert (quiz.closes_at, attempt.deadline) == (noon, None)


def test_changing_the_words_of_maintenance_keeps_its_beginning(noon):
    closed_at(noon)
    maintenance.begin(message="A little longer.")
    assert maintenance.current().since == noon
    assert [span.began_at for span in maintenance.owed()] == [noon]


def test_a_file_made_by_hand_counts_from_when_it_was_made(noon):
    path = Path(configured.MAINTENANCE_FILE)
    path.write_text("Back on Monday.")
    os.utime(path, (noon.timestamp(), noon.timestamp()))
    assert [span.began_at for span in maintenance.owed()] == [noon]


def test_a_list_that_stays_behind_stops_no_clock(timed, learner, noon):
    """Where the web server may not write the file, the worker's entry in the database is what counts."""
    closed_at(noon)
    maintenance.end(now=noon + timedelta(minutes=5))
    behind = Path(f"{configured.MAINTENANCE_FILE}.owed").read_text()
    pauses.settle()
    Path(f"{configured.MAINTENANCE_FILE}.owed").write_text(behind)
    attempt = attempts.start(quiz=timed, learner=learner, at=noon + timedelta(minutes=10))
    assert not pauses.stands_still(attempt.deadline)
    assert attempt.deadline == noon + timedelta(minutes=50)


def test_damaged_words_about_what_is_owed_are_no_fault_of_the_page(timed, learner):
    Path(f"{configured.MAINTENANCE_FILE}.owed").write_text("{")
    client = Client()
    client.force_login(learner)
    attempt = attempts.start(quiz=timed, learner=learner)
    assert client.get(attempt.get_absolute_url()).status_code == 200


def test_a_person_s_export_tells_of_it(timed, learner, noon):
    attempts.start(quiz=timed, learner=learner, at=noon)
    pauses.give_back(began_at=noon, ended_at=noon + HALF)
    (attempt,) = dict(export(learner))["quiz_attempts"]
    assert [row["to"] - row["from"] for row in attempt["prolonged"]] == [HALF]
