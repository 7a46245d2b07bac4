import pytest
from django.db import connection
from django.test import override_settings


def test_live_asks_nobody(client):
    """It has no database mark: a query would fail the test."""
    answer = client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_ready_tells_of_each_part(client):
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "database": "ok",
        "cache": "ok",
        "model": "none",
        "maintenance": "off",
    }


@pytest.mark.django_db
def test_an_absent_cache_leaves_the_site_ready(client, settings):
    absent = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    with override_settings(CACHES=settings.CACHES | {"default": absent}):
        answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["cache"] == "unavailable"


@pytest.mark.django_db(transaction=True)
def test_an_absent_database_takes_the_site_out_of_rotation(client):
    place, name = connection.settings_dict, connection.settings_dict["NAME"]
    connection.close()
    place["NAME"] = "there_is_no_such_database"
    try:
        answer = client.get("/health/ready")
    finally:
        connection.close()
        place["NAME"] = name
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "unavailable",
        "database": "unavailable",
        "cache": "ok",
        "model": "none",
        "maintenance": "off",
    }
