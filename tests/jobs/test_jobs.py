import threading
from datetime import timedelta

import pytest
from celery import current_app
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from jobs import control, privacy, progress, stalled
from jobs.locks import Busy, exclusive
from jobs.models import Job, Outbox

pytestmark = pytest.mark.django_db
TASK = "worker_tasks.count"


@pytest.fixture
def job(learner):
    return control.start(kind="count", title="Counting", task=TASK, owner=learner, parameters={"to": 3})


def running(job, *, silent=timedelta(), attempts=1):
    now = timezone.now()
    Job.objects.filter(pk=job.pk).update(
        status=Job.Status.RUNNING, started_at=now, heartbeat_at=now - silent, attempts=attempts
    )


def test_a_job_and_its_message_are_written_together(job):
    message = Outbox.objects.get()
    assert (message.task, message.args, message.queue) == (TASK, [job.pk], "default")
    assert job.status == Job.Status.QUEUED


def test_work_reports_and_returns_its_result(job):
    def work(told):
        told.log("first")
        told.report(0.5, "half")
        job.refresh_from_db()
        assert (job.status, job.progress, job.message) == (Job.Status.RUNNING, 0.5, "half")
        told.log("second")
        return {"to": told.parameters["to"]}

    progress.perform(job_id=job.pk, work=work)
    job.refresh_from_db()
    assert job.status == Job.Status.SUCCEEDED
    assert job.result == {"to": 3}
    assert job.progress == 1
    assert job.attempts == 1
    assert [line[9:] for line in job.log.splitlines()] == ["first", "second"]
    assert job.started_at <= job.heartbeat_at <= job.finished_at


def test_a_failure_is_told_in_its_own_words(job):
    def work(told):
        raise ValueError("The bundle has no events.")

    progress.perform(job_id=job.pk, work=work)
    job.refresh_from_db()
    assert job.status == Job.Status.FAILED
    assert job.message == "The bundle has no events."
    assert "ValueError" in job.log


def test_a_second_delivery_does_nothing(job):
    calls = []
    for _ in range(2):
        progress.perform(job_id=job.pk, work=calls.append)
    assert len(calls) == 1

    again = control.start(kind="count", title="Counting", task=TASK)
    running(again)
    progress.perform(job_id=again.pk, work=calls.append)
    assert len(calls) == 1


def test_a_delivery_of_a_deleted_job_does_nothing():
    progress.perform(job_id=10**9, work=pytest.fail)


def test_a_queued_job_is_cancelled_at_once_and_never_runs(job):
    assert control.cancel(job_id=job.pk).status == Job.Status.CANCELLED
    progress.perform(job_id=job.pk, work=pytest.fail)


def test_a_running_job_ends_at_its_next_report(job):
    def work(told):
        control.cancel(job_id=job.pk)
        told.report(0.1)
        pytest.fail("it went on")

    progress.perform(job_id=job.pk, work=work)
    job.refresh_from_db()
    assert job.status == Job.Status.CANCELLED
    assert job.finished_at is not None


def test_a_finished_job_is_neither_cancelled_nor_run_again(job):
    progress.perform(job_id=job.pk, work=lambda told: {})
    with pytest.raises(control.NotPossible):
        control.cancel(job_id=job.pk)
    with pytest.raises(control.NotPossible):
        control.retry(job_id=job.pk)


def test_a_failed_job_runs_again_from_the_beginning(job):
    def fail(told):
        told.report(0.7)
        raise ValueError("no")

    progress.perform(job_id=job.pk, work=fail)
    again = control.retry(job_id=job.pk)
    assert (again.status, again.progress, again.finished_at) == (Job.Status.QUEUED, 0, None)
    assert Outbox.objects.filter(args=[job.pk]).count() == 2
    progress.perform(job_id=job.pk, work=lambda told: {"fine": True})
    job.refresh_from_db()
    assert job.status == Job.Status.SUCCEEDED


def test_a_job_that_finds_its_lock_taken_waits_in_the_queue(job):
    with exclusive("count"):
        progress.perform(job_id=job.pk, work=pytest.fail, lock="count")
    job.refresh_from_db()
    assert job.status == Job.Status.QUEUED
    assert job.attempts == 0
    assert "running already" in job.message
    assert Outbox.objects.latest("id").due_at > timezone.now() + timedelta(seconds=20)
    progress.perform(job_id=job.pk, work=lambda told: {}, lock="count")
    job.refresh_from_db()
    assert job.status == Job.Status.SUCCEEDED


def test_a_long_log_keeps_its_end(job, monkeypatch):
    told = progress.start(job_id=job.pk)
    for letter in "abc":
        told.log(letter * 90_000)
    job.refresh_from_db()
    assert len(job.log) == progress.LOG_LIMIT
    assert job.log.endswith("c\n")


