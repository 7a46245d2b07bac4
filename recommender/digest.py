"""What to learn next, in the weekly digest."""

from django.utils.translation import gettext as _

from notices.digest import Line, Part
from recommender import catalog, wording
from recommender.history import Learner
from recommender.suggesting import preview

PLACEMENT, LIMIT = "digest", 4


def suggestions(learner):
    """A part of the digest: suggestions for a learner at this moment, each with its reason."""
    past, answer = preview(Learner(user=learner), placement=PLACEMENT, limit=LIMIT)
    snapshot = catalog.current()
    lines = []
    for place, found in enumerate(answer.items, start=1):
        card = snapshot.cards[found.item]
        reason = wording.sentence(found.reason, snapshot, past.events)
        lines.append(Line(card.title, f"{card.url}?via={PLACEMENT}-{place}", reason))
    return Part(_("What to learn next"), lines)
