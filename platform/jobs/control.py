"""What people do with jobs: start, cancel, retry."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from jobs import outbox
from jobs.models import Job


class NotPossible(Exception):
    """The job's state doesn't allow it; the text says why."""


@transaction.atomic
def start(*, kind: str, title: str, task: str, queue: str = "default", owner=None, parameters=None) -> Job:
    """Creates a job and asks for `task(job.pk)`; both happen or neither does."""
    job = Job.objects.create(
        kind=kind, title=title, task=task, queue=queue, owner=owner, parameters=parameters or {}
    )
    outbox.enqueue(task, job.pk, queue=queue)
    return job


@transaction.atomic
def cancel(*, job_id: int) -> Job:
    """A queued job ends now; a running one is asked to, and ends at its next report.

    Raises NotPossible for a finished job.
    """
    job = Job.objects.select_for_update().get(pk=job_id)
    if job.is_finished:
        raise NotPossible(_("This job has ended already."))
    job.cancel_requested = True
    if job.status == Job.Status.QUEUED:
        job.status = Job.Status.CANCELLED
        job.message = _("Cancelled before it started.")
        job.finished_at = timezone.now()
    job.save(update_fields=["cancel_requested", "status", "message", "finished_at"])
    return job


@transaction.atomic
def retry(*, job_id: int) -> Job:
    """Runs a failed or cancelled job again from the beginning, with the same parameters.

    Raises NotPossible for any other job.
    """
    job = Job.objects.select_for_update().get(pk=job_id)
    if job.status not in (Job.Status.FAILED, Job.Status.CANCELLED):
        raise NotPossible(_("Only a failed or cancelled job can be run again."))
    job.status = Job.Status.QUEUED
    job.progress = 0
    job.attempts = 0
    job.message = ""
    job.cancel_requested = False
    if job.log:
        job.log += "— " + _("run again") + " —\n"
    job.queued_at = timezone.now()
    job.started_at = job.heartbeat_at = job.finished_at = None
    job.save()
    outbox.enqueue(job.task, job.pk, queue=job.queue)
    return job
