from celery import shared_task

from notices import delivery, digest


@shared_task
def send_due():
    """Beat, every 30 seconds: mails of notices."""
    delivery.send_due()


@shared_task
def send_digests():
    """Beat, every quarter of an hour: weekly digests, where it is Monday morning."""
    digest.send_due()
