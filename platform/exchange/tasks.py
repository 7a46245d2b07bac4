"""Celery's entry to imports. The work itself lives in `uploads`."""

from celery import shared_task

from exchange import uploads
from jobs.progress import perform


@shared_task
def preview(job_id):
    perform(job_id=job_id, work=uploads.run_preview)


@shared_task
def purge():
    """Beat, daily: uploaded files that nobody needs any more."""
    uploads.purge()


@shared_task
def write(job_id):
    perform(job_id=job_id, work=uploads.run_write, lock="course-import")
