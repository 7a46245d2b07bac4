"""The one place that deletes events and impressions: erasure of a person, and retention."""

from django.db import transaction

from activity.models import Event, Impression


@transaction.atomic
def erase(*, learner=None, visitor=None, before=None):
    """Delete what is known of one learner or visitor, or of everybody before a moment. Returns the counts."""
    if learner is None and visitor is None and before is None:
        raise ValueError("erase() needs a learner, a visitor or a moment: it never deletes everything.")
    counts = {}
    for model in (Event, Impression):
        rows = model.objects.all()
        if learner is not None:
            rows = rows.filter(learner_id=learner.pk)
        if visitor is not None:
            rows = rows.filter(visitor=visitor)
        if before is not None:
            rows = rows.filter(recorded_at__lt=before)
        counts[model._meta.model_name] = rows._raw_delete(rows.db)
    return counts


@transaction.atomic
def erase_visitors(*, before):
    """Delete what visitors without an account did and were shown before a moment. Returns the counts."""
    counts = {}
    for model in (Event, Impression):
        rows = model.objects.filter(visitor__isnull=False, recorded_at__lt=before)
        counts[model._meta.model_name] = rows._raw_delete(rows.db)
    return counts
