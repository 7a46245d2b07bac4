from celery import shared_task

from embark import retention


@shared_task
def forget():
    """Beat, nightly: what was kept long enough."""
    retention.forget()
