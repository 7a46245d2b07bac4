"""Suggestions without a model: popular, fitted to the interests, the page and the history by topic alone."""

from __future__ import annotations

import time

import numpy as np

from .catalogue import Catalogue
from .placement import leaning
from .request import Reason, Request, Suggestion, Suggestions
from .reranking import Candidate, diversify, prerequisites_first

VERSION = "popular"
CONSIDERED = 200
INTEREST, PAGE, HISTORY = 2.0, 1.5, 1.0
"""Log-odds added to an item all of whose topics are interests, are on the page, were met lately."""
RECENT_EVENTS = 10


def popular(request: Request, catalogue: Catalogue) -> Suggestions:
    """A row of suggestions for any request, in about a millisecond; needs no artifact."""
    began = time.perf_counter()
    closed = {catalogue.row[key] for key in request.exclude if key in catalogue.row}
    met = {catalogue.row[event.item] for event in request.events if event.item in catalogue.row}
    page = catalogue.row.get(request.context.item, -1) if request.context.item else -1
    allowed = catalogue.available.copy()
    allowed[list(closed | ({page} if page >= 0 else set()))] = False
    parts = _parts(request, catalogue, page)
    score = np.sum(list(parts.values()), axis=0)
    # What was met but not finished may be shown again, after all that is new.
    score[list(met)] -= 100.0
    rows = np.flatnonzero(allowed)
    if len(rows) > CONSIDERED:
        rows = _best_of_each_kind(rows, score, catalogue, request)
    rows = rows[np.lexsort((rows, -score[rows]))]
    keys = [catalogue.keys[row] for row in rows]
    place = leaning(request.context.placement, request.context.item, catalogue.kind[rows], keys)
    ranked = [
        Candidate(int(row), -1, float(score[row] + lean)) for row, lean in zip(rows, place, strict=True)
    ]
    ranked.sort(key=lambda candidate: (-candidate.score, candidate.row))
    completed = {catalogue.row[key] for key in request.completed if key in catalogue.row}
    none = np.full(len(catalogue), -1)
    ranked = prerequisites_first(ranked, catalogue, completed=completed, closed=closed, model_rows=none)
    row_of = diversify(ranked, catalogue, limit=request.limit, quotas=request.quotas)
    shown = tuple(
        Suggestion(
            item=catalogue.keys[candidate.row],
            score=candidate.score,
            reason=_reason(candidate, parts, request, catalogue),
            source="popularity",
        )
        for candidate in row_of
    )
    return Suggestions(shown, VERSION, 1_000 * (time.perf_counter() - began))


def topic_overlap(catalogue: Catalogue, topics: set[int]) -> np.ndarray:
    """float32[n]: share of each item's topics that are among `topics`."""
    if not topics:
        return np.zeros(len(catalogue), np.float32)
    hit = np.isin(catalogue.topic_codes, list(topics)).astype(np.float32)
    counts = np.diff(catalogue.topic_offsets)
    totals = np.concatenate([[0.0], np.cumsum(hit)])
    sums = totals[catalogue.topic_offsets[1:]] - totals[catalogue.topic_offsets[:-1]]
    return (sums / np.maximum(counts, 1)).astype(np.float32)


def _parts(request: Request, catalogue: Catalogue, page: int) -> dict[str, np.ndarray]:
    """What each consideration gives each item, in log-odds: float32[n] by name."""
    interests = {catalogue.topic_code[t] for t in request.profile.interests if t in catalogue.topic_code}
    recent = [
        catalogue.row[event.item]
        for event in request.events[-RECENT_EVENTS:]
        if event.item in catalogue.row and event.verb != "dismissed"
    ]
    lately = {int(topic) for row in recent for topic in catalogue.topics_of(row)}
    on_page = {int(topic) for topic in catalogue.topics_of(page)} if page >= 0 else set()
    return {
        "popular": np.log1p(catalogue.popularity),
        "interest": INTEREST * topic_overlap(catalogue, interests),
        "page": PAGE * topic_overlap(catalogue, on_page),
        "history": HISTORY * topic_overlap(catalogue, lately),
    }


def _best_of_each_kind(rows, score, catalogue: Catalogue, request: Request) -> np.ndarray:
    kept = [rows[np.argpartition(-score[rows], CONSIDERED - 1)[:CONSIDERED]]]
    for kind in request.quotas:
        of_kind = rows[catalogue.kind[rows] == kind]
        kept.append(of_kind[np.argsort(-score[of_kind], kind="stable")[:ROW_OF_KIND]])
    return np.unique(np.concatenate(kept))


ROW_OF_KIND = 12


def _reason(candidate: Candidate, parts, request: Request, catalogue: Catalogue) -> Reason:
    if candidate.prerequisite_of >= 0:
        return Reason("prerequisite", "popularity", item=catalogue.keys[candidate.prerequisite_of])
    given = {name: float(values[candidate.row]) for name, values in parts.items()}
    topics = set(catalogue.topics_of(candidate.row).tolist())
    # Popularity is what everyone gets; a personal part that adds anything says more.
    personal = max(("interest", "page", "history"), key=lambda name: given[name])
    if given[personal] <= 0:
        return Reason("popular", "popularity", contribution=given["popular"])
    if personal == "interest":
        topic = next(t for t in request.profile.interests if catalogue.topic_code.get(t) in topics)
        return Reason("interest", "popularity", topic=topic, contribution=given[personal])
    if personal == "page":
        return Reason("page", "popularity", item=request.context.item, contribution=given[personal])
    cause = next(
        event.item
        for event in reversed(request.events)
        if event.item in catalogue.row
        and event.verb != "dismissed"
        and topics & set(catalogue.topics_of(catalogue.row[event.item]).tolist())
    )
    code = "again" if cause == catalogue.keys[candidate.row] else "history"
    return Reason(code, "popularity", item=cause, contribution=given[personal])
