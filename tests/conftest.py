"""What tests of every package share. Each starts from a clean process state on real services."""

import uuid
from urllib.parse import quote

import pytest
from django.db import connection

from accounts.models import User


@pytest.fixture(autouse=True)
def _places_of_its_own(settings, tmp_path_factory):
    """Static files need no collected manifest; cache keys, models and media are the test's own."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    # A prefix of its own rather than an emptied cache: the broker's queues may live in the same database.
    settings.CACHES = {
        **settings.CACHES,
        "default": {**settings.CACHES["default"], "KEY_PREFIX": f"test-{uuid.uuid4()}"},
    }
    settings.MODELS_DIR = tmp_path_factory.mktemp("models")
    settings.MEDIA_ROOT = tmp_path_factory.getbasetemp() / "media"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _forgetful_process():
    """No snapshot and no model outlives a test."""
    from recommender import catalog, live

    catalog.forget()
    live.forget()
    yield
    catalog.forget()
    live.forget()


@pytest.fixture
def learner(db):
    return User.objects.create_user("ada@example.org", "correct horse battery", display_name="Ada")


@pytest.fixture
def other_learner(db):
    return User.objects.create_user("grace@example.org", "correct horse battery", display_name="Grace")


@pytest.fixture
def admin(db):
    return User.objects.create_superuser("admin@example.org", "correct horse battery", display_name="Admin")


@pytest.fixture
def database_url(db):
    """The address of the test database, for processes that a test starts."""
    place = connection.settings_dict
    user = quote(place["USER"], safe="")
    if place["PASSWORD"]:
        user = f"{user}:{quote(place['PASSWORD'], safe='')}"
    host = place["HOST"] or place["OPTIONS"].get("host", "")
    if host.startswith("/"):  # a socket directory
        return f"postgres://{user}@/{place['NAME']}?host={host}"
    port = f":{place['PORT']}" if place["PORT"] else ""
    return f"postgres://{user}@{quote(place['HOST'], safe='')}{port}/{place['NAME']}"
