"""Item-based nearest neighbours by cosine of learners.

Sarwar, Karypis, Konstan, Riedl (2001), "Item-based collaborative filtering recommendation algorithms", WWW.
The shrinkage of rarely met pairs is that of Bell, Koren (2007), "Improved neighborhood-based collaborative
filtering", KDD Cup Workshop.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .histories import binary, sequences, top_k_rows
from .linear import LinearRecommender


class ItemKNN(LinearRecommender):
    name = "item_knn"

    @dataclass(frozen=True)
    class Settings:
        neighbours: int = 200
        shrinkage: float = 10.0
        decay: float = 0.8
        window: int | None = None

    def train(self, dataset, progress):
        histories = sequences(dataset)
        met = binary(histories, self.n_items)  # [learners, items]
        # A long history says less about any pair in it: weigh a learner by 1 / log(2 + events).
        trust = 1 / np.log2(1 + np.maximum(histories.lengths, 1))
        together = (met.T @ sparse.diags(trust.astype(np.float32)) @ met).tocsr()
        together.setdiag(0)
        norms = np.sqrt(np.maximum(np.asarray(met.sum(axis=0)).ravel(), 1))
        row, column = together.nonzero()
        values = np.asarray(together[row, column]).ravel()
        cosine = values / (norms[row] * norms[column] + self.settings.shrinkage)
        similar = sparse.csr_matrix((cosine.astype(np.float32), (row, column)), shape=together.shape)
        self.weights = top_k_rows(similar, self.settings.neighbours)
