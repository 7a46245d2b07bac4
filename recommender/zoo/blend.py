"""A sum of standardised scores of other members: the strongest of the simple answers.

Weighted hybrid of Burke (2002), "Hybrid recommender systems: survey and experiments", UMUAI 12. Scores of a
query are standardised over its items; a network's logits go through the softmax first, so that its
confidence counts.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from . import base
from .base import Recommender

NETWORKS = {"transformer", "lstm", "matrix_factorization", "autoencoder"}


def standardised(scores: np.ndarray) -> np.ndarray:
    """Mean 0 and deviation 1 over the items of each row."""
    centred = scores - scores.mean(axis=1, keepdims=True)
    return centred / np.maximum(centred.std(axis=1, keepdims=True), 1e-9)


def softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


class Blend(Recommender):
    name = "blend"

    @dataclass(frozen=True)
    class Settings:
        ease: float = 1.0
        markov: float = 1.0
        transformer: float = 1.0

    @property
    def weights(self) -> dict[str, float]:
        return {name: weight for name, weight in asdict(self.settings).items() if weight}

    def train(self, dataset, progress):
        names = list(self.weights)
        self.members = {}
        for place, name in enumerate(names):

            def report(done: float, text: str, place=place, name=name) -> None:
                progress((place + done) / len(names), f"{name} {text}")

            self.members[name] = base.create(name).fit(dataset, progress=report)
            self.curve = self.members[name].curve or self.curve

    def predict(self, queries):
        total = np.zeros((len(queries), self.n_items), np.float32)
        for name, weight in self.weights.items():
            scores = self.members[name].scores(queries)
            total += weight * standardised(softmax(scores) if name in NETWORKS else scores)
        return total

    def save(self, directory):
        super().save(directory)
        for name, member in self.members.items():
            member.save(Path(directory) / name)

    @classmethod
    def load(cls, directory):
        model = super().load(directory)
        model.members = {name: base.load(Path(directory) / name) for name in model.weights}
        return model

    def state(self):
        return {}

    def restore(self, state):
        """The members hold all that was learned; `load` reads them."""
