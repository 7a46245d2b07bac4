"""Matrix factorisation by embeddings: a learner is the decayed mean of the vectors of the items they met.

Kabbur, Ning, Karypis (2013), "FISM: factored item similarity models", KDD: histories are folded in, so no
vector is kept for a learner, and a score is a dot product. Trained by softmax on the next item.
"""

from __future__ import annotations

import torch
from torch import nn

from .sequence import SequenceNetwork, SequenceRecommender


class FactorNetwork(SequenceNetwork):
    def __init__(self, n_items: int, settings: MatrixFactorization.Settings):
        super().__init__(n_items, settings.width)
        self.dropout = nn.Dropout(settings.dropout)
        # An item speaks as a cause (history) with another vector than as an effect (candidate).
        self.cause = nn.Embedding(n_items + 1, settings.width, padding_idx=n_items)
        nn.init.zeros_(self.cause.weight)
        self.decay = nn.Parameter(torch.tensor(0.0))  # sigmoid(decay) an item

    def inputs(self, items):
        return self.item(items) + self.cause(items)

    def read(self, vectors):
        vectors = self.dropout(vectors) * self.item.embedding_dim**0.5
        length = vectors.shape[1]
        steps_back = (torch.arange(length)[:, None] - torch.arange(length)).to(vectors.dtype)
        weights = torch.sigmoid(self.decay) ** steps_back.clamp(min=0) * (steps_back >= 0)  # [to, from]
        weights = weights / weights.sum(dim=1, keepdim=True) ** 0.5
        return weights @ vectors


class MatrixFactorization(SequenceRecommender):
    name = "matrix_factorization"

    def network(self):
        return FactorNetwork(self.n_items, self.settings)