def test_a_lost_job_is_queued_again_and_at_last_fails(job):
    for attempt in range(1, stalled.ATTEMPTS):
        running(job, silent=timedelta(minutes=2), attempts=attempt)
        assert stalled.sweep() == 1
        job.refresh_from_db()
        assert job.status == Job.Status.QUEUED
        assert Outbox.objects.filter(args=[job.pk]).count() == attempt + 1
    running(job, silent=timedelta(minutes=2), attempts=stalled.ATTEMPTS)
    stalled.sweep()
    job.refresh_from_db()
    assert job.status == Job.Status.FAILED
    assert "lost 3 times" in job.message


def test_a_lost_job_that_was_to_stop_is_cancelled(job):
    running(job, silent=timedelta(minutes=2))
    control.cancel(job_id=job.pk)
    stalled.sweep()
    job.refresh_from_db()
    assert job.status == Job.Status.CANCELLED


def test_a_living_or_waiting_job_is_left_alone(job):
    other = control.start(kind="count", title="Waiting", task=TASK)
    running(job, silent=timedelta(seconds=20))
    assert stalled.sweep() == 0
    assert Outbox.objects.filter(args=[other.pk]).count() == 1


def test_a_job_whose_message_was_lost_is_asked_for_again(job):
    Job.objects.filter(pk=job.pk).update(queued_at=timezone.now() - timedelta(hours=1))
    assert stalled.sweep() == 1
    assert stalled.sweep() == 0
    assert Outbox.objects.filter(args=[job.pk]).count() == 2


def test_a_lock_is_held_by_one_at_a_time_and_given_back():
    with exclusive("a"), exclusive("b"):
        with pytest.raises(Busy), exclusive("a"):
            pytest.fail("two hold it")
        connection.close()  # the ordinary connection has no part in it
        with pytest.raises(Busy), exclusive("a"):
            pytest.fail("two hold it")
    with exclusive("a"):
        pass


def test_a_lock_is_given_back_after_an_error():
    with pytest.raises(ValueError, match="x"), exclusive("a"):
        raise ValueError("x")
    with exclusive("a"):
        pass


@pytest.mark.django_db(transaction=True)
def test_only_one_of_many_threads_gets_the_lock():
    inside, refused, most = [], [], []
    ready = threading.Barrier(6)

    def try_it():
        ready.wait()
        try:
            with exclusive("race"):
                inside.append(1)
                most.append(len(inside))
                ready.wait(5)
                inside.pop()
        except Busy:
            refused.append(1)
            ready.wait(5)
        finally:
            connection.close()

    threads = [threading.Thread(target=try_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert len(refused) == 5


@pytest.mark.parametrize(
    "changes", [{"progress": 1.5}, {"status": Job.Status.FAILED}, {"finished_at": timezone.now()}]
)
def test_the_database_refuses_impossible_jobs(job, changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**changes)


def test_a_person_s_jobs_are_exported_and_lose_their_owner(job, learner, other_learner):
    theirs = control.start(kind="count", title="Other", task=TASK, owner=other_learner)
    [(name, rows)] = privacy.export(learner)
    assert name == "jobs"
    assert [row["title"] for row in rows] == ["Counting"]
    privacy.erase(learner)
    job.refresh_from_db()
    theirs.refresh_from_db()
    assert job.owner is None
    assert theirs.owner == other_learner


def test_a_message_for_another_task_leaves_the_job_alone(learner):
    """As the broker may hold some of a database that was here before."""

    @current_app.task(name=TASK)
    def count(job_id):
        progress.perform(job_id=job_id, work=lambda told: {})

    job = control.start(kind="paint", title="Painting", task="worker_tasks.paint", parameters={"to": 0})
    count.apply(args=[job.pk])
    job.refresh_from_db()
    assert (job.status, job.attempts) == (Job.Status.QUEUED, 0)
    own = control.start(kind="count", title="Counting", task=TASK, parameters={"to": 1})
    count.apply(args=[own.pk])
    own.refresh_from_db()
    assert own.status == Job.Status.SUCCEEDED


@pytest.mark.django_db(transaction=True)
def test_what_tests_send_does_not_wait_for_a_site(settings):
    def waiting():
        with current_app.connection_for_read(settings.CELERY_BROKER_URL) as queues:
            return queues.channel().client.llen("default")

    before = waiting()
    control.start(kind="count", title="Counting", task=TASK, parameters={"to": 1})
    assert not Outbox.objects.filter(sent_at=None).exists()
    assert waiting() == before
