"""What tests of every package share. PostgreSQL and Valkey are real; each test starts from a clean process state."""

import pytest
from django.core.cache import cache

from accounts.models import User


@pytest.fixture(autouse=True)
def _plain_static_files(settings, tmp_path_factory):
    """Templates name static files without a collected manifest, and models live in a folder of the test's own."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.MODELS_DIR = tmp_path_factory.mktemp("models")
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _forgetful_process():
    """No snapshot, model or cached value outlives a test."""
    from recommender import catalog, live

    cache.clear()
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
