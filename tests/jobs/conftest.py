import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings

from jobs import broker


@pytest.fixture
def queues_of_its_own(worker_id):
    """The address of a broker database that no other test process uses."""
    number = 8 if worker_id == "master" else 9 + int(worker_id.removeprefix("gw")) % 6
    address = settings.CELERY_BROKER_URL
    if address.startswith("redis+socket://"):
        return f"{address.split('?')[0]}?virtual_host={number}"
    return f"{address.rsplit('/', 1)[0]}/{number}"


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
    """Starts a real Celery worker on the test database; it knows the tasks of `worker_tasks.py`."""
    started = []

    def start(*options):
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "-A", "embark", "worker", "-I", "worker_tasks"),
                *("-Q", "default,training", "--concurrency", "1", "--loglevel", "WARNING"),
                *("--without-gossip", "--without-mingle", *options),
            ],
            env={
                **os.environ,
                "DATABASE_URL": database_url,
                "CELERY_BROKER_URL": queues_of_its_own,
                "PYTHONPATH": os.path.dirname(__file__),
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
