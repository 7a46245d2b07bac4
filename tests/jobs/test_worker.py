"""A real worker process, killed and cancelled while it works."""

import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from jobs import control, outbox, stalled
from jobs.models import Job, PeriodicRun

pytestmark = pytest.mark.worker


def count(**parameters):
    return control.start(kind="count", title="Counting", task="worker_tasks.count", parameters=parameters)


def wait(job, condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition(job):
        assert time.monotonic() < deadline, (job.status, job.message, job.log)
        time.sleep(0.1)
        job.refresh_from_db()


def children(pid):
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if entry.joinpath("stat").read_text().rpartition(")")[2].split()[1] == str(pid):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def test_a_worker_does_the_job_and_tells_how_far_it_is(worker):
    worker()
    job = count(to=20)
    wait(job, lambda job: 0 < job.progress < 1)
    assert job.status == Job.Status.RUNNING
    wait(job, lambda job: job.is_finished)
    assert job.status == Job.Status.SUCCEEDED
    assert job.result == {"counted": 20}


def test_a_running_job_is_cancelled(worker):
    worker()
    job = count(to=2000)
    wait(job, lambda job: job.progress > 0)
    control.cancel(job_id=job.pk)
    wait(job, lambda job: job.is_finished, seconds=5)
    assert job.status == Job.Status.CANCELLED


def test_a_killed_worker_leaves_no_child_and_its_job_runs_again(worker, tmp_path):
    seen = tmp_path / "seen"
    first = worker()
    job = count(to=60, seen=str(seen))
    wait(job, lambda job: job.progress > 0)
    pool = children(first.pid)
    assert pool
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in pool):
        assert time.monotonic() < deadline, "a child outlived its worker"
        time.sleep(0.05)

    assert stalled.sweep(now=timezone.now() + timedelta(minutes=2)) == 1
    worker()
    wait(job, lambda job: job.is_finished)
    assert job.status == Job.Status.SUCCEEDED
    assert job.attempts == 2
    assert len(set(seen.read_text().split())) == 2


def test_beat_runs_in_one_worker_and_remembers_in_the_database(worker, tmp_path):
    """Two workers carry the scheduler; a message that nobody sent on commit is sent by its sweep."""
    worker("-B", "-n", "one@%h")
    worker("-B", "-n", "two@%h")
    row = outbox.Outbox.objects.create(
        task="worker_tasks.touch",
        args=[str(tmp_path / "touched")],
        due_at=timezone.now() - timedelta(minutes=1),
    )
    deadline = time.monotonic() + 40
    while not (tmp_path / "touched").exists():
        assert time.monotonic() < deadline
        time.sleep(0.2)
    row.refresh_from_db()
    assert row.sent_at is not None
    assert PeriodicRun.objects.filter(name="send what the broker didn't take").exists()
