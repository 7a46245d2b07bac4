"""The most taken items, for everyone the same: the yardstick beside every other number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.data.queries import SECONDS_A_DAY

from .base import Recommender


class Popularity(Recommender):
    """Score of an item: learners who have met it."""

    name = "popularity"
    answers_empty_histories = True

    def train(self, dataset, progress):
        self.counts = dataset.popularity.astype(np.float32)

    def predict(self, queries):
        return np.repeat(self.counts[None], len(queries), axis=0)

    def state(self):
        return {"counts": self.counts}

    def restore(self, state):
        self.counts = state["counts"]


class PopularityOfTheWeek(Popularity):
    """Learners of the last days before training; ties, and histories without times, go by all time."""

    name = "popularity_week"

    @dataclass(frozen=True)
    class Settings:
        days: float = 7.0

    def train(self, dataset, progress):
        ever = dataset.popularity
        if not dataset.has_times:
            self.counts = ever.astype(np.float32)
            return
        newest = np.nanmax(dataset.time)
        recent = dataset.where(dataset.time > newest - self.settings.days * SECONDS_A_DAY).popularity
        self.counts = (recent + ever / (1 + ever.max())).astype(np.float32)
