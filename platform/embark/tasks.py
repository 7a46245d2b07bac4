from celery import shared_task

from embark import dashboard, ledger_watch, retention


@shared_task
def forget():
    """Beat, nightly: what was kept long enough."""
    retention.forget()


@shared_task
def count_figures():
    """Beat, every quarter of an hour: the figures of the admin's first page."""
    dashboard.count_usual_ranges()


@shared_task
def check_ledger():
    """Beat, nightly: what does not add up is told to admins."""
    ledger_watch.check()
