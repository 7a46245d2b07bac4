"""Histories as sparse matrices, the input of every linear member."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from recommender.data.dataset import Dataset
from recommender.data.queries import Queries


def sequences(dataset: Dataset) -> Queries:
    """Every learner's history as a query of engagements: known items, none dismissed, each once."""
    return Queries.of(dataset, np.arange(dataset.n_learners)).engagements()


def binary(histories: Queries, n_items: int) -> sparse.csr_matrix:
    """float32[batch, n_items]: 1 where the learner has engaged with the item. Takes engagements."""
    ones = np.ones(len(histories.items), np.float32)
    return sparse.csr_matrix((ones, histories.items, histories.offsets), shape=(len(histories), n_items))


def decayed(queries: Queries, n_items: int, *, factor: float, window: int | None = None) -> sparse.csr_matrix:
    """float32[batch, n_items]: `factor` ** (engagements since), over the last `window` of them."""
    recent = queries.engagements()
    if window is not None:
        recent = recent.last(window)
    weights = (factor ** recent.steps_back.astype(np.float32)).astype(np.float32)
    return sparse.csr_matrix((weights, recent.items, recent.offsets), shape=(len(recent), n_items))


def top_k_rows(matrix: np.ndarray | sparse.csr_matrix, k: int) -> sparse.csr_matrix:
    """Keep the `k` largest positive values of each row."""
    if sparse.issparse(matrix):
        matrix = matrix.tocsr()
        return sparse.vstack([_top_k(matrix[start : start + 512].toarray(), k) for start in _starts(matrix)])
    return sparse.vstack([_top_k(matrix[start : start + 512], k) for start in _starts(matrix)])


def _starts(matrix) -> range:
    return range(0, matrix.shape[0], 512)


def _top_k(dense: np.ndarray, k: int) -> sparse.csr_matrix:
    k = min(k, dense.shape[1])
    columns = np.argpartition(-dense, k - 1, axis=1)[:, :k]
    values = np.take_along_axis(dense, columns, axis=1)
    rows = np.repeat(np.arange(len(dense)), k)
    out = sparse.csr_matrix((values.ravel(), (rows, columns.ravel())), shape=dense.shape, dtype=np.float32)
    out.data[out.data < 0] = 0
    out.eliminate_zeros()
    out.sort_indices()
    return out
