"""The nightly look at the ledger."""

import logging

import pytest
from django.db import connection

from accounts.models import User
from credits import ledger
from embark.celery import app
from embark.tasks import check_ledger
from notices.models import Notice


@pytest.fixture
def people(db):
    admin = User.objects.create_superuser("admin@example.org", "secret-and-long")
    learner = User.objects.create_user("learner@example.org")
    ledger.award(learner=learner, amount=10, reason="first_pass", source="quiz:1")
    return admin, learner


def test_it_runs_every_night():
    entries = [entry for entry in app.conf.beat_schedule.values() if entry["task"] == check_ledger.name]
    assert [(entry["schedule"].hour, entry["schedule"].minute) for entry in entries] == [({2}, {10})]


def test_a_sound_ledger_is_only_logged(people, caplog):
    caplog.set_level(logging.INFO, "embark.ledger_watch")
    check_ledger()
    assert "1 entries, all balanced" in caplog.text
    assert not Notice.objects.exists()


def test_a_wrong_balance_is_told_to_admins_alone(people, caplog):
    admin, learner = people
    with connection.cursor() as cursor:  # as somebody with a database console could
        cursor.execute("UPDATE credits_account SET balance = 11 WHERE learner_id = %s", [learner.pk])
    check_ledger()
    (notice,) = Notice.objects.all()
    assert notice.learner == admin
    assert "shows 11 but its lines sum to 10" in notice.body
    assert "shows 11" in caplog.text
