"""Intervals by resampling learners: a learner's queries are not independent, so they are drawn together."""

from __future__ import annotations

import numpy as np


class LearnerBootstrap:
    """The same draws for every model, so that differences between models are paired.

    Efron, Tibshirani (1993), "An introduction to the bootstrap", chapters 6 and 13 (percentile interval).
    """

    def __init__(self, learners: np.ndarray, *, draws: int = 1000, seed: int = 0):
        """`learners`: the learner of each query."""
        _, self.learner = np.unique(learners, return_inverse=True)
        self.n_learners = int(self.learner.max()) + 1
        self.draws, self.seed = draws, seed

    def means(self, values: np.ndarray) -> np.ndarray:
        """Mean over queries of each column in every draw: float64[draws, columns].

        `values` is float[queries, columns]; nan is left out of its column's mean. A draw in which a column
        has no value gives nan.
        """
        known = np.isfinite(values)
        columns = values.shape[1]
        table = np.empty((self.n_learners, 2 * columns))
        for column in range(columns):
            present = known[:, column]
            filled = np.where(present, values[:, column], 0)
            table[:, column] = np.bincount(self.learner, filled, self.n_learners)
            table[:, columns + column] = np.bincount(self.learner, present, self.n_learners)
        rng = np.random.default_rng(self.seed)
        totals = np.empty((self.draws, 2 * columns))
        for draw in range(self.draws):
            drawn = rng.integers(self.n_learners, size=self.n_learners)
            totals[draw] = np.bincount(drawn, minlength=self.n_learners) @ table
        counts = totals[:, columns:]
        return np.divide(totals[:, :columns], counts, out=np.full(counts.shape, np.nan), where=counts > 0)


def interval(draws: np.ndarray, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """(low, high) of each column of `draws`, nan where no draw has a value."""
    tail = (1 - level) / 2
    low, high = np.full(draws.shape[1], np.nan), np.full(draws.shape[1], np.nan)
    known = np.isfinite(draws).any(axis=0)
    if known.any():
        low[known], high[known] = np.nanquantile(draws[:, known], [tail, 1 - tail], axis=0)
    return low, high
