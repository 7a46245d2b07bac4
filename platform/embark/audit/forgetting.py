"""The one place that deletes what the audit log holds: retention."""

import pgtrigger
from django.db import models, transaction
from pghistory.core import event_models


@transaction.atomic
def forget(*, before):
    """Delete the changes before a moment; returns how many."""
    count = 0
    for table in event_models():
        with pgtrigger.ignore(f"{table._meta.label}:append_only"):
            rows = models.QuerySet(table).filter(pgh_created_at__lt=before)
            count += rows._raw_delete(rows.db)
    return count
