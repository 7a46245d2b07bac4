"""Sources that compare what items are about. They need no learner to have met an item, so they speak of those
that were published after training as well.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from recommender.data.dataset import Items
from recommender.data.text import heaviest, item_terms
from recommender.data.vocabulary import Vocabulary

from .encoding import ItemFeatures, item_bags
from .rows import Rows, row_of

MAX_TERMS = 30
"""Engagements beyond the last 30 weigh nothing under any decay in use."""
COMMON_SHARE = 1 / 8
MOST_COMMON = 64
"""Terms that more than this share of the items hold, at most so many, are kept as whole columns."""
BagArrays = tuple[np.ndarray, np.ndarray]
"""Terms int32[n, t] and weights float32[n, t] of n items; weight 0 is padding."""


@dataclass(frozen=True, eq=False)
class Bags(ABC):
    """Products of each item's bag with the decayed bags of the last items met."""

    name: str
    bag_terms: np.ndarray  # int32[n, t]
    bag_weights: np.ndarray  # float[n, t]
    decay: float
    window: int

    prefix: ClassVar[str]
    """What the arrays of new items are called by in a delta."""

    @abstractmethod
    def bags(self, items: Items, encoded: ItemFeatures, sizes: dict[str, int]) -> BagArrays:
        """Those of new items, which are `encoded` by an encoder of these sizes."""

    @cached_property
    def by_term(self) -> Rows:
        """Row a term, indices the items whose bag holds it."""
        item, place = np.nonzero(self.bag_weights)
        term = self.bag_terms[item, place]
        order = np.argsort(term, kind="stable")
        counts = np.bincount(term, minlength=1)
        indptr = np.concatenate([[0], np.cumsum(counts)])
        weights = self.bag_weights[item, place][order]
        return Rows.weights(indptr, item[order], weights, len(self.bag_terms))

    @cached_property
    def _common(self) -> tuple[np.ndarray, np.ndarray]:
        """The terms int64[k] that very many items hold, sorted, and their weights float32[k, n].

        Words that half the catalogue uses make up most of what a sum over `by_term` would read.
        """
        lengths = np.diff(self.by_term.indptr)
        longest = np.argsort(-lengths, kind="stable")[:MOST_COMMON]
        common = np.sort(longest[lengths[longest] > COMMON_SHARE * len(self.bag_terms)])
        weights = np.zeros((len(common), len(self.bag_terms)), np.float32)
        for place, term in enumerate(common):
            items, values = row_of(self.by_term, term)
            np.add.at(weights[place], items, values)
        return common, weights

    def extended(self, terms: np.ndarray, weights: np.ndarray) -> Bags:
        """With the bags of new items after its own."""
        return replace(
            self,
            bag_terms=np.concatenate([self.bag_terms, terms]),
            bag_weights=np.concatenate([self.bag_weights, weights.astype(self.bag_weights.dtype)]),
        )

    def _profile(self, engaged: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distinct terms int32[t] of the last items' bags, and the decayed weight of each, [items, t]."""
        recent = engaged[-self.window :]
        terms, column = np.unique(self.bag_terms[recent], return_inverse=True)
        factors = self.decay ** np.arange(len(recent) - 1, -1, -1, dtype=np.float32)
        weights = np.zeros((len(recent), len(terms)), np.float32)
        row = np.arange(len(recent))[:, None]
        np.add.at(
            weights,
            (row, column.reshape(self.bag_terms[recent].shape)),
            self.bag_weights[recent] * factors[:, None],
        )
        return terms, weights

    def scores(self, engaged: np.ndarray, n: int) -> np.ndarray:
        terms, by_item = self._profile(engaged)
        asked = by_item.sum(axis=0)
        common, weights = self._common
        is_common = np.isin(terms, common, assume_unique=True)
        scores = self.by_term.weighted_sum(terms[~is_common], asked[~is_common], n)
        # Term after term, and not as one product of matrices: items with equal bags then get equal scores to
        # the last bit, whichever column they are in.
        places = np.searchsorted(common, terms[is_common])
        for place, weight in zip(places, asked[is_common], strict=True):
            scores[: len(self.bag_terms)] += weight * weights[place]
        return scores

    def terms(self, engaged: np.ndarray, items: np.ndarray) -> np.ndarray:
        given = np.zeros((len(engaged), len(items)), np.float32)
        if len(engaged):
            terms, weights = self._profile(engaged)
            held = self.bag_terms[items]  # [c, t]
            place = np.minimum(np.searchsorted(terms, held), len(terms) - 1)
            shared = np.where(terms[place] == held, self.bag_weights[items], 0).astype(np.float32)
            given[len(engaged) - len(weights) :] = np.einsum("rct,ct->rc", weights[:, place], shared)
        return given


@dataclass(frozen=True, eq=False)
class Alike(Bags):
    """Cosine of the bags of `encoding.item_bags`: hashed n-grams, topics, instructors, provider."""

    attribute_rarity: np.ndarray  # float32[attributes]

    prefix = "bag"

    def bags(self, items, encoded, sizes):
        return item_bags(encoded, self.attribute_rarity, sizes)


@dataclass(frozen=True, eq=False)
class Words(Bags):
    """Cosine of TF-IDF vectors, as the zoo's `text`, of which each item keeps the terms that weigh most."""

    words: np.ndarray  # str[terms - 1], the vocabulary of training
    rarity: np.ndarray  # float32[terms], inverse document frequency; 0 for code 0, the unknown

    prefix = "text"

    def bags(self, items, encoded, sizes):
        return heaviest(item_terms(items), Vocabulary(tuple(self.words.tolist())), self.rarity)


def with_new_items(sources: list, bags: Callable[[Bags], BagArrays]) -> list:
    """The sources after items of these bags have come; all others stay silent about them."""
    return [source.extended(*bags(source)) if isinstance(source, Bags) else source for source in sources]
