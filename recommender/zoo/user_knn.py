"""Learners like this one: nearest neighbours among the histories of training.

Resnick et al. (1994), "GroupLens", CSCW; on recent, decayed histories as in Ludewig, Jannach (2018),
"Evaluation of session-based recommendation algorithms", UMUAI 28 (V-SKNN). Histories are kept without
whose they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .base import Recommender
from .histories import binary, decayed, sequences


class UserKNN(Recommender):
    name = "user_knn"

    @dataclass(frozen=True)
    class Settings:
        neighbours: int = 300
        window: int = 6
        decay: float = 0.7
        damping: float = 0.5  # exponent of a neighbour's length: 0.5 is cosine

    def train(self, dataset, progress):
        self.met = binary(sequences(dataset), self.n_items)
        self._prepare()

    def _prepare(self):
        # Items met by everyone tell learners apart least: idf, as in TF-IDF.
        counts = np.asarray(self.met.sum(axis=0)).ravel()
        self.idf = np.log((1 + self.met.shape[0]) / (1 + counts)).astype(np.float32)
        lengths = np.asarray(self.met.sum(axis=1)).ravel()
        shrink = (1 / np.maximum(lengths, 1) ** self.settings.damping).astype(np.float32)
        self.by_learner = (sparse.diags(self.idf) @ self.met.T @ sparse.diags(shrink)).tocsr()

    def predict(self, queries):
        out = np.zeros((len(queries), self.n_items), np.float32)
        for start in range(0, len(queries), 256):
            part = queries.batch(start, start + 256)
            history = decayed(part, self.n_items, factor=self.settings.decay, window=self.settings.window)
            alike = (history @ self.by_learner).tocsr()  # [batch, learners]
            nearest = _largest(alike, self.settings.neighbours)
            out[start : start + 256] = (nearest @ self.met).toarray()
        return out

    def state(self):
        return {"indices": self.met.indices, "indptr": self.met.indptr}

    def restore(self, state):
        ones = np.ones(len(state["indices"]), np.float32)
        shape = (len(state["indptr"]) - 1, self.n_items)
        self.met = sparse.csr_matrix((ones, state["indices"], state["indptr"]), shape=shape)
        self._prepare()


def _largest(matrix: sparse.csr_matrix, k: int) -> sparse.csr_matrix:
    """The `k` largest stored values of each row."""
    kept, indptr = [], [0]
    for row in range(matrix.shape[0]):
        start, stop = matrix.indptr[row], matrix.indptr[row + 1]
        if stop - start > k:
            chosen = start + np.argpartition(-matrix.data[start:stop], k - 1)[:k]
        else:
            chosen = np.arange(start, stop)
        kept.append(chosen)
        indptr.append(indptr[-1] + len(chosen))
    chosen = np.concatenate(kept)
    return sparse.csr_matrix((matrix.data[chosen], matrix.indices[chosen], indptr), shape=matrix.shape)
