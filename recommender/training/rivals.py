"""The live version asked the same held-back questions as the new model, on equal terms."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

from recommender import artifacts
from recommender.data.queries import Queries
from recommender.data.splits import Split
from recommender.data.vocabulary import DEVICES, PLACEMENTS, VERBS
from recommender.evaluation.metrics import ndcg, pessimistic_ranks
from recommender.serving.engine import Engine
from recommender.serving.request import Context, Event, Profile, Request

from .fitting import Fitted
from .ranker import asked

MIN_TARGETS = 50
MAX_TARGETS = 2_000
K = 10
DONE = ("completed", "passed")
"""What the site knows to be finished, however long ago."""


def against_live(fitted: Fitted, split: Split, root: Path) -> dict:
    """NDCG@10 of the new model ("ndcg@10") and of the live version ("live_ndcg@10") on the same targets.

    Only targets that are newer than all that the live version was trained on count, for what it has seen it
    knows by heart. Empty where no sound version is live, or fewer than 50 such targets are there.
    """
    path = artifacts.live(root)
    try:
        engine = None if path is None else Engine.open(path)
    except artifacts.ArtifactBroken:
        engine = None
    if engine is None:
        return {}
    until = json.loads((path / "metrics.json").read_text()).get("trained_until")
    if until is None:
        return {}
    unseen = np.flatnonzero(split.whole.time[split.targets] > until)
    if len(unseen) < MIN_TARGETS:
        return {}
    split = split.take(unseen[:: math.ceil(len(unseen) / MAX_TARGETS)])
    ours, theirs = [], []
    for start in range(0, len(split), 256):
        queries = split.queries(start, min(start + 256, len(split)))
        targets = split.target_items[start : start + len(queries)]
        scores = fitted.ranked(queries, asked(queries, fitted.scene))
        ours.append(pessimistic_ranks(scores, targets, (queries.rows, queries.items)))
        theirs.append(
            np.array([_rank(engine, split, queries, row, targets[row]) for row in range(len(queries))])
        )
    ours, theirs = np.concatenate(ours), np.concatenate(theirs)
    return {
        "version": engine.version,
        "targets": len(split),
        "ndcg@10": float(ndcg(ours, K).mean()),
        "live_ndcg@10": float(ndcg(theirs, K).mean()),
    }


def _rank(engine: Engine, split: Split, queries: Queries, row: int, target: int) -> int:
    """Place of the target in the engine's own order, from 1; beyond the first ten it is 11."""
    ids = split.whole.items.ids
    best = engine.best(request_of(queries, row, ids, split.whole.locales), K)
    return best.index(ids[target]) + 1 if ids[target] in best else K + 1


def request_of(queries: Queries, row: int, ids: list[str], locales: tuple[str, ...]) -> Request:
    """One query as the site would ask it."""
    part = slice(queries.offsets[row], queries.offsets[row + 1])
    columns = (queries.items[part], queries.verbs[part], queries.times[part], queries.values[part])
    events = tuple(
        Event(ids[item], VERBS[verb], _known(time), _known(value))
        for item, verb, time, value in zip(*columns, strict=True)
        if item >= 0
    )
    learners, moment = queries.learners, queries.context
    birth_year = _known(learners.birth_year[row])
    profile = Profile(
        interests=learners.interests[row],
        gender=learners.gender[row],
        birth_year=None if birth_year is None else int(birth_year),
        country=learners.country[row],
        education=learners.education[row],
    )

    def word(codes: np.ndarray, words: tuple[str, ...]) -> str:
        return words[codes[row]] if codes[row] >= 0 else ""

    context = Context(
        placement=word(moment.placement, PLACEMENTS),
        item=ids[moment.item[row]] if moment.item[row] >= 0 else None,
        now=_known(queries.now[row]),
        hour=int(moment.hour[row]) if moment.hour[row] >= 0 else None,
        weekday=int(moment.weekday[row]) if moment.weekday[row] >= 0 else None,
        device=word(moment.device, DEVICES),
        locale=word(moment.locale, locales),
    )
    completed = frozenset(event.item for event in events if event.verb in DONE)
    return Request(events=events, profile=profile, context=context, completed=completed)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
