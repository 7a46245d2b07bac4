"""What an item is about, as far as the data says: the space in which lists are diverse or calibrated."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from recommender.data.dataset import Items


def item_labels(items: Items) -> sparse.csr_matrix:
    """float64[items, labels], rows of length 1: an item's topics, or where it has none its provider.

    An item with neither has an empty row.
    """
    rows, names = [], []
    for row, (topics, provider) in enumerate(zip(items.topics, items.provider, strict=True)):
        labels = [f"topic {topic}" for topic in set(topics)] or ([f"provider {provider}"] if provider else [])
        rows += [row] * len(labels)
        names += labels
    vocabulary, columns = np.unique(np.array(names, dtype=str), return_inverse=True)
    weights = 1 / np.sqrt(np.bincount(rows, minlength=len(items))[rows]) if rows else np.array([])
    return sparse.csr_matrix((weights, (rows, columns)), shape=(len(items), max(len(vocabulary), 1)))
