"""Work that the clock starts."""

from celery import shared_task

from courses import publishing, spelling, upkeep


@shared_task
def publish_due():
    """Settle what was scheduled for a moment that has come."""
    return publishing.publish_due()


@shared_task
def measure_reading_times():
    return upkeep.measure_reading_times()


@shared_task
def spend_freezes():
    return upkeep.spend_freezes()


@shared_task
def remind():
    return upkeep.remind()


@shared_task
def sweep_files():
    return upkeep.sweep_files()


@shared_task
def tidy_search_words():
    return spelling.tidy()
