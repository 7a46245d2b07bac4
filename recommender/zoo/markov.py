"""First-order Markov chain over a window: what was taken within a few steps after this item?

After Shani, Brafman, Heckerman (2005), "An MDP-based recommender system", JMLR 6, with their skipping:
a transition over d steps counts decay ** (d - 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .histories import sequences
from .linear import LinearRecommender


def transition_counts(histories, n_items: int, *, window: int, decay: float) -> sparse.csr_matrix:
    """float32[n_items, n_items]: decayed count of how often column came at most `window` steps after row."""
    items, rows = histories.items, histories.rows
    total = sparse.csr_matrix((n_items, n_items), dtype=np.float32)
    for step in range(1, window + 1):
        together = rows[:-step] == rows[step:]
        before, after = items[:-step][together], items[step:][together]
        weights = np.full(len(before), decay ** (step - 1), np.float32)
        total = total + sparse.csr_matrix((weights, (before, after)), shape=total.shape)
    return total.tocsr()


def normalised(counts: sparse.csr_matrix, *, power: float = 1.0, prior: float = 0.0) -> sparse.csr_matrix:
    """Rows divided by (their sum + `prior`) to `power`; 1 and 0 give probabilities."""
    sums = np.asarray(counts.sum(axis=1)).ravel()
    scale = np.divide(1.0, (sums + prior) ** power, out=np.zeros_like(sums), where=sums > 0)
    return (sparse.diags(scale.astype(np.float32)) @ counts).tocsr()


class Markov(LinearRecommender):
    name = "markov"

    @dataclass(frozen=True)
    class Settings:
        train_window: int = 5
        train_decay: float = 0.7
        power: float = 1.1
        prior: float = 3.0  # transitions from a rarely met item are believed less
        decay: float = 0.6
        window: int | None = 5

    def train(self, dataset, progress):
        settings = self.settings
        counts = transition_counts(
            sequences(dataset), self.n_items, window=settings.train_window, decay=settings.train_decay
        )
        self.weights = normalised(counts, power=settings.power, prior=settings.prior)
