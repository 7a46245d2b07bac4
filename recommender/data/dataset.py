"""Items, learners and what learners did, as columns. The form in which every model is trained and judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from .context import Context
from .vocabulary import DISMISSED


def _pick(values: Sequence, rows: np.ndarray) -> list:
    return [values[row] for row in rows]


def _or_default(values, n: int, default):
    return [default] * n if values is None else list(values)


@dataclass(frozen=True, eq=False)
class Items:
    """The catalogue, one row an item. Empty text, empty tuple and nan mean unknown.

    `minutes` is the expected duration; `published_at` is in seconds since the epoch (UTC).
    """

    ids: list[str]
    kind: np.ndarray  # int8[n], codes of KINDS
    title: list[str] = None
    description: list[str] = None
    topics: list[tuple[str, ...]] = None
    level: list[str] = None
    language: list[str] = None
    provider: list[str] = None
    instructors: list[tuple[str, ...]] = None
    minutes: np.ndarray = None  # float32[n]
    published_at: np.ndarray = None  # float64[n]
    prerequisites: list[tuple[str, ...]] = None  # ids of the items that come before

    _TEXT = ("title", "description", "level", "language", "provider")
    _TUPLES = ("topics", "instructors", "prerequisites")

    def __post_init__(self):
        n = len(self.ids)
        for name in self._TEXT:
            object.__setattr__(self, name, _or_default(getattr(self, name), n, ""))
        for name in self._TUPLES:
            object.__setattr__(self, name, _or_default(getattr(self, name), n, ()))
        unknown = np.full(n, np.nan)
        for name, dtype in (("minutes", np.float32), ("published_at", np.float64)):
            column = getattr(self, name)
            object.__setattr__(self, name, np.asarray(unknown if column is None else column, dtype))
        object.__setattr__(self, "kind", np.asarray(self.kind, np.int8))

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def index(self) -> dict[str, int]:
        """Row of each item id."""
        return {item_id: row for row, item_id in enumerate(self.ids)}

    def take(self, rows: np.ndarray) -> Items:
        lists = {name: _pick(getattr(self, name), rows) for name in ("ids", *self._TEXT, *self._TUPLES)}
        arrays = {name: getattr(self, name)[rows] for name in ("kind", "minutes", "published_at")}
        return Items(**lists, **arrays)


@dataclass(frozen=True, eq=False)
class Learners:
    """Profiles, one row a learner, all optional. Empty text, empty tuple and nan mean unknown."""

    ids: list[str]
    gender: list[str] = None
    birth_year: np.ndarray = None  # float32[n]
    country: list[str] = None
    education: list[str] = None
    interests: list[tuple[str, ...]] = None  # topics the learner picked

    _TEXT = ("gender", "country", "education")

    def __post_init__(self):
        n = len(self.ids)
        for name in self._TEXT:
            object.__setattr__(self, name, _or_default(getattr(self, name), n, ""))
        object.__setattr__(self, "interests", _or_default(self.interests, n, ()))
        birth_year = np.full(n, np.nan) if self.birth_year is None else self.birth_year
        object.__setattr__(self, "birth_year", np.asarray(birth_year, np.float32))

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: np.ndarray) -> Learners:
        lists = {name: _pick(getattr(self, name), rows) for name in ("ids", *self._TEXT, "interests")}
        return Learners(**lists, birth_year=self.birth_year[rows])


class History(NamedTuple):
    """One learner's events, oldest first."""

    items: np.ndarray
    verbs: np.ndarray
    times: np.ndarray
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Dataset:
    """Events in columns, sorted by (learner, time, sequence); unknown times come first within a learner.

    Build it with `Dataset.build`, which sorts. Learners without an event keep their row.
    """

    items: Items
    learners: Learners
    learner: np.ndarray  # int32[m], row in learners
    item: np.ndarray  # int32[m], row in items
    verb: np.ndarray  # int8[m], codes of VERBS
    time: np.ndarray  # float64[m], seconds since the epoch, nan where only the order is known
    value: np.ndarray  # float32[m], nan where unknown
    offsets: np.ndarray = field(default=None)  # int64[learners + 1]
    context: Context | None = None  # m rows, where the source knew in which moment things happened
    locales: tuple[str, ...] = ()  # what the codes of context.locale stand for

    def __post_init__(self):
        if self.offsets is None:
            counts = np.bincount(self.learner, minlength=len(self.learners))
            object.__setattr__(self, "offsets", np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))

    @classmethod
    def build(
        cls,
        items: Items,
        learners: Learners,
        *,
        learner,
        item,
        verb,
        time=None,
        sequence=None,
        value=None,
        context: Context | None = None,
        locales: tuple[str, ...] = (),
    ) -> Dataset:
        """Sort events into a data set; `sequence` (default: the order given) breaks ties in time."""
        learner, item = np.asarray(learner, np.int32), np.asarray(item, np.int32)
        m = len(learner)
        time = np.full(m, np.nan) if time is None else np.asarray(time, np.float64)
        value = np.full(m, np.nan, np.float32) if value is None else np.asarray(value, np.float32)
        sequence = np.arange(m) if sequence is None else np.asarray(sequence)
        order = np.lexsort((sequence, np.where(np.isnan(time), -np.inf, time), learner))
        columns = {"verb": np.asarray(verb, np.int8), "time": time, "value": value}
        columns = {name: column[order] for name, column in columns.items()}
        context = None if context is None else context.take(order)
        columns |= {"context": context, "locales": locales}
        return cls(items, learners, learner[order], item[order], **columns)

    @property
    def n_items(self) -> int:
        return len(self.items)

    @property
    def n_learners(self) -> int:
        return len(self.learners)

    @property
    def n_events(self) -> int:
        return len(self.item)

    @property
    def lengths(self) -> np.ndarray:
        """Events of each learner."""
        return np.diff(self.offsets)

    @property
    def has_times(self) -> bool:
        return bool(np.isfinite(self.time).any())

    @cached_property
    def position(self) -> np.ndarray:
        """Place of each event in its learner's history, from 0."""
        return np.arange(self.n_events) - self.offsets[self.learner]

    @cached_property
    def is_first_encounter(self) -> np.ndarray:
        """True for a learner's first event with an item."""
        key = self.learner.astype(np.int64) * self.n_items + self.item
        first = np.zeros(self.n_events, bool)
        first[np.unique(key, return_index=True)[1]] = True
        return first

    @cached_property
    def popularity(self) -> np.ndarray:
        """Learners who have met each item other than by dismissing it: int64[items]."""
        engaged = self.verb != DISMISSED
        pairs = np.unique(self.learner[engaged].astype(np.int64) * self.n_items + self.item[engaged])
        return np.bincount(pairs % max(self.n_items, 1), minlength=self.n_items)

    def history(self, learner_row: int) -> History:
        part = slice(self.offsets[learner_row], self.offsets[learner_row + 1])
        return History(self.item[part], self.verb[part], self.time[part], self.value[part])

    def where(self, keep: np.ndarray) -> Dataset:
        """The same items and learners with only the events for which `keep` is true."""
        columns = {name: getattr(self, name)[keep] for name in ("learner", "item", "verb", "time", "value")}
        context = None if self.context is None else self.context.take(keep)
        return replace(self, offsets=None, context=context, **columns)

    def before(self, moment: float) -> Dataset:
        """Events strictly before `moment`; events of unknown time are not known to be, and are left out."""
        return self.where(self.time < moment)

    def leave_last(self, n: int = 1) -> Dataset:
        """Every history without its last `n` events."""
        return self.where(self.position < self.lengths[self.learner] - n)

    def select_learners(self, rows: np.ndarray) -> Dataset:
        """Only these learners, renumbered in the order given."""
        rows = np.asarray(rows)
        new_row = np.full(self.n_learners, -1, np.int64)
        new_row[rows] = np.arange(len(rows))
        events = np.flatnonzero(new_row[self.learner] >= 0)
        events = events[np.argsort(new_row[self.learner[events]], kind="stable")]
        columns = {name: getattr(self, name)[events] for name in ("item", "verb", "time", "value")}
        columns["learner"] = new_row[self.learner[events]].astype(np.int32)
        columns["context"] = None if self.context is None else self.context.take(events)
        return replace(self, learners=self.learners.take(rows), offsets=None, **columns)

    def select_items(self, rows: np.ndarray) -> Dataset:
        """Only these items, renumbered in the order given, and their events."""
        rows = np.asarray(rows)
        new_row = np.full(self.n_items, -1, np.int32)
        new_row[rows] = np.arange(len(rows), dtype=np.int32)
        kept = self.where(new_row[self.item] >= 0)
        context = None if kept.context is None else kept.context.with_item_rows(new_row)
        return replace(kept, items=self.items.take(rows), item=new_row[kept.item], context=context)
