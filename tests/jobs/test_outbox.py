import json
import socket
import time
from datetime import timedelta

import pytest
import redis
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from jobs import outbox
from jobs.models import Outbox

pytestmark = pytest.mark.django_db

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def queue(queues_of_its_own, publish_to):
    """The messages in the broker's default queue, as (task, args)."""
    if queues_of_its_own.startswith("redis+socket://"):
        path, number = queues_of_its_own.removeprefix("redis+socket://").split("?virtual_host=")
        server = redis.Redis(unix_socket_path=path, db=int(number))
    else:
        server = redis.Redis.from_url(queues_of_its_own)
    server.delete("default")
    publish_to(queues_of_its_own)

    def read():
        return [json.loads(raw)["headers"] for raw in server.lrange("default", 0, -1)]

    yield read
    server.delete("default")


@pytest.fixture
def committing(django_capture_on_commit_callbacks):
    """What the block would do on commit is done at its end."""
    return django_capture_on_commit_callbacks


@pytest.fixture
def silent_broker(publish_to):
    """A broker that accepts connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        publish_to(f"redis://127.0.0.1:{listener.getsockname()[1]}/0")
        yield


def test_a_message_is_sent_when_the_transaction_commits(queue, committing):
    with committing(execute=True):
        row = outbox.enqueue("worker_tasks.touch", "/tmp/x", kwargs={"deep": True})
        assert queue() == []
    [message] = queue()
    assert message["task"] == "worker_tasks.touch"
    row.refresh_from_db()
    assert row.sent_at is not None
    assert row.attempts == 1


def test_a_rolled_back_change_sends_nothing(queue, committing):
    with committing(execute=True), transaction.atomic():
        outbox.enqueue("worker_tasks.touch")
        transaction.set_rollback(True)
    assert queue() == []
    assert not Outbox.objects.exists()


def test_what_an_absent_broker_missed_is_sent_by_the_sweep_once(
    publish_to, queue, queues_of_its_own, committing
):
    publish_to(NOWHERE)
    with committing(execute=True):
        row = outbox.enqueue("worker_tasks.touch", "later")
    row.refresh_from_db()
    assert row.sent_at is None
    assert "refused" in row.last_error
    assert outbox.sweep(grace=timedelta()) == 0

    publish_to(queues_of_its_own)
    assert outbox.sweep(grace=timedelta()) == 1
    assert outbox.sweep(grace=timedelta()) == 0
    assert [message["task"] for message in queue()] == ["worker_tasks.touch"]
    row.refresh_from_db()
    assert row.sent_at is not None
    assert row.last_error == ""


@pytest.mark.parametrize(
    "address", [NOWHERE, "amqp://guest:guest@127.0.0.1:1//", "redis+socket:///nonexistent"]
)
def test_an_absent_broker_costs_a_page_next_to_nothing(publish_to, committing, address):
    publish_to(address)
    started = time.monotonic()
    with committing(execute=True):
        for _ in range(20):
            outbox.enqueue("worker_tasks.touch")
    assert time.monotonic() - started < 2
    assert Outbox.objects.filter(sent_at=None).count() == 20


def test_a_broker_that_hangs_costs_one_short_wait(silent_broker, committing):
    started = time.monotonic()
    with committing(execute=True):
        for _ in range(20):
            outbox.enqueue("worker_tasks.touch")
    assert time.monotonic() - started < 4
    assert Outbox.objects.filter(sent_at=None).count() == 20


def test_a_message_that_can_t_be_sent_stops_no_other(queue):
    bad = outbox.enqueue("worker_tasks.touch", queue="nowhere")
    good = outbox.enqueue("worker_tasks.touch")
    assert outbox.sweep(grace=timedelta()) == 1
    bad.refresh_from_db()
    good.refresh_from_db()
    assert good.sent_at is not None
    assert bad.sent_at is None
    assert "nowhere" in bad.last_error
    assert outbox.sweep(grace=timedelta()) == 0


def test_a_delayed_message_waits_for_its_time(queue):
    row = outbox.enqueue("worker_tasks.touch", delay=timedelta(minutes=1))
    assert outbox.sweep(grace=timedelta()) == 0
    Outbox.objects.filter(pk=row.pk).update(due_at=timezone.now())
    assert outbox.sweep(grace=timedelta()) == 1
    assert len(queue()) == 1


def test_the_sweep_leaves_fresh_messages_to_their_sender(queue):
    Outbox.objects.create(task="worker_tasks.touch")
    assert outbox.sweep() == 0
    assert queue() == []


def test_the_sweep_command_says_what_it_did(publish_to, queue, capsys):
    Outbox.objects.create(task="worker_tasks.touch", due_at=timezone.now() - timedelta(minutes=1))
    call_command("sweep_outbox")
    assert capsys.readouterr().out == "1 sent, 0 left\n"


def test_only_messages_sent_long_ago_are_forgotten():
    now = timezone.now()
    old = Outbox.objects.create(task="a", sent_at=now - timedelta(days=8))
    kept = [Outbox.objects.create(task="b", sent_at=now), Outbox.objects.create(task="c")]
    assert outbox.purge() == 1
    assert set(Outbox.objects.all()) == set(kept)
    assert old not in Outbox.objects.all()
