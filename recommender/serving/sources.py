"""Candidate sources: what each simple model says of every item, for one learner.

All arrays come from an artifact, memory-mapped. Of items beyond the vocabulary (published after training)
only bags and the towers speak. A source also says how much each event of the history gave: exactly, but for
networks, which are asked without it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol

import numpy as np

from recommender import artifacts

from .bags import MAX_TERMS, Alike, Words
from .network import Network
from .rows import Rows, row_of


class Source(Protocol):
    name: str

    def scores(self, engaged: np.ndarray, n: int) -> np.ndarray:
        """float32[n]: how much each item is spoken for; `engaged` are rows of items met, oldest first."""

    def terms(self, engaged: np.ndarray, items: np.ndarray) -> np.ndarray:
        """float32[len(engaged), len(items)]: the share of the score that each engagement gave; items are
        distinct."""


@dataclass(frozen=True, eq=False)
class Linear:
    """Decayed history times an item-item matrix of which the 200 largest weights a row are kept."""

    name: str
    weights: Rows
    decay: float
    window: int | None

    def _recent(self, engaged: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        recent = engaged[-min(self.window or MAX_TERMS, MAX_TERMS) :]
        return recent, self.decay ** np.arange(len(recent) - 1, -1, -1, dtype=np.float32)

    def scores(self, engaged: np.ndarray, n: int) -> np.ndarray:
        return self.weights.weighted_sum(*self._recent(engaged), n)

    def terms(self, engaged: np.ndarray, items: np.ndarray) -> np.ndarray:
        recent, factors = self._recent(engaged)
        terms = np.zeros((len(engaged), len(items)), np.float32)
        if len(recent):
            terms[-len(recent) :] = self.weights.block(recent, items) * factors[:, None]
        return terms


@dataclass(frozen=True, eq=False)
class SecondOrder:
    """What came after the last two items in a row, leaning on what came after the last one.

    score = (count after the pair + smoothing * probability after the item) / (count of the pair + smoothing)
    """

    name: str
    pairs: np.ndarray  # int64[pairs], sorted: item before last * n_items + last item
    after_pair: Rows
    after_item: Rows
    smoothing: float

    def _parts(self, engaged: np.ndarray) -> tuple[int, float, float]:
        """Row of the pair or -1, weight of its counts, weight of the first-order chain."""
        if len(engaged) > 1:
            before, last = int(engaged[-2]), int(engaged[-1])
            known = max(before, last) < len(self.after_item)
            pair = before * len(self.after_item) + last if known else -1
            place = int(np.searchsorted(self.pairs, pair))
            if place < len(self.pairs) and self.pairs[place] == pair:
                total = float(row_of(self.after_pair, place)[1].sum())
                return place, 1 / (total + self.smoothing), self.smoothing / (total + self.smoothing)
        return -1, 0.0, 1.0

    def scores(self, engaged: np.ndarray, n: int) -> np.ndarray:
        if not len(engaged):
            return np.zeros(n, np.float32)
        place, of_pair, of_item = self._parts(engaged)
        scores = self.after_item.weighted_sum(engaged[-1:], np.array([of_item]), n)
        if place >= 0:
            indices, values = row_of(self.after_pair, place)
            scores[indices] += (of_pair * values).astype(np.float32)
        return scores

    def terms(self, engaged: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Without the last event the pair is gone, so that the last event carries all."""
        terms = np.zeros((len(engaged), len(items)), np.float32)
        if len(engaged):
            place, of_pair, of_item = self._parts(engaged)
            terms[-1] = of_item * self.after_item.at(engaged[-1], items)
            if place >= 0:
                terms[-1] += of_pair * self.after_pair.at(place, items)
        return terms


