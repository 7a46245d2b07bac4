"""How a task tells about its job, and learns that it should stop.

@shared_task
def train(job_id):
    perform(job_id=job_id, work=lambda progress: training.run(progress), lock="train")
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from celery import current_task
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Right
from django.utils import timezone
from django.utils.translation import gettext as _

from jobs import outbox
from jobs.locks import Busy, exclusive
from jobs.models import Job

logger = logging.getLogger(__name__)

HEARTBEAT = timedelta(seconds=10)
STALLED_AFTER = timedelta(seconds=60)
BUSY_DELAY = timedelta(seconds=30)
REPORT_SECONDS = 0.5  # a report that comes sooner after the last one is dropped
LOG_LIMIT = 200_000  # characters; the end is what explains a failure


class Cancelled(Exception):
    """A person asked the job to stop."""


class Progress:
    """One running job as its own work sees it."""

    def __init__(self, job: Job) -> None:
        self.job_id = job.pk
        self.parameters = job.parameters
        self._reported = 0.0

    def report(self, fraction: float, message: str = "") -> None:
        """Says how far the work is, from 0 to 1; raises Cancelled where a person asked to stop."""
        now = time.monotonic()
        if fraction < 1 and now - self._reported < REPORT_SECONDS:
            return
        self._reported = now
        told = {"message": message[:500]} if message else {}
        self._rows().update(progress=min(max(fraction, 0), 1), heartbeat_at=timezone.now(), **told)
        self.check()

    def log(self, line: str) -> None:
        """Appends a line to the job's log, which keeps its last 200,000 characters."""
        stamped = f"{timezone.now():%H:%M:%S} {line}\n"
        self._rows().update(log=Right(Concat(F("log"), Value(stamped)), LOG_LIMIT))

    def heartbeat(self) -> None:
        self._rows().update(heartbeat_at=timezone.now())

    def cancelled(self) -> bool:
        return Job.objects.filter(pk=self.job_id, cancel_requested=True).exists()

    def check(self) -> None:
        """Raises Cancelled where a person asked to stop."""
        if self.cancelled():
            raise Cancelled

    def _rows(self):
        return Job.objects.filter(pk=self.job_id)


@transaction.atomic
def start(*, job_id: int) -> Progress | None:
    """Marks the job as running; None where this delivery has nothing to do.

    Messages arrive at least once, so the job may be finished, cancelled or alive in another worker. And a
    broker may hold messages of an earlier database, whose numbers mean other jobs here.
    """
    job = Job.objects.select_for_update().filter(pk=job_id).first()
    now = timezone.now()
    if job is None or job.is_finished:
        return None
    if current_task and current_task.name != job.task:
        logger.warning(
            "job %s is done by %s: a message for %s is dropped", job_id, job.task, current_task.name
        )
        return None
    if job.status == Job.Status.RUNNING and job.heartbeat_at > now - STALLED_AFTER:
        return None
    job.status = Job.Status.RUNNING
    job.attempts += 1
    job.progress = 0
    job.message = ""
    job.started_at = job.heartbeat_at = now
    job.save(update_fields=["status", "attempts", "progress", "message", "started_at", "heartbeat_at"])
    return Progress(job)


def finish(*, job_id: int, status: str, message: str = "", result: dict | None = None) -> None:
    """Ends a running job; a job that isn't running is left alone."""
    changes = {"status": status, "message": message[:500], "finished_at": timezone.now()}
    if status == Job.Status.SUCCEEDED:
        changes |= {"progress": 1, "result": result or {}}
    Job.objects.filter(pk=job_id, status=Job.Status.RUNNING).update(**changes)


def perform(*, job_id: int, work: Callable[[Progress], dict | None], lock: str = "") -> None:
    """Runs `work` as the job: start, heartbeat, result, and an honest end whatever happens.

    With `lock`, one at a time over all workers: a job that finds the lock taken goes back to the queue
    for half a minute. What `work` returns becomes the job's result.
    """
    progress = start(job_id=job_id)
    if progress is None:
        return
    try:
        with _beating(job_id):
            if lock:
                with exclusive(lock):
                    result = work(progress)
            else:
                result = work(progress)
    except Busy as busy:
        _wait(job_id=job_id, message=str(busy))
    except Cancelled:
        finish(job_id=job_id, status=Job.Status.CANCELLED, message=_("Cancelled."))
    except Exception as error:
        logger.exception("job %s failed", job_id)
        progress.log(f"{type(error).__name__}: {error}")
        finish(job_id=job_id, status=Job.Status.FAILED, message=str(error) or type(error).__name__)
    else:
        finish(job_id=job_id, status=Job.Status.SUCCEEDED, message=_("Done."), result=result)


@transaction.atomic
def _wait(*, job_id: int, message: str) -> None:
    job = Job.objects.select_for_update().get(pk=job_id)
    job.status = Job.Status.QUEUED
    job.attempts -= 1
    job.message = message[:500]
    job.queued_at = timezone.now()
    job.save(update_fields=["status", "attempts", "message", "queued_at"])
    outbox.enqueue(job.task, job.pk, queue=job.queue, delay=BUSY_DELAY)


class _beating:
    """Beats from a thread for the block: work may compute for minutes between two reports."""

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._beat, name=f"heartbeat of job {job_id}", daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_) -> None:
        self.ended.set()
        self.thread.join()

    def _beat(self) -> None:
        while not self.ended.wait(HEARTBEAT.total_seconds()):
            try:
                Job.objects.filter(pk=self.job_id).update(heartbeat_at=timezone.now())
            except Exception:
                logger.exception("job %s missed a heartbeat", self.job_id)
            finally:
                connection.close()
