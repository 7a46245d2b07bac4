"""What a learner says of a suggestion: it counts at once, is kept in the event log, and can be taken back."""

from django.db import transaction

from activity.events import kind_of
from activity.requests import record_request
from activity.visitors import visitor_key
from recommender import catalog
from recommender.models import Feedback

# What the event log calls each answer: (verb, value).
_EVENTS = {
    Feedback.Answer.NOT_INTERESTED: ("dismissed", 1.0),
    Feedback.Answer.KNOWN: ("dismissed", 0.0),
    Feedback.Answer.MORE: ("rated", 5.0),
}


def _whose(request):
    if request.user.is_authenticated:
        return {"learner": request.user, "visitor": None}
    return {"learner": None, "visitor": visitor_key(request, create=True)}


@transaction.atomic
def answer(request, *, key, value):
    """Keep an answer to a suggestion; a second one replaces the first. Raises ValueError for what is none."""
    kind, object_id = catalog.split_key(key)
    verb, number = _EVENTS[Feedback.Answer(value)]
    feedback, _created = Feedback.objects.update_or_create(
        **_whose(request),
        kind=kind_of(kind),
        object_id=object_id,
        defaults={"answer": value},
    )
    record_request(request, verb=verb, kind=kind, object_id=object_id, value=number)
    return feedback


@transaction.atomic
def take_back(request, *, key):
    """Forget an answer. The event log keeps that it was given; suggestions no longer heed it."""
    kind, object_id = catalog.split_key(key)
    return Feedback.objects.filter(**_whose(request), kind=kind_of(kind), object_id=object_id).delete()[0]


def given(request):
    """A person's answers, newest first, as (feedback, card); items no longer published are left out."""
    cards = catalog.current().cards
    rows = Feedback.objects.filter(**_whose(request)).order_by("-created_at")
    return [(row, cards[row.key]) for row in rows if row.key in cards]


def adopt(*, visitor, learner):
    """Give a visitor's answers to a learner; where both answered of one item, the learner's own stands."""
    own = set(Feedback.objects.filter(learner=learner).values_list("kind", "object_id"))
    for row in Feedback.objects.filter(visitor=visitor):
        if (row.kind, row.object_id) not in own:
            row.learner, row.visitor = learner, None
            row.save()
    erase(visitor=visitor)


def erase(*, visitor):
    Feedback.objects.filter(visitor=visitor).delete()