@dataclass(frozen=True, eq=False)
class UserNeighbours:
    """What the histories most alike hold. Histories are sets of items; whose they were isn't kept."""

    name: str
    met: Rows  # row a history, indices its items; no values
    by_item: Rows  # row an item, indices the histories that hold it, values their weight
    decay: float
    window: int
    neighbours: int

    def _nearest(self, engaged: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        recent = engaged[-self.window :]
        factors = self.decay ** np.arange(len(recent) - 1, -1, -1, dtype=np.float32)
        alike = self.by_item.weighted_sum(recent, factors, len(self.met))
        nearest = np.flatnonzero(alike)
        if len(nearest) > self.neighbours:
            chosen = np.argpartition(-alike[nearest], self.neighbours - 1)[: self.neighbours]
            nearest = nearest[chosen]
        return nearest, alike[nearest]

    def scores(self, engaged: np.ndarray, n: int) -> np.ndarray:
        nearest, alike = self._nearest(engaged)
        if not len(nearest):
            return np.zeros(n, np.float32)
        items, _, place = self.met.entries(nearest)
        return np.bincount(items, weights=alike[place], minlength=n).astype(np.float32)

    def terms(self, engaged: np.ndarray, items: np.ndarray) -> np.ndarray:
        """With the neighbours as they are, an engagement gives what it adds to their likeness."""
        terms = np.zeros((len(engaged), len(items)), np.float32)
        nearest, _ = self._nearest(engaged)
        if not len(nearest):
            return terms
        held, _, place = self.met.entries(nearest)
        column = np.zeros(max(int(items.max(initial=0)), int(held.max(initial=0))) + 1, np.int64)
        column[items] = np.arange(1, len(items) + 1)
        hit = np.flatnonzero(column[held])
        holds = np.zeros((len(nearest), len(items)), np.float32)
        holds[place[hit], column[held[hit]] - 1] = 1
        recent = engaged[-self.window :]
        for step, row in enumerate(recent):
            factor = self.decay ** (len(recent) - 1 - step)
            alike = factor * self.by_item.at(row, nearest)
            terms[len(engaged) - len(recent) + step] = alike @ holds
        return terms


@dataclass(frozen=True, eq=False)
class Popular:
    """The same for everyone."""

    name: str
    counts: np.ndarray  # float32[n_items], log(1 + learners)

    def scores(self, engaged: np.ndarray, n: int) -> np.ndarray:
        scores = np.zeros(n, np.float32)
        scores[: len(self.counts)] = self.counts
        return scores

    def terms(self, engaged: np.ndarray, items: np.ndarray) -> np.ndarray:
        return np.zeros((len(engaged), len(items)), np.float32)


FORMS = {
    form.__name__: form for form in (Linear, SecondOrder, UserNeighbours, Alike, Words, Popular, Network)
}


def arrays_of(source: Source) -> tuple[dict, dict[str, np.ndarray]]:
    """A source as JSON values and named arrays."""
    about, arrays = {"form": type(source).__name__}, {}
    for column in fields(source):
        value = getattr(source, column.name)
        if isinstance(value, Rows):
            arrays |= {f"{column.name}.{part.name}": getattr(value, part.name) for part in fields(value)}
        elif isinstance(value, np.ndarray):
            arrays[column.name] = value
        else:
            about[column.name] = value
    return about, arrays


def from_arrays(about: dict, arrays: dict[str, np.ndarray]) -> Source:
    """Undo `arrays_of`."""
    given = {name: value for name, value in about.items() if name != "form"}
    parts: dict[str, dict[str, np.ndarray]] = {}
    for name, array in arrays.items():
        matrix, _, part = name.partition(".")
        if part:
            parts.setdefault(matrix, {})[part] = array
        else:
            given[name] = array
    given |= {matrix: Rows(**columns) for matrix, columns in parts.items()}
    return FORMS[about["form"]](**given)


def read(path: Path) -> list[Source]:
    """The sources of a version, memory-mapped, in their order."""
    about, arrays = json.loads((path / "model.json").read_text())["sources"], artifacts.open_arrays(path)
    return [from_arrays(value, _below(arrays, f"sources/{name}/")) for name, value in about.items()]


def _below(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
