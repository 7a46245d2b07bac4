"""Item vectors to start from, so that a network need not learn from noise what goes with what."""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse.linalg import svds

from recommender.data.queries import Queries

from .markov import transition_counts


def pmi_vectors(
    histories: Queries, n_items: int, width: int, *, window: int = 5, decay: float = 0.7
) -> np.ndarray:
    """float32[n_items, width]: where to start item vectors, an SVD of positive pointwise mutual information.

    Levy, Goldberg (2014), "Neural word embedding as implicit matrix factorization", NeurIPS, on decayed
    transitions. Rows have the scale of a normal initialisation (mean square 1 / width).
    """
    counts = transition_counts(histories, n_items, window=window, decay=decay)
    counts = (counts + counts.T).tocoo()
    rows = np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1e-9)
    # The context distribution is smoothed by the power 0.75, which tempers rare pairs.
    columns = rows**0.75 / (rows**0.75).sum()
    counts.data = np.maximum(np.log(counts.data / (rows[counts.row] * columns[counts.col])), 0)
    rank = min(width, n_items - 1)
    left, sigma, _ = svds(counts.tocsr(), k=rank, random_state=np.random.default_rng(0))
    vectors = np.zeros((n_items, width), np.float32)
    vectors[:, :rank] = left * np.sqrt(sigma)
    return vectors / max(math.sqrt((vectors**2).mean() * width), 1e-9)
