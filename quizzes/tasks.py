"""Work that the clock starts."""

from celery import shared_task

from quizzes import attempts, due_reminders


@shared_task
def submit_due():
    """Submit attempts whose time is up, so that a mark does not wait for the learner's next visit."""
    return attempts.submit_due()


@shared_task
def remind_due():
    """Tell learners a day before that a quiz is due."""
    return due_reminders.remind()
