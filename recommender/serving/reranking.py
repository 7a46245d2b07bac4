"""From ranked candidates to a row of suggestions: prerequisites first, diverse, with a place for each kind.

Maximal marginal relevance: Carbonell, Goldstein (1998), SIGIR. Next comes the item with the best
RELEVANCE * relevance - (1 - RELEVANCE) * (largest likeness with an item already in the row).
"""

from __future__ import annotations

from collections import Counter
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
) -> list[Candidate]:
    """At most `limit` of the candidates, best first, chosen by relevance, unlikeness and quota.

    `vectors` [n, d] tell likeness; where they are None, or an item has none, topics alone do.
    """
    pool = _pool(ranked, catalogue, quotas)
    if not pool:
        return []
    scores = np.array([candidate.score for candidate in pool])
    relevance = np.exp(scores - scores.max())  # 1 for the best; scores are log-odds
    likeness = _likeness(pool, catalogue, vectors)
    kinds = [str(catalogue.kind[candidate.row]) for candidate in pool]
    groups = [_groups(candidate.row, catalogue) for candidate in pool]
    needed = {kind: min(count, kinds.count(kind)) for kind, count in quotas.items()}
    chosen: list[int] = []
    while len(chosen) < min(limit, len(pool)):
        left = min(limit, len(pool)) - len(chosen)
        owed = {k: n - sum(kinds[i] == k for i in chosen) for k, n in needed.items()}
        owed = {k: n for k, n in owed.items() if n > 0}
        window = Counter(group for i in chosen[-(ROW - 1) :] for group in groups[i])
        best, best_key = -1, None
        for i in range(len(pool)):
            if i in chosen or (sum(owed.values()) >= left and kinds[i] not in owed):
                continue
            excess = sum(window[group] >= MOST_ALIKE for group in groups[i])
            alike = likeness[i, chosen].max() if chosen else 0.0
            key = (-excess, RELEVANCE * relevance[i] - (1 - RELEVANCE) * alike, -i)
            if best_key is None or key > best_key:
                best, best_key = i, key
        if best < 0:
            break
        chosen.append(best)
    return [pool[i] for i in chosen]


def _pool(ranked: list[Candidate], catalogue: Catalogue, quotas: Mapping[str, int]) -> list[Candidate]:
    """The first candidates, and of each kind with a quota enough to fill it."""
    pool = ranked[:POOL]
    for kind, count in quotas.items():
        missing = count - sum(catalogue.kind[candidate.row] == kind for candidate in pool)
        if missing > 0:
            others = [c for c in ranked[POOL:] if catalogue.kind[c.row] == kind]
            pool = pool + others[:missing]
    return pool


def _groups(row: int, catalogue: Catalogue) -> list[tuple[str, int]]:
    groups = [("topic", int(topic)) for topic in catalogue.topics_of(row)]
    if catalogue.provider[row] >= 0:
        groups.append(("provider", int(catalogue.provider[row])))
    return groups


def _likeness(pool: list[Candidate], catalogue: Catalogue, vectors: np.ndarray | None) -> np.ndarray:
    """float64[pool, pool] in 0 to 1: the larger of the vectors' cosine and the topics' overlap."""
    topics = [set(catalogue.topics_of(candidate.row).tolist()) for candidate in pool]
    overlap = np.array([[len(a & b) / max(len(a | b), 1) for b in topics] for a in topics])
    if vectors is None:
        return overlap
    rows = np.array([candidate.model_row for candidate in pool])
    own = np.where((rows >= 0)[:, None], vectors[np.maximum(rows, 0)], 0)
    own = own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-9)
    return np.maximum(overlap, np.clip(own @ own.T, 0, 1))
