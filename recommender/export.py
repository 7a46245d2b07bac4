"""Everybody's history as a history bundle: what training reads, and what another site can import."""

import csv
import gzip
import json
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from activity.models import Kind, Verb
from recommender import catalog
from recommender.data import bundles, prerequisites

# The optional columns that say in which moment an event happened.
CONTEXT_COLUMNS = ("device", "locale", "placement", "page_item", "hour", "weekday")

_KINDS = {kind.value: kind.name.lower() for kind in Kind}
_VERBS = {verb.value: verb.name.lower() for verb in Verb}

# Learners who switched personalisation off, and what lies before a fresh start, are not there to be learned
# from; simulated learners only where TRAIN_ON_SIMULATED says so.
_WHO = "personalised AND (%(simulated)s OR NOT is_simulated)"

_LEARNERS = f"""
SELECT id, gender, birth_year, country, education, demographics_consent OR is_imported, interests
FROM accounts_user JOIN accounts_profile ON user_id = id WHERE {_WHO}
AND EXISTS (SELECT 1 FROM activity_event WHERE learner_id = accounts_user.id) ORDER BY id
"""  # noqa: S608 - _WHO is the constant above

_EVENTS = f"""
SELECT learner_id, kind, object_id, verb, occurred_at, value, context
FROM activity_event event JOIN accounts_user ON accounts_user.id = learner_id
JOIN accounts_profile ON user_id = learner_id
WHERE {_WHO} AND kind <> 3 AND (history_from IS NULL OR recorded_at >= history_from)
ORDER BY learner_id, recorded_at, event.id
"""  # noqa: S608 - _WHO is the constant above


def export_bundle(directory):
    """Write items, learners and events to `directory`; returns the number of events written.

    Events with items that are no longer published, and with questions (met inside a quiz), are left out.
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    cards = catalog.cards()
    _write_items(directory, cards)
    parameters = {"simulated": settings.TRAIN_ON_SIMULATED}
    _write_learners(directory, parameters)
    return _write_events(directory, parameters, cards)


@contextmanager
def _table(directory, name, columns):
    # The fastest compression: the bundle is read once and thrown away.
    with gzip.open(directory / name, "wt", encoding="utf-8", newline="", compresslevel=1) as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        yield writer


def _rows(query, parameters):
    """Rows from a server-side cursor: a million events never stand in memory."""
    with connection.chunked_cursor() as cursor:
        cursor.itersize = 10_000
        cursor.execute(query, parameters)
        yield from cursor


def _iso(timestamp):
    return datetime.fromtimestamp(timestamp, UTC).isoformat()


def _list(words):
    return "|".join(word.replace("|", "/") for word in words)


def _write_items(directory, cards):
    # What is not published is no item here; a circle, which a restored archive may bring, would be refused.
    before = prerequisites.without_circles(
        {card.key: [key for key in card.prerequisites if key in cards] for card in cards.values()}
    )
    optional = bundles.OPTIONAL_COLUMNS["items.csv.gz"]
    with _table(directory, "items.csv.gz", (*bundles.ITEM_COLUMNS, *optional)) as table:
        for card in cards.values():
            published = "" if card.published_at is None else _iso(card.published_at)
            table.writerow(
                (
                    card.key,
                    card.kind,
                    card.title,
                    card.summary,
                    _list(card.topics),
                    card.level,
                    card.language,
                    card.provider,
                    _list(card.instructors),
                    card.minutes or "",
                    published,
                    _list(before.get(card.key, ())),
                )
            )


def _write_learners(directory, parameters):
    with _table(directory, "learners.csv.gz", (*bundles.LEARNER_COLUMNS, "interests")) as table:
        for pk, gender, birth_year, country, education, consent, interests in _rows(_LEARNERS, parameters):
            demographics = [gender, birth_year or "", country, education] if consent else [""] * 4
            table.writerow([pk, *demographics, _list(interests)])


def _write_events(directory, parameters, cards):
    count = 0
    with _table(directory, "events.csv.gz", (*bundles.EVENT_COLUMNS, *CONTEXT_COLUMNS)) as table:
        for learner, kind, object_id, verb, occurred_at, value, context in _rows(_EVENTS, parameters):
            item = f"{_KINDS[kind]}:{object_id}"
            if item not in cards:
                continue
            count += 1
            moment = json.loads(context) if isinstance(context, str) else context or {}
            table.writerow(
                [learner, item, _VERBS[verb], occurred_at.isoformat() if occurred_at else "", count]
                + ["" if value is None else value]
                + [moment.get(name, "") for name in CONTEXT_COLUMNS]
            )
    return count
