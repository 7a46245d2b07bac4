"""Metrics of one ranked list each, as plain functions over arrays of ranks or lists.

With one relevant item, DCG's ideal is 1, so NDCG@k is 1 / log2(1 + rank) within the first k (Järvelin,
Kekäläinen (2002), ACM TOIS 20), and HR@k is recall@k of that query.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse


def pessimistic_ranks(
    scores: np.ndarray, targets: np.ndarray, seen: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Rank of each row's target, from 1, among all items that the learner has not seen: int32[batch].

    `scores` is float[batch, items]; `seen` holds (rows, items), whose scores are overwritten by nan. Ties
    go against the target. Raises ValueError where a model answers nan, which has no rank.
    """
    if np.isnan(scores).any():
        raise ValueError("the model gave a score that is not a number")
    scores[seen] = np.nan
    target = scores[np.arange(len(targets)), targets]
    if np.isnan(target).any():
        raise ValueError("a target is among the items that its learner has seen")
    return (scores >= target[:, None]).sum(axis=1).astype(np.int32)


def hit(ranks: np.ndarray, k: int) -> np.ndarray:
    """1 where the target is among the first k."""
    return (ranks <= k).astype(np.float64)


def ndcg(ranks: np.ndarray, k: int) -> np.ndarray:
    return np.where(ranks <= k, 1 / np.log2(1 + ranks), 0.0)


def reciprocal_rank(ranks: np.ndarray) -> np.ndarray:
    return 1 / ranks


def recall(ranks: np.ndarray, learners: np.ndarray, k: int) -> np.ndarray:
    """Share of each learner's targets found in the first k: one value a learner, in order of learner row."""
    _, codes = np.unique(learners, return_inverse=True)
    return np.bincount(codes, hit(ranks, k)) / np.bincount(codes)


def coverage(lists: np.ndarray, n_items: int) -> float:
    """Share of the catalogue that is in at least one list; -1 in `lists` is no item."""
    return len(np.unique(lists[lists >= 0])) / n_items


def novelty(lists: np.ndarray, popularity: np.ndarray, n_learners: int) -> np.ndarray:
    """Mean self-information in bits of each list: -log2 of the share of learners who have met an item.

    Zhou et al. (2010), PNAS 107. An item that nobody has met counts as met by one.
    """
    bits = -np.log2(np.maximum(popularity, 1) / max(n_learners, 1))
    return _mean_over_list(bits[lists], lists)


def intra_list_diversity(lists: np.ndarray, labels: sparse.csr_matrix) -> np.ndarray:
    """Mean of 1 - cosine over the pairs of each list; nan for a list of fewer than two items.

    `labels` is float[items, labels] with rows of length 1, or 0 for an item without labels (which differs
    from every other). Ziegler et al. (2005), WWW.
    """
    lengths = (lists >= 0).sum(axis=1)
    pairs = lengths * (lengths - 1)
    incidence = _incidence(lists, labels.shape[0])
    total = incidence @ labels
    own = np.asarray(incidence @ labels.multiply(labels).sum(axis=1)).ravel()
    alike = np.asarray(total.multiply(total).sum(axis=1)).ravel() - own
    return 1 - np.divide(alike, pairs, out=np.full(len(lists), np.nan), where=pairs > 0)


def calibration(
    lists: np.ndarray, histories: sparse.csr_matrix, labels: sparse.csr_matrix, *, smoothing: float = 0.01
) -> np.ndarray:
    """Kullback-Leibler divergence of each list's labels from its learner's history's; 0 is best.

    Steck (2018), "Calibrated recommendations", RecSys, equations 2 to 5. `histories` is float[batch, items];
    nan where the history or the list has no label.
    """
    share = sparse.diags(_inverse(labels.sum(axis=1))) @ labels  # each item spreads 1 over its labels
    wanted = (histories @ share).toarray()
    given = (_incidence(lists, labels.shape[0]) @ share).toarray()
    empty = (wanted.sum(axis=1) == 0) | (given.sum(axis=1) == 0)
    wanted *= _inverse(wanted.sum(axis=1))[:, None]
    given *= _inverse(given.sum(axis=1))[:, None]
    given = (1 - smoothing) * given + smoothing * wanted
    ratio = np.divide(wanted, given, out=np.ones_like(wanted), where=wanted > 0)
    divergence = (wanted * np.log(ratio)).sum(axis=1)
    return np.where(empty, np.nan, divergence)


def _inverse(sums) -> np.ndarray:
    sums = np.asarray(sums, np.float64).ravel()
    return np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)


def _mean_over_list(values: np.ndarray, lists: np.ndarray) -> np.ndarray:
    there = lists >= 0
    return np.where(there, values, 0).sum(axis=1) * _inverse(there.sum(axis=1))


def _incidence(lists: np.ndarray, n_items: int) -> sparse.csr_matrix:
    row, place = np.nonzero(lists >= 0)
    ones = np.ones(len(row))
    return sparse.csr_matrix((ones, (row, lists[row, place])), shape=(len(lists), n_items))
