"""Items that read like those in the history: cosine of TF-IDF vectors.

Salton, Buckley (1988), "Term-weighting approaches in automatic text retrieval", Information Processing and
Management 24, with decayed histories as profiles (Pazzani, Billsus (2007), "Content-based recommendation
systems"). Words, frequencies and idf come from the items of training alone; a new item is ranked by its text.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recommender.data.text import item_terms, weighted
from recommender.data.vocabulary import Vocabulary

from .base import Recommender
from .histories import decayed


class Text(Recommender):
    name = "text"
    reads_new_items = True

    @dataclass(frozen=True)
    class Settings:
        decay: float = 0.8
        min_count: int = 2  # items that must share a term

    def train(self, dataset, progress):
        documents = item_terms(dataset.items)
        self.vocabulary = Vocabulary.learn(
            (term for document in documents for term in set(document)), min_count=self.settings.min_count
        )
        met_in = Counter(term for document in documents for term in set(document))
        counts = np.array([0, *(met_in[word] for word in self.vocabulary.words)], np.float32)
        self.idf = np.log((1 + len(documents)) / (1 + counts)).astype(np.float32)
        self.idf[0] = 0  # unknown terms say nothing
        self.vectors = self._vectors(documents)

    def _vectors(self, documents: list[list[str]]) -> sparse.csr_matrix:
        """float32[items, terms], rows of length 1 (0 where no term is known)."""
        rows = [weighted(document, self.vocabulary, self.idf) for document in documents]
        offsets = np.cumsum([0, *map(len, rows)])
        columns = np.array([code for row in rows for code in row], np.int64)
        values = np.array([weight for row in rows for weight in row.values()], np.float32)
        return sparse.csr_matrix((values, columns, offsets), shape=(len(documents), len(self.vocabulary)))

    def extend(self, items):
        super().extend(items)
        self.vectors = sparse.vstack([self.vectors, self._vectors(item_terms(items))]).tocsr()

    def predict(self, queries):
        profiles = decayed(queries, self.vectors.shape[0], factor=self.settings.decay) @ self.vectors
        return (profiles @ self.vectors.T).toarray()

    def state(self):
        parts = {part: getattr(self.vectors, part) for part in ("data", "indices", "indptr")}
        return parts | {"words": np.array(self.vocabulary.words, dtype=str), "idf": self.idf}

    def restore(self, state):
        self.vocabulary = Vocabulary(tuple(state["words"].tolist()))
        self.idf = state["idf"]
        shape = (len(state["indptr"]) - 1, len(self.vocabulary))
        self.vectors = sparse.csr_matrix((state["data"], state["indices"], state["indptr"]), shape=shape)
