"""EASE: a linear autoencoder whose items may not explain themselves, in closed form.

Steck (2019), "Embarrassingly shallow autoencoders for sparse data", WWW, equation 8: with
P = inverse(X'X + l2 I), B = I - P diag(1 / diag P).
It is asked with a decayed history: recent items count more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from .histories import binary, sequences
from .linear import LinearRecommender


def inverse_of_positive_definite(matrix: np.ndarray) -> np.ndarray:
    """By Cholesky, in place where it can; raises LinAlgError where the matrix is not positive definite."""
    factor, info = lapack.dpotrf(matrix, lower=1, overwrite_a=1)
    if info == 0:
        lower, info = lapack.dpotri(factor, lower=1, overwrite_c=1)
    if info != 0:
        raise np.linalg.LinAlgError("The regularised item-item matrix is not positive definite; raise l2.")
    upper = np.tril(lower, -1).T
    return np.tril(lower) + upper


class EASE(LinearRecommender):
    name = "ease"

    @dataclass(frozen=True)
    class Settings:
        l2: float = 30.0
        decay: float = 0.65
        window: int | None = None
        # The inverse costs items ** 3: beyond this many, only the most popular items take part.
        max_items: int = 12_000

    def train(self, dataset, progress):
        items = np.sort(np.argsort(-dataset.popularity, kind="stable")[: self.settings.max_items])
        met = binary(sequences(dataset), self.n_items)[:, items]
        gram = (met.T @ met).toarray().astype(np.float64)  # X'X
        gram[np.diag_indices_from(gram)] += self.settings.l2
        progress(0.3, "inverting the item-item matrix")
        precision = inverse_of_positive_definite(gram)  # P
        weights = precision / -np.diag(precision)  # column j divided by P_jj
        np.fill_diagonal(weights, 0)
        if len(items) == self.n_items:
            self.weights = weights.astype(np.float32)
        else:
            self.weights = np.zeros((self.n_items, self.n_items), np.float32)
            self.weights[np.ix_(items, items)] = weights
