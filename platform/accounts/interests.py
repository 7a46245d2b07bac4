"""What a learner can be interested in.

Topics belong to a higher layer, which offers them here; a profile keeps their slugs alone.
"""

from django.db import transaction
from django.utils import timezone

_offers = []


def offer(choices):
    """Register a function that returns the topics to choose from, as (slug, name) pairs."""
    _offers.append(choices)


def choices():
    return [pair for offered in _offers for pair in offered()]


@transaction.atomic
def choose(*, profile, interests):
    """Keep a learner's choice; an empty one counts as an answer too, so that nobody is asked twice."""
    profile.interests = list(interests)
    profile.interests_asked_at = timezone.now()
    profile.save(update_fields=["interests", "interests_asked_at"])
