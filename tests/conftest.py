"""What tests of every package share. Each starts from a clean process state on real services."""

import os
import signal
import subprocess
import sys
import uuid
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import User
from jobs import broker
from training import SMALL_TRAINING


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
    settings.MAINTENANCE_FILE = settings.MODELS_DIR / "maintenance.json"
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


def broker_database(number):
    """The address of a database of the broker; a site uses the first one, or the one of its REDIS_URL."""
    address = settings.CELERY_BROKER_URL
    if address.startswith("redis+socket://"):
        return f"{address.split('?')[0]}?virtual_host={number}"
    return f"{address.rsplit('/', 1)[0]}/{number}"


@pytest.fixture(autouse=True, scope="session")
def _messages_of_its_own():
    """What tests send and no worker takes must not wait for the site that is served next on this server."""
    from celery import current_app

    current_app.conf.broker_write_url = broker_database(7)
    yield
    with current_app.connection_for_write() as queues:
        queues.channel().client.delete("default", "training")


@pytest.fixture
def queues_of_its_own(worker_id):
    """The address of a broker database that no other test process uses."""
    return broker_database(8 if worker_id == "master" else 9 + int(worker_id.removeprefix("gw")) % 6)


@pytest.fixture
def publish_to(monkeypatch):
    """Points the outbox of this process to another broker."""
    from celery import current_app

    def point(address):
        monkeypatch.setattr(current_app.conf, "broker_write_url", address)
        broker._connection.cache_clear()
        broker.forget_failure()

    yield point
    monkeypatch.undo()
    broker._connection.cache_clear()
    broker.forget_failure()


@pytest.fixture
def worker(transactional_db, database_url, queues_of_its_own, publish_to):
    """Starts a real Celery worker on the test database."""
    started = []

    def start(*options, path=""):
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "-A", "embark", "worker"),
                *("-Q", "default,training", "--concurrency", "1", "--loglevel", "WARNING"),
                *("--without-gossip", "--without-mingle", *options),
            ],
            env={
                **os.environ,
                "DATABASE_URL": database_url,
                "CELERY_BROKER_URL": queues_of_its_own,
                "MODELS_DIR": str(settings.MODELS_DIR),
                "MEDIA_ROOT": str(settings.MEDIA_ROOT),
                "TRAIN_ON_SIMULATED": "1",
                "TRAINING_CONFIG": SMALL_TRAINING,
                "PYTHONPATH": os.pathsep.join(filter(None, [path, os.environ.get("PYTHONPATH")])),
            },
        )
        started.append(process)
        return process

    publish_to(queues_of_its_own)
    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(10)
