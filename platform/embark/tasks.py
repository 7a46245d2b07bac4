from celery import shared_task

from embark import credit_expiry, dashboard, ledger_watch, retention


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


@shared_task
def expire_credits():
    """Beat, nightly: credits expire and learners are told beforehand, where the rules say so."""
    credit_expiry.run()
