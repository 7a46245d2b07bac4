from celery import shared_task
from django.utils import timezone

from activity import partitions


@shared_task
def ensure_partitions():
    """Beat, daily: next months' partitions exist before their first event."""
    partitions.ensure(today=timezone.now().date(), months=6)
