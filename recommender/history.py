"""The only door to activity: one learner's recent past, in the words of the serving engine."""

from dataclasses import dataclass

from django.db import connection

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


# Beside the database's own work, building this query by the ORM would be most of its cost on every page.
_RECENT = """
SELECT verb, kind, object_id, value, occurred_at FROM activity_event
    WHERE {whose} AND recorded_at >= %(since)s ORDER BY recorded_at DESC, id DESC LIMIT %(limit)s
"""
_RECENT_OF_LEARNER = _RECENT.format(whose="learner_id = %(learner)s")
_RECENT_OF_VISITOR = _RECENT.format(whose="visitor = %(visitor)s AND learner_id IS NULL")


def recent(learner, *, limit=RECENT):
    """The last events of a learner or visitor, oldest first: one query on one index."""
    if not learner.is_known:
        return ()
    asked = {"visitor": learner.visitor, "since": "-infinity", "limit": limit}
    if learner.user is not None:
        asked |= {"learner": learner.user.pk, "since": learner.user.profile.history_from or "-infinity"}
    with connection.cursor() as cursor:
        cursor.execute(_RECENT_OF_LEARNER if learner.user is not None else _RECENT_OF_VISITOR, asked)
        rows = cursor.fetchall()
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
