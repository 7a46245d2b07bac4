"""SLIT: a linear model of item transitions within a history.

Choi, Kim, Lee, Shim, Lee (2021), "Session-aware linear item-item models for session-based recommendation",
WWW, equation 9: ridge regression from what came before to what came next, B = inverse(S'S + l2 I) S'T,
over every point of every history. S holds the decayed last items, T the decayed next ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .ease import inverse_of_positive_definite
from .histories import sequences
from .linear import LinearRecommender


class SLIT(LinearRecommender):
    name = "slit"

    @dataclass(frozen=True)
    class Settings:
        l2: float = 30.0
        decay: float = 0.7
        window: int | None = 10
        next_window: int = 3
        next_decay: float = 0.6
        max_items: int = 12_000

    def train(self, dataset, progress):
        settings, n = self.settings, self.n_items
        items = np.sort(np.argsort(-dataset.popularity, kind="stable")[: settings.max_items])
        histories = sequences(dataset)
        sources = _shifted(histories, n, range(settings.window), settings.decay)[:, items]  # S
        targets = _shifted(histories, n, range(-1, -settings.next_window - 1, -1), settings.next_decay)[
            :, items
        ]
        progress(0.1, "multiplying histories")
        gram = (sources.T @ sources).toarray().astype(np.float64)  # S'S
        gram[np.diag_indices_from(gram)] += settings.l2
        cross = (sources.T @ targets).toarray()  # S'T
        progress(0.4, "inverting the item-item matrix")
        weights = inverse_of_positive_definite(gram).astype(np.float32) @ cross
        if len(items) == n:
            self.weights = weights
        else:
            self.weights = np.zeros((n, n), np.float32)
            self.weights[np.ix_(items, items)] = weights


def _shifted(histories, n_items: int, steps: range, decay: float) -> sparse.csr_matrix:
    """float32[events, n_items]: row e holds the items `steps` before event e (after it where negative).

    The k-th of the steps counts decay ** k; steps that leave the learner's history hold nothing.
    """
    events = np.arange(len(histories.items))
    owner = histories.rows
    rows, columns, weights = [], [], []
    for k, step in enumerate(steps):
        inside = events[(events - step >= 0) & (events - step < len(events))]
        inside = inside[owner[inside - step] == owner[inside]]
        rows.append(inside)
        columns.append(histories.items[inside - step])
        weights.append(np.full(len(inside), decay**k, np.float32))
    entries = (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns)))
    return sparse.csr_matrix(entries, shape=(len(events), n_items))
