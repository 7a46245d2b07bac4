"""Items that read like those in the history: cosine of TF-IDF vectors.

Salton, Buckley (1988), "Term-weighting approaches in automatic text retrieval", Information Processing and
Management 24, with decayed histories as profiles (Pazzani, Billsus (2007), "Content-based recommendation
systems"). Words, frequencies and idf come from the items of training alone; a new item is ranked by its text.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recommender.data.dataset import Items
from recommender.data.vocabulary import Vocabulary

from .base import Recommender
from .histories import decayed

WORD = re.compile(r"[^\W\d_]+|\d+")
# Chinese, Japanese and Korean don't put spaces between words: pairs of characters stand for them.
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def terms(text: str) -> list[str]:
    """Lower-case words; runs of unspaced script as overlapping pairs."""
    found = []
    for word in WORD.findall(text.lower()):
        if UNSPACED.search(word) and len(word) > 1:
            found += [word[place : place + 2] for place in range(len(word) - 1)]
        else:
            found.append(word)
    return found


def item_terms(items: Items) -> list[list[str]]:
    """Terms of each item: its text, and its attributes as terms of their own."""
    documents = []
    for row in range(len(items)):
        document = terms(f"{items.title[row]} {items.description[row]}")
        document += [f"topic:{topic}" for topic in items.topics[row]]
        document += [f"instructor:{name}" for name in items.instructors[row]]
        for attribute in ("level", "language", "provider"):
            value = getattr(items, attribute)[row]
            document += [f"{attribute}:{value}"] if value else []
        documents.append(document)
    return documents


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
        """float32[items, terms], rows of length 1 (0 where no term is known): (1 + log tf) idf."""
        rows, columns, values = [], [], []
        for row, document in enumerate(documents):
            for code, count in Counter(map(self.vocabulary.code, document)).items():
                rows.append(row)
                columns.append(code)
                values.append((1 + np.log(count)) * self.idf[code])
        shape = (len(documents), len(self.vocabulary))
        matrix = sparse.csr_matrix((np.array(values, np.float32), (rows, columns)), shape=shape)
        norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        scale = np.divide(1, norms, out=np.zeros_like(norms), where=norms > 0)
        return (sparse.diags(scale.astype(np.float32)) @ matrix).tocsr()

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
