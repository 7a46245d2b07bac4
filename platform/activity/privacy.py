"""A person's rows in the event log: export and erasure."""

from activity import erasure
from activity.models import Event, Impression


def export(learner):
    events = Event.objects.filter(learner_id=learner.pk).order_by("recorded_at", "id")
    impressions = Impression.objects.filter(learner_id=learner.pk).order_by("recorded_at", "id")
    yield (
        "events",
        [
            {
                "occurred_at": event.occurred_at or event.recorded_at,
                "verb": event.get_verb_display(),
                "item": event.item,
                "value": event.value,
            }
            for event in events.iterator()
        ],
    )
    yield (
        "impressions",
        [
            {
                "shown_at": row.recorded_at,
                "placement": row.placement,
                "position": row.position,
                "item": f"{row.get_kind_display()}:{row.object_id}",
                "reason": row.reason,
                "model_version": row.model_version,
            }
            for row in impressions.iterator()
        ],
    )


def erase(learner):
    erasure.erase(learner=learner)
