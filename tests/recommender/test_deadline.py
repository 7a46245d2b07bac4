"""A slow database must not make a page slow."""

import contextlib
import threading
import time

import pytest
from django.db import connection, connections
from django.test import Client

from pages import suggested
from recommender.deadline import TooSlow, within
from world import build_course


@contextlib.contextmanager
def table_locked(name):
    """Another connection holds a table for itself, as a runaway migration would."""
    ready, release = threading.Event(), threading.Event()

    def hold():
        with connections["default"].copy().cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
            ready.set()
            release.wait()
            cursor.execute("ROLLBACK")
            cursor.connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    ready.wait()
    yield
    release.set()
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_a_query_that_takes_too_long_is_cancelled_and_the_connection_lives_on():
    started = time.monotonic()
    with pytest.raises(TooSlow), within(0.2), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(30)")
    assert time.monotonic() - started < 10
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_a_slow_history_costs_a_page_its_personal_row_and_nothing_else(learner):
    build_course("Alone", topic="Music")
    client = Client()
    client.force_login(learner)
    client.get("/wallet/")
    with table_locked("recommender_feedback"):
        response = client.get("/wallet/")
    assert response.status_code == 200
    assert suggested(response)
