"""Candidate sources: what each simple model says of every item, for one learner.

All arrays come from an artifact, memory-mapped. Of items beyond the vocabulary (published after training)
only `Alike` and the towers speak. A source also says exactly how much each event of the history gave.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Protocol

import numpy as np

MAX_TERMS = 30
"""Engagements beyond the last 30 weigh nothing under any decay in use."""


class Source(Protocol):
    name: str

    def scores(self, engaged: np.ndarray, n: int) -> np.ndarray:
        """float32[n]: how much each item is spoken for; `engaged` are rows of items met, oldest first."""

    def terms(self, engaged: np.ndarray, items: np.ndarray) -> np.ndarray:
        """float32[len(engaged), len(items)]: the share of the score that each engagement gave."""


def _row(matrix: Rows, row: int) -> tuple[np.ndarray, np.ndarray]:
    if row >= len(matrix):  # an item that came after training says nothing here
        return matrix.indices[:0], matrix.values[:0]
    part = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[part], matrix.values[part]


@dataclass(frozen=True, eq=False)
class Rows:
    """A sparse matrix by compressed rows."""

    indptr: np.ndarray  # int64[rows + 1]
    indices: np.ndarray  # uint16[values] where the columns allow it, else int32
    values: np.ndarray  # float16[values] or float32

    @classmethod
    def weights(cls, indptr: np.ndarray, indices: np.ndarray, values: np.ndarray, n_columns: int) -> Rows:
        """In half the bytes: three digits of a weight are kept, 16-bit columns where there are few enough.

        Every web process maps these arrays, and a page reads some hundred rows of them.
        """
        column = np.uint16 if n_columns <= 2**16 else np.int32
        return cls(indptr.astype(np.int64), indices.astype(column), values.astype(np.float16))

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def entries(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Columns and values of some rows one after another, and the place in `rows` of each.

        A row beyond the last, of an item that came after training, holds nothing.
        """
        inside = rows < len(self)
        starts = self.indptr[np.where(inside, rows, 0)]
        lengths = np.where(inside, self.indptr[np.where(inside, rows + 1, 0)] - starts, 0)
        begins = np.cumsum(lengths) - lengths
        entry = np.arange(int(lengths.sum())) + np.repeat(starts - begins, lengths)
        return self.indices[entry], self.values[entry], np.repeat(np.arange(len(rows)), lengths)

    def weighted_sum(self, rows: np.ndarray, weights: np.ndarray, n: int) -> np.ndarray:
        """float32[n]: sum of the rows, each times its weight."""
        columns, values, place = self.entries(rows)
        return np.bincount(columns, weights=values * weights[place], minlength=n).astype(np.float32)

    def block(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """float32[len(rows), len(columns)]: the values where rows and (distinct) columns cross."""
        indices, values, owner = self.entries(rows)
        place = np.zeros(max(int(columns.max(initial=0)), int(indices.max(initial=0))) + 1, np.int32)
        place[columns] = np.arange(1, len(columns) + 1)
        hit = np.flatnonzero(place[indices])
        block = np.zeros((len(rows), len(columns)), np.float32)
        block[owner[hit], place[indices[hit]] - 1] = values[hit]
        return block

    def at(self, row: int, columns: np.ndarray) -> np.ndarray:
        """float32[len(columns)]: one row's values there; its indices are sorted."""
        indices, values = _row(self, row)
        if not len(indices):
            return np.zeros(len(columns), np.float32)
        place = np.minimum(np.searchsorted(indices, columns), len(indices) - 1)
        return np.where(indices[place] == columns, values[place], 0).astype(np.float32)


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
                total = float(_row(self.after_pair, place)[1].sum())
                return place, 1 / (total + self.smoothing), self.smoothing / (total + self.smoothing)
        return -1, 0.0, 1.0

    def scores(self, engaged: np.ndarray, n: int) -> np.ndarray:
        if not len(engaged):
            return np.zeros(n, np.float32)
        place, of_pair, of_item = self._parts(engaged)
        scores = self.after_item.weighted_sum(engaged[-1:], np.array([of_item]), n)
        if place >= 0:
            indices, values = _row(self.after_pair, place)
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
        holds = np.zeros((len(nearest), len(items)), np.float32)
        for column, item in enumerate(items):
            holds[place[held == item], column] = 1
        recent = engaged[-self.window :]
        for step, row in enumerate(recent):
            factor = self.decay ** (len(recent) - 1 - step)
            alike = factor * self.by_item.at(row, nearest)
            terms[len(engaged) - len(recent) + step] = alike @ holds
        return terms


@dataclass(frozen=True, eq=False)
class Alike:
    """Items about the same as those in the history: cosine of the bags of `encoding.item_bags`.

    It needs no learner to have met an item, so it speaks of those that were published after training as well.
    """

    name: str
    bag_terms: np.ndarray  # int32[n, 36]
    bag_weights: np.ndarray  # float[n, 36]
    attribute_rarity: np.ndarray  # float32[attributes]
    decay: float
    window: int

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

    def extended(self, terms: np.ndarray, weights: np.ndarray) -> Alike:
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
        terms, weights = self._profile(engaged)
        return self.by_term.weighted_sum(terms, weights.sum(axis=0), n)

    def terms(self, engaged: np.ndarray, items: np.ndarray) -> np.ndarray:
        terms, weights = self._profile(engaged)
        given = np.zeros((len(engaged), len(items)), np.float32)
        given[len(engaged) - len(weights) :] = weights @ self.by_term.block(terms, items)
        return given


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


FORMS = {form.__name__: form for form in (Linear, SecondOrder, UserNeighbours, Alike, Popular)}


def with_new_items(
    sources: list[Source], bags: Callable[[Alike], tuple[np.ndarray, np.ndarray]]
) -> list[Source]:
    """The sources after items of these bags have come; all but `Alike` stay silent about them."""
    return [source.extended(*bags(source)) if isinstance(source, Alike) else source for source in sources]


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
