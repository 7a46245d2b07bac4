"""What the linear item-item members share: scores are a weighted history times an item-item matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import sparse

from .base import Recommender
from .histories import decayed, top_k_rows


class Neighbours(NamedTuple):
    """Item-item weights in compressed rows, as the serving side maps them: row i is item i met."""

    indptr: np.ndarray  # int64[items + 1]
    indices: np.ndarray  # int32[values]
    values: np.ndarray  # float32[values]


class LinearRecommender(Recommender):
    """`train` sets `weights`, float32[n_items, n_items], dense or sparse: row item met, column item scored.

    Subclasses' settings hold `decay` and `window`: an engagement n steps back counts decay ** n, and those
    beyond the window do not count.
    """

    weights: np.ndarray | sparse.csr_matrix

    @dataclass(frozen=True)
    class Settings:
        decay: float = 1.0
        window: int | None = None

    def predict(self, queries):
        history = decayed(queries, self.n_items, factor=self.settings.decay, window=self.settings.window)
        scores = history @ self.weights
        return scores.toarray() if sparse.issparse(scores) else np.asarray(scores)

    def neighbours(self, k: int = 200) -> Neighbours:
        """The `k` items that each item speaks for most, without itself."""
        weights = self.weights.copy()
        if sparse.issparse(weights):
            weights.setdiag(0)
        else:
            np.fill_diagonal(weights, 0)
        top = top_k_rows(weights, k)
        return Neighbours(top.indptr.astype(np.int64), top.indices.astype(np.int32), top.data)

    def state(self):
        if not sparse.issparse(self.weights):
            return {"weights": self.weights}
        return {name: getattr(self.weights, name) for name in ("data", "indices", "indptr")}

    def restore(self, state):
        if "weights" in state:
            self.weights = state["weights"]
        else:
            parts = (state["data"], state["indices"], state["indptr"])
            self.weights = sparse.csr_matrix(parts, shape=(self.n_items, self.n_items))
