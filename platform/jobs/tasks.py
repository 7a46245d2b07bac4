from celery import shared_task

from jobs import outbox, stalled


@shared_task
def sweep_outbox():
    """Beat, every 10 seconds: what the broker didn't take on commit."""
    outbox.sweep()


@shared_task
def sweep_stalled():
    """Beat, every 30 seconds: jobs whose worker was lost."""
    stalled.sweep()


@shared_task
def purge_outbox():
    """Beat, daily."""
    outbox.purge()
