"""Item vectors to begin with: what follows what, factorised.

The positive pointwise mutual information of transitions in a window, by truncated SVD: the matrix that
skip-gram factorises implicitly (Levy, Goldberg 2014, "Neural word embedding as implicit matrix
factorization").
"""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from recommender.data.dataset import Dataset
from recommender.zoo.histories import sequences
from recommender.zoo.markov import transition_counts

WINDOW = 5
SCALE = 0.35


def start_vectors(dataset: Dataset, width: int, *, seed: int) -> np.ndarray:
    """float32[n_items, width]; items without a transition get small noise."""
    n = dataset.n_items
    rng = np.random.default_rng(seed)
    vectors = rng.normal(scale=0.02, size=(n, width)).astype(np.float32)
    counts = transition_counts(sequences(dataset), n, window=WINDOW, decay=0.8)
    counts = (counts + counts.T).tocoo()
    if counts.nnz == 0:
        return vectors
    totals = np.asarray(counts.sum(axis=1)).ravel()
    information = np.log(counts.data * totals.sum() / (totals[counts.row] * totals[counts.col]))
    positive = sparse.csr_matrix((np.maximum(information, 0), (counts.row, counts.col)), shape=(n, n))
    rank = min(width, n - 1, max(min(positive.shape) - 1, 1))
    if rank < 1 or positive.nnz == 0:
        return vectors
    # a fixed first vector makes the iteration repeatable
    left, values, _ = svds(positive.astype(np.float64), k=rank, v0=np.ones(n) / np.sqrt(n))
    factors = left * np.sqrt(values)
    factors *= SCALE / max(factors.std(), 1e-9)
    vectors[:, :rank] += factors.astype(np.float32)
    return vectors
