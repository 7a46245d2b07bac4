from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from jobs import control
from jobs.models import Job, Outbox, PeriodicRun
from jobs.problems import problems

pytestmark = pytest.mark.django_db


@pytest.fixture
def beat():
    return PeriodicRun.objects.create(name="sweep", last_run_at=timezone.now())


def test_all_is_well(beat):
    control.start(kind="count", title="Counting", task="x")
    assert problems() == []


def test_an_absent_broker_is_told_with_its_reason(beat):
    Outbox.objects.create(task="x", due_at=timezone.now() - timedelta(minutes=2), last_error="refused")
    assert problems() == ["1 message waits for the broker: refused"]


def test_an_absent_worker_is_told(beat):
    job = control.start(kind="count", title="Counting", task="x", queue="training")
    Outbox.objects.all().delete()
    Job.objects.update(queued_at=timezone.now() - timedelta(minutes=2))
    assert problems() == ["Jobs wait and no worker takes them from the queue “training”."]
    other = control.start(kind="count", title="Counting", task="x", queue="training")
    Job.objects.filter(pk=other.pk).update(status=Job.Status.RUNNING)
    assert problems() == []
    assert job.queue == "training"


def test_an_absent_scheduler_is_told(beat):
    PeriodicRun.objects.update(last_run_at=timezone.now() - timedelta(minutes=2))
    assert problems() == ["No worker sends the periodic tasks: start one with -B."]
    PeriodicRun.objects.all().delete()
    assert len(problems()) == 1


def test_the_list_of_jobs_shows_them(client, admin):
    client.force_login(admin)
    assert "No worker sends" in client.get(reverse("admin:jobs_job_changelist")).content.decode()
