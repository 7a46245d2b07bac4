"""The only door to activity: one learner's recent past, in the words of the serving engine."""

from dataclasses import dataclass

from activity.models import Event as LoggedEvent
from activity.models import Kind, Verb
from activity.visitors import visitor_key
from recommender.serving.request import Event, Profile

RECENT = 50

_KINDS = {kind.value: kind.name.lower() for kind in Kind}
_VERBS = {verb.value: verb.name.lower() for verb in Verb}


@dataclass(frozen=True)
class Learner:
    """Who is asked about: one of the two, or neither for somebody never seen before."""

    user: object = None
    visitor: object = None

    @classmethod
    def of(cls, request):
        if request.user.is_authenticated:
            return cls(user=request.user)
        return cls(visitor=visitor_key(request))

    @property
    def is_known(self):
        return self.user is not None or self.visitor is not None

    @property
    def personalised(self):
        return self.user is None or self.user.profile.personalised


def recent(learner, *, limit=RECENT):
    """The last events of a learner or visitor, oldest first: one query on one index."""
    rows = LoggedEvent.objects.of(learner=learner.user, visitor=learner.visitor)
    since = learner.user.profile.history_from if learner.user is not None else None
    if since is not None:
        rows = rows.filter(recorded_at__gte=since)
    rows = rows.latest_first().values_list("verb", "kind", "object_id", "value", "occurred_at")[:limit]
    return tuple(
        Event(
            item=f"{_KINDS[kind]}:{object_id}",
            verb=_VERBS[verb],
            time=occurred_at.timestamp() if occurred_at else None,
            value=value,
        )
        for verb, kind, object_id, value, occurred_at in reversed(rows)
    )


def profile(learner):
    """What the model may know beside the events. Demographics only with consent."""
    if learner.user is None:
        return Profile()
    told = learner.user.profile
    demographics = {}
    if told.demographics_consent:
        names = ("gender", "birth_year", "country", "education")
        demographics = {name: getattr(told, name) for name in names}
    return Profile(interests=tuple(told.interests), **demographics)
