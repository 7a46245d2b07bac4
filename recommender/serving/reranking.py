"""From ranked candidates to a row of suggestions: prerequisites first, diverse, with a place for each kind.

Maximal marginal relevance: Carbonell, Goldstein (1998), SIGIR. Next comes the item with the best
RELEVANCE * relevance - (1 - RELEVANCE) * (largest likeness with an item already in the row).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .catalogue import Catalogue

RELEVANCE = 0.75
ROW = 6
MOST_ALIKE = 2
"""In any `ROW` neighbours at most so many share a provider or a topic, as far as the candidates allow."""
POOL = 48
"""Candidates that take part; the rest are too far down to be shown."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """`row` in the catalogue; `model_row` in the vectors, -1 where the model doesn't know the item."""

    row: int
    model_row: int
    score: float
    prerequisite_of: int = -1
    """The catalogue row that was to be suggested, where this item has to come first."""


def prerequisites_first(
    ranked: list[Candidate],
    catalogue: Catalogue,
    *,
    completed: set[int],
    closed: set[int],
    model_rows: np.ndarray,
) -> list[Candidate]:
    """Each item whose prerequisites are unmet gives its place to the first of these that can be begun.

    completed, closed: catalogue rows that are done, and that must not be shown. An item that waits for a
    closed one (the learner is in the middle of it) is left out. Every item appears once.
    """
    shown, seen = [], set()
    for candidate in ranked:
        row = _first_open(candidate.row, catalogue, completed)
        if row is None or row in seen or (row != candidate.row and row in closed):
            continue
        seen.add(row)
        if row == candidate.row:
            shown.append(candidate)
        elif catalogue.available[row]:
            shown.append(Candidate(row, int(model_rows[row]), candidate.score, candidate.row))
    return shown


def _first_open(row: int, catalogue: Catalogue, completed: set[int]) -> int | None:
    """The row itself or the prerequisite, of however deep a level, that comes first; None for a circle."""
    passed = set()
    while True:
        if catalogue.prerequisite_offsets[row] == catalogue.prerequisite_offsets[row + 1]:
            return row
        unmet = [int(other) for other in catalogue.prerequisites_of(row) if int(other) not in completed]
        if not unmet:
            return row
        passed.add(row)
        row = unmet[0]
        if row in passed:
            return None


def diversify(
    ranked: list[Candidate],
    catalogue: Catalogue,
    *,
    limit: int,
    quotas: Mapping[str, int],
    vectors: np.ndarray | None = None,
    following: np.ndarray | None = None,
) -> list[Candidate]:
    """At most `limit` of the candidates, best first, chosen by relevance, unlikeness and quota.

    `vectors` [n, d] tell likeness; where they are None, or an item has none, topics alone do.
    `following` [c] tells how much of each candidate is due to the last click: see `_with_follower`.
    """
    pool = shortlist(ranked, catalogue, quotas)
    if not pool:
        return []
    scores = np.array([candidate.score for candidate in pool])
    relevance = np.exp(scores - scores.max())  # 1 for the best; scores are log-odds
    groups, n_topics = _groups(pool, catalogue)  # [p, groups]
    likeness = _likeness(pool, groups[:, :n_topics], vectors)
    kinds = catalogue.kind[[candidate.row for candidate in pool]]
    limit = min(limit, len(pool))
    owed = {kind: min(count, int((kinds == kind).sum())) for kind, count in quotas.items()}
    free = np.ones(len(pool), bool)
    alike = np.zeros(len(pool))
    chosen: list[int] = []
    while len(chosen) < limit:
        open_ = free.copy()
        if sum(owed.values()) >= limit - len(chosen):
            due = [kind for kind, count in owed.items() if count > 0]
            open_ &= np.isin(kinds, due)
        if not open_.any():
            break
        window = groups[chosen[-(ROW - 1) :]].sum(axis=0)  # [groups]
        excess = groups[:, window >= MOST_ALIKE].sum(axis=1)
        value = RELEVANCE * relevance - (1 - RELEVANCE) * alike
        order = np.lexsort((-value, np.where(open_, excess, np.inf)))  # ties keep the ranker's order
        best = int(order[0])
        chosen.append(best)
        free[best] = False
        alike = np.maximum(alike, likeness[best])
        kind = str(kinds[best])
        if owed.get(kind, 0):
            owed[kind] -= 1
    if following is not None:
        chosen = _with_follower(chosen, following, groups, kinds, quotas)
    return [pool[i] for i in chosen]


def _with_follower(
    chosen: list[int], following: np.ndarray, groups: np.ndarray, kinds: np.ndarray, quotas: Mapping[str, int]
) -> list[int]:
    """The row with one place for what the last click brought up, so that a click shows on the very next page.

    That place is the last that no quota needs, but never the first of the row. It goes to the candidate with
    the most of `following` [c] that the row would not have held and that adds no topic or provider beyond
    what `MOST_ALIKE` allows.
    """
    held = kinds[chosen]
    for place in range(len(chosen) - 1, 0, -1):
        kind = held[place]
        if (held == kind).sum() <= quotas.get(str(kind), 0):
            continue
        neighbours = chosen[max(place - ROW + 1, 0) : place] + chosen[place + 1 : place + ROW]
        full = groups[:, groups[neighbours].sum(axis=0) >= MOST_ALIKE]  # [c, groups that have had enough]
        fits = (following > 0) & (full <= full[chosen[place]]).all(axis=1)
        fits[chosen] = False
        if fits.any():
            best = int(np.where(fits, following, 0).argmax())
            return [*chosen[:place], best, *chosen[place + 1 :]]
    return chosen


def shortlist(ranked: list[Candidate], catalogue: Catalogue, quotas: Mapping[str, int]) -> list[Candidate]:
    """The first candidates, and of each kind with a quota enough to fill it. Of a shortlist: the same."""
    pool = ranked[:POOL]
    for kind, count in quotas.items():
        missing = count - sum(catalogue.kind[candidate.row] == kind for candidate in pool)
        if missing > 0:
            others = [c for c in ranked[POOL:] if catalogue.kind[c.row] == kind]
            pool = pool + others[:missing]
    return pool


def _groups(pool: list[Candidate], catalogue: Catalogue) -> tuple[np.ndarray, int]:
    """float32[pool, groups], 1 where the item is of the topic or the provider; and how many are topics."""
    topics = [catalogue.topics_of(candidate.row) for candidate in pool]
    providers = catalogue.provider[[candidate.row for candidate in pool]]
    words, place = np.unique(np.concatenate(topics), return_inverse=True)
    names, which = np.unique(providers, return_inverse=True)
    groups = np.zeros((len(pool), len(words) + len(names)), np.float32)
    groups[np.repeat(np.arange(len(pool)), [len(codes) for codes in topics]), place] = 1
    groups[np.arange(len(pool)), len(words) + which] = providers >= 0
    return groups, len(words)


def _likeness(pool: list[Candidate], topics: np.ndarray, vectors: np.ndarray | None) -> np.ndarray:
    """float32[pool, pool] in 0 to 1: the larger of the vectors' cosine and the topics' overlap."""
    shared = topics @ topics.T
    counts = topics.sum(axis=1)
    overlap = shared / np.maximum(counts[:, None] + counts[None, :] - shared, 1)
    if vectors is None:
        return overlap
    rows = np.array([candidate.model_row for candidate in pool])
    own = np.where((rows >= 0)[:, None], vectors[np.maximum(rows, 0)], 0)
    own = own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-9)
    return np.maximum(overlap, np.clip(own @ own.T, 0, 1))
