"""Jobs whose worker was lost, and jobs whose message was."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from jobs import outbox
from jobs.models import Job
from jobs.progress import STALLED_AFTER

ATTEMPTS = 3
LOST_AFTER = timedelta(minutes=30)  # in a queue that long, or gone; a second message does no harm


@transaction.atomic
def sweep(*, now=None) -> int:
    """Requeues, fails or cancels every job whose heartbeat stopped; returns how many were touched."""
    now = now or timezone.now()
    stalled = list(Job.objects.stalled(silent_since=now - STALLED_AFTER).select_for_update(skip_locked=True))
    for job in stalled:
        if job.cancel_requested:
            _end(job, Job.Status.CANCELLED, _("Cancelled."), now)
        elif job.attempts >= ATTEMPTS:
            reason = _("Its worker was lost %(count)d times; see the worker's log for the reason.")
            _end(job, Job.Status.FAILED, reason % {"count": job.attempts}, now)
        else:
            _requeue(job, _("Its worker was lost; waiting to start again."), now)
    lost = list(Job.objects.undelivered(queued_before=now - LOST_AFTER).select_for_update(skip_locked=True))
    for job in lost:
        _requeue(job, job.message, now)
    return len(stalled) + len(lost)


def _end(job: Job, status: str, message: str, now) -> None:
    job.status = status
    job.message = message
    job.finished_at = now
    job.save(update_fields=["status", "message", "finished_at"])


def _requeue(job: Job, message: str, now) -> None:
    job.status = Job.Status.QUEUED
    job.message = message
    job.queued_at = now
    job.save(update_fields=["status", "message", "queued_at"])
    outbox.enqueue(job.task, job.pk, queue=job.queue)
