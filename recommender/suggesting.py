"""Suggestions for one place on one page: past, moment and page go in, cards with reasons come out.

At most four SQL statements for the first row of a page (events, standing, profile, impressions) and one for
each further row. Whatever fails on the way, the answer is a list of popular items, never an error.
"""

import logging
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from activity import impressions
from activity.models import Impression, Kind
from activity.requests import moment
from courses.models import Level
from recommender import catalog, history, live, wording
from recommender.deadline import TooSlow, within
from recommender.history import Learner
from recommender.serving.fallback import popular
from recommender.serving.request import Context, Request
from recommender.standing import Standing, standing

logger = logging.getLogger(__name__)

SECONDS_FOR_THE_PAST = 0.25

# Every row offers something to check one's knowledge with, where there is something.
QUOTAS = {"quiz": 1, "course": 1}


@dataclass(frozen=True)
class Shown:
    """A card in a row, where it leads and why it is there."""

    card: catalog.Card
    url: str
    reason: str
    position: int
    level: str


@dataclass
class Row:
    items: list[Shown]
    version: str
    personal: bool


@dataclass
class _Past:
    """What a page has read of the learner, for all its rows; `shown` keeps them from repeating each other."""

    learner: Learner
    events: tuple
    standing: Standing
    profile: history.Profile
    shown: set


def _read_past(learner):
    if not learner.is_known or not learner.personalised:
        return _Past(learner, (), standing(learner), history.Profile(), set())
    kept = standing(learner)
    # An undone "not interested" is no longer part of what the learner is asked to be judged by.
    events = tuple(
        event for event in history.recent(learner) if event.verb != "dismissed" or event.item in kept.hidden
    )
    return _Past(learner, events, kept, history.profile(learner), set())


def _past(request):
    past = getattr(request, "_suggestion_past", None)
    if past is None:
        learner = Learner.of(request)
        try:
            with within(SECONDS_FOR_THE_PAST):
                past = _read_past(learner)
        except TooSlow:
            logger.warning("The learner's past took too long: this page shows popular items.")
            past = _Past(Learner(), (), Standing(), history.Profile(), set())
        request._suggestion_past = past
    return past


def suggest(request, *, placement, item=None, limit=6):
    """A `Row` of at most `limit` suggestions for the person behind `request`.

    `item` is the key of what the page shows ("lesson:3"), or None. Impressions are logged in one insert,
    unless the learner switched personalisation off.
    """
    past = _past(request)
    snapshot = catalog.current()
    question = _question(past, snapshot, placement, item, limit, moment(request))
    answer = _answer(question, snapshot, past.learner.personalised)
    row = Row(
        items=[
            _shown(place, found, snapshot, past, placement)
            for place, found in enumerate(answer.items, start=1)
        ],
        version=answer.version,
        personal=past.learner.personalised and bool(past.events or past.profile.interests),
    )
    past.shown.update(found.item for found in answer.items)
    if past.learner.is_known and past.learner.personalised:
        _log(past.learner, placement, item, answer, row)
    return row


def leaning(request, *, limit=60):
    """How much an item suits whoever is behind `request`, for ranking what they searched.

    A function (kind, id) -> 0..1: the best suggestion of this moment is 1, what would not be suggested 0.
    Nothing is logged.
    """
    past, snapshot = _past(request), catalog.current()
    question = _question(past, snapshot, "search", None, limit, moment(request))
    found = _answer(question, snapshot, past.learner.personalised).items
    places = {suggestion.item: place for place, suggestion in enumerate(found)}

    def suits(kind, object_id):
        place = places.get(catalog.item_key(kind, object_id))
        return 0.0 if place is None else 1 - place / limit

    return suits


def preview(learner, *, placement, item=None, limit=6):
    """What a learner would be shown at this moment, with nothing logged: (past, `Suggestions`)."""
    past, snapshot = _read_past(learner), catalog.current()
    return past, _answer(_question(past, snapshot, placement, item, limit), snapshot, learner.personalised)


def _question(past, snapshot, placement, item, limit, now=None):
    kept = past.standing
    locked = set()
    for course, quizzes in snapshot.quizzes_behind.items():
        if course not in kept.enrolled and course not in kept.completed:
            locked.update(quizzes)
    page = {item} if item else set()
    now = now or {}
    return Request(
        events=_before_this_page(past.events, item),
        profile=past.profile,
        context=Context(
            placement=placement,
            item=item,
            now=time.time(),
            hour=now.get("hour"),
            weekday=now.get("weekday"),
            device=now.get("device", ""),
            locale=now.get("locale", ""),
        ),
        exclude=frozenset(kept.never_shown | locked | past.shown | page),
        completed=kept.completed,
        limit=limit,
        quotas=QUOTAS,
    )


def _before_this_page(events, item):
    """Events without the opening of this very page at their end: the page is told as context, and what the
    learner did before it must not disappear behind it."""
    end = len(events)
    while end and events[end - 1].item == item and events[end - 1].verb == "viewed":
        end -= 1
    return events[:end]


def _answer(question, snapshot, personalised):
    engine = live.engine() if personalised and settings.SUGGESTIONS_ENABLED else None
    if engine is not None:
        try:
            return engine.suggest(question, snapshot.catalogue)
        except Exception:
            # A fault of the model is never a fault of the page.
            logger.exception("The live model failed: this page shows popular items.")
    return popular(question, snapshot.catalogue)


def _shown(place, found, snapshot, past, placement):
    card = snapshot.cards[found.item]
    return Shown(
        card=card,
        url=f"{card.url}?via={placement}-{place}",
        reason=wording.sentence(found.reason, snapshot, past.events),
        position=place,
        level=str(Level(card.level).label) if card.level in Level.values and card.level else "",
    )


def _log(learner, placement, item, answer, row):
    page_kind, page_id = catalog.split_key(item) if item else (None, None)
    now = timezone.now()
    rows = [
        Impression(
            recorded_at=now,
            learner_id=learner.user.pk if learner.user is not None else None,
            visitor=learner.visitor,
            placement=placement,
            position=shown.position,
            kind=Kind[shown.card.kind.upper()],
            object_id=shown.card.object_id,
            source=found.source,
            model_version=answer.version,
            probability=found.probability,
            page_kind=Kind[page_kind.upper()] if page_kind else None,
            page_object_id=page_id,
            reason=shown.reason[:200],
        )
        for shown, found in zip(row.items, answer.items, strict=True)
    ]
    try:
        impressions.log(rows)
    except DatabaseError:
        logger.exception("The impressions of this page were not logged.")
