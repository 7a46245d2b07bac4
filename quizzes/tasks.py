"""Work that the clock starts."""

from celery import shared_task

from quizzes import attempts


@shared_task
def submit_due():
    """Submit attempts whose time is up, so that a mark does not wait for the learner's next visit."""
    return attempts.submit_due()
