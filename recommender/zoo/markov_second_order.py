"""Second-order Markov chain: what came after these two items in a row?

After Shani, Brafman, Heckerman (2005), "An MDP-based recommender system", JMLR 6. Pairs that were rarely
seen lean on the first-order chain (Dirichlet smoothing of strength `smoothing`, as for language models in
Zhai, Lafferty (2004), ACM TOIS 22).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .base import Recommender
from .histories import sequences
from .markov import normalised, transition_counts


class SecondOrderMarkov(Recommender):
    """A state is two items in a row; what came within `window` steps of it counts, decayed."""

    name = "markov_second_order"

    @dataclass(frozen=True)
    class Settings:
        window: int = 3
        decay: float = 0.6
        smoothing: float = 5.0

    def train(self, dataset, progress):
        settings, n = self.settings, self.n_items
        histories = sequences(dataset)
        items, rows = histories.items.astype(np.int64), histories.rows
        states, nexts, weights = [], [], []
        for step in range(1, min(settings.window, len(items) - 2) + 1):
            triple = rows[: -1 - step] == rows[1 + step :]
            states.append((items[: -1 - step] * n + items[1 : len(items) - step])[triple])
            nexts.append(items[1 + step :][triple])
            weights.append(np.full(triple.sum(), settings.decay ** (step - 1), np.float32))
        self.pairs, row = np.unique(np.concatenate([*states, [-1]]).astype(np.int64), return_inverse=True)
        counts = (np.concatenate([*weights, [0]]), (row, np.concatenate([*nexts, [0]])))  # -1: no such pair
        self.after_pair = sparse.csr_matrix(counts, shape=(len(self.pairs), n), dtype=np.float32)
        first_order = transition_counts(histories, n, window=settings.window, decay=settings.decay)
        self.after_item = normalised(first_order)

    def predict(self, queries):
        last_two = queries.engagements().padded(2)
        before, last = last_two[:, 0], last_two[:, 1]
        first_order = sparse.vstack([self.after_item, sparse.csr_matrix((1, self.n_items))]).tocsr()[last]
        pair = before * self.n_items + last
        place = np.minimum(np.searchsorted(self.pairs, pair), max(len(self.pairs) - 1, 0))
        seen = (before >= 0) & (last >= 0)
        if len(self.pairs):
            seen &= self.pairs[place] == pair
        counts = sparse.diags(seen.astype(np.float32)) @ self.after_pair[np.where(seen, place, 0)]
        total = np.asarray(counts.sum(axis=1)).ravel()
        strength = self.settings.smoothing
        mixed = sparse.diags(1 / (total + strength)) @ (counts + strength * first_order)
        return mixed.toarray().astype(np.float32)

    def state(self):
        parts = {"pairs": self.pairs}
        for name, matrix in (("pair", self.after_pair), ("item", self.after_item)):
            parts |= {f"{name}_{part}": getattr(matrix, part) for part in ("data", "indices", "indptr")}
        return parts

    def restore(self, state):
        self.pairs = state["pairs"]
        for name, n_rows in (("pair", len(self.pairs)), ("item", self.n_items)):
            parts = tuple(state[f"{name}_{part}"] for part in ("data", "indices", "indptr"))
            setattr(self, f"after_{name}", sparse.csr_matrix(parts, shape=(n_rows, self.n_items)))
