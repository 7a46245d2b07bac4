"""The members of the zoo, trained, in the form in which they are served."""

from __future__ import annotations

import numpy as np

from recommender.data.dataset import Dataset, Items
from recommender.data.text import heaviest, item_terms
from recommender.ordering import NETWORKS, ON_REQUEST
from recommender.serving.bags import MAX_TERMS, Alike, Words
from recommender.serving.encoding import Encoder, ItemFeatures, attribute_terms, item_bags
from recommender.serving.rows import Rows
from recommender.serving.sources import Linear, Popular, SecondOrder, Source, UserNeighbours
from recommender.zoo import base as zoo

from .loop import TrainingFailed
from .networks import served_autoencoder, served_sequence

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
    weights = weights.astype(np.float16)
    return Alike("alike", terms, weights, ALIKE_DECAY, ALIKE_WINDOW, attribute_rarity=rarity)


def text(model: zoo.Recommender, items: Items) -> Words:
    vocabulary, rarity = model.vocabulary, model.idf
    terms, weights = heaviest(item_terms(items), vocabulary, rarity)
    weights = weights.astype(np.float16)
    words = np.array(vocabulary.words, dtype=str)
    return Words("text", terms, weights, model.settings.decay, MAX_TERMS, words=words, rarity=rarity)


def served(model: zoo.Recommender, items: Items) -> Source:
    """The serving form of one member that was trained on data with these items."""
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
    if name == "text":
        return text(model, items)
    if name == "autoencoder":
        return served_autoencoder(model)
    if name in NETWORKS:
        return served_sequence(model)
    neighbours = model.neighbours()
    weights = Rows.weights(
        neighbours.indptr, neighbours.indices, neighbours.values, len(neighbours.indptr) - 1
    )
    return Linear(name, weights, settings.decay, settings.window)


def fit_sources(
    dataset: Dataset, encoder: Encoder, encoded: ItemFeatures, *, model: str, report
) -> list[Source]:
    """Train every cheap member on `dataset`, whose items are `encoded`, and `model` if it is another one of
    the zoo; `report(done, text)` is told of each. Raises TrainingFailed where one can't be trained.
    """
    sources: list[Source] = [alike(encoder, encoded)]
    members = [name for name in MEMBERS if dataset.has_times or name != "popularity_week"]
    members += [model] if model in ON_REQUEST else []
    for number, name in enumerate(members):

        def told(done: float, what: str, number=number, name=name) -> None:
            report((number + done) / len(members), f"{name} {what}".rstrip())

        told(0, "")
        try:
            fitted = zoo.create(name).fit(dataset, progress=told)
        except ValueError as error:
            raise TrainingFailed(f"{name} could not be trained: {error}.") from error
        sources.append(served(fitted, dataset.items))
    return sources
