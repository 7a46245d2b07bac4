"""Celery's entry to training, popularity and new items. The work itself lives in the named modules."""

from celery import shared_task

from jobs.locks import Busy, exclusive
from jobs.progress import perform
from recommender import new_items, popularity, retraining


@shared_task
def train(job_id):
    perform(job_id=job_id, work=retraining.run, lock="train")


@shared_task
def refresh_popularity():
    """Beat, every five minutes."""
    try:
        with exclusive("popularity"):
            popularity.refresh()
    except Busy:
        return


@shared_task
def add_new_items():
    """Beat, every 20 seconds: what was published since training gets its vector."""
    try:
        with exclusive("new items"):
            new_items.add()
    except Busy:
        return


@shared_task
def retrain_after_upgrade():
    """Beat, every five minutes: models of another release are replaced."""
    retraining.after_upgrade()
