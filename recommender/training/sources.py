"""The zoo's cheap members, trained, in the form in which they are served."""

from __future__ import annotations

import numpy as np

from recommender.data.dataset import Dataset
from recommender.serving.encoding import Encoder, ItemFeatures, attribute_terms, item_bags
from recommender.serving.sources import Alike, Linear, Popular, Rows, SecondOrder, Source, UserNeighbours
from recommender.zoo import base as zoo

MEMBERS = (
    "ease",
    "slit",
    "markov",
    "markov_second_order",
    "item_knn",
    "user_knn",
    "popularity",
    "popularity_week",
)
ALIKE_DECAY, ALIKE_WINDOW = 0.8, 10
MAX_HISTORIES = 200_000
"""Histories that the user neighbours keep, drawn and shuffled: a row is no learner."""


def _weights(matrix) -> Rows:
    matrix = matrix.tocsr()
    matrix.sort_indices()
    return Rows.weights(matrix.indptr, matrix.indices, matrix.data, matrix.shape[1])


def _counts(matrix) -> Rows:
    """With exact values: counts are added up and divided by each other."""
    matrix = matrix.tocsr()
    matrix.sort_indices()
    return Rows(
        matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data.astype(np.float32)
    )


def alike(encoder: Encoder, encoded: ItemFeatures) -> Alike:
    attributes = attribute_terms(encoded, encoder.sizes)
    kinds = ("topics", "instructors", "providers")
    met_in = np.bincount(attributes[attributes > 0], minlength=sum(encoder.sizes[name] for name in kinds) + 1)
    rarity = np.log((1 + len(attributes)) / (1 + met_in)).astype(np.float32)
    rarity[0] = 0  # the code of what is unknown
    terms, weights = item_bags(encoded, rarity, encoder.sizes)
    return Alike("alike", terms, weights.astype(np.float16), rarity, ALIKE_DECAY, ALIKE_WINDOW)


def served(model: zoo.Recommender) -> Source:
    """The serving form of one trained member."""
    name, settings = model.name, model.settings
    if name in ("popularity", "popularity_week"):
        return Popular(name, np.log1p(model.counts).astype(np.float32))
    if name == "markov_second_order":
        after_pair, after_item = _counts(model.after_pair), _weights(model.after_item)
        return SecondOrder(name, model.pairs.astype(np.int64), after_pair, after_item, settings.smoothing)
    if name == "user_knn":
        kept = np.random.default_rng(0).permutation(model.met.shape[0])[:MAX_HISTORIES]
        met, by_item = _weights(model.met[kept]), _weights(model.by_learner[:, kept])
        return UserNeighbours(name, met, by_item, settings.decay, settings.window, settings.neighbours)
    neighbours = model.neighbours()
    weights = Rows.weights(
        neighbours.indptr, neighbours.indices, neighbours.values, len(neighbours.indptr) - 1
    )
    return Linear(name, weights, settings.decay, settings.window)


def fit_sources(dataset: Dataset, encoder: Encoder, encoded: ItemFeatures, *, report) -> list[Source]:
    """Train every member on `dataset`, whose items are `encoded`; `report(done, text)` is told after each."""
    sources: list[Source] = [alike(encoder, encoded)]
    members = [name for name in MEMBERS if dataset.has_times or name != "popularity_week"]
    for number, name in enumerate(members):
        report(number / len(members), name)
        sources.append(served(zoo.create(name).fit(dataset)))
    return sources
