"""Writing the event log."""

from django.db import transaction
from django.utils import timezone

from activity.models import Event, Kind, Verb


def kind_of(name):
    """The `Kind` of a name such as "course"."""
    return Kind[name.upper()]


def record(*, verb, kind, object_id, learner=None, visitor=None, value=None, occurred_at=None, context=None):
    """Append one event, in the caller's transaction.

    `verb` and `kind` are names ("viewed", "course"). Learners who switched personalisation off leave no trace
    here: what the site itself needs (progress, attempts, credits) lives in its own tables. Returns the event,
    or None where nothing was recorded.
    """
    if learner is not None and not learner.is_authenticated:
        learner = None
    if learner is None and visitor is None:
        return None
    if learner is not None and not learner.profile.personalised:
        return None
    now = timezone.now()
    return Event.objects.create(
        recorded_at=now,
        occurred_at=occurred_at or now,
        learner_id=learner.pk if learner is not None else None,
        visitor=None if learner is not None else visitor,
        verb=Verb[verb.upper()],
        kind=kind_of(kind),
        object_id=object_id,
        value=value,
        context=context,
    )


@transaction.atomic
def adopt(*, visitor, learner):
    """Copy an anonymous visitor's events to a learner who agreed to it. Returns how many."""
    events = Event.objects.of(visitor=visitor).order_by("recorded_at", "id")
    now = timezone.now()
    copies = [
        Event(
            recorded_at=now,
            occurred_at=event.occurred_at,
            learner_id=learner.pk,
            verb=event.verb,
            kind=event.kind,
            object_id=event.object_id,
            value=event.value,
            context=event.context,
        )
        for event in events
    ]
    return len(Event.objects.bulk_create(copies))
