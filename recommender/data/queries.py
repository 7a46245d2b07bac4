"""Questions to a recommender: what next, for this history, this profile, this context, at this moment?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .context import SECONDS_A_DAY as SECONDS_A_DAY
from .context import Context as Context
from .dataset import Dataset, Learners
from .vocabulary import DISMISSED


@dataclass(frozen=True, eq=False)
class Queries:
    """A batch of questions. Query b's history is `items[offsets[b]:offsets[b + 1]]`, oldest first.

    An item of -1 is one that the asked model does not know. A history holds all events, dismissals and
    repeats included; every item in it counts as seen.
    """

    items: np.ndarray  # int32[events]
    verbs: np.ndarray  # int8[events]
    times: np.ndarray  # float64[events], seconds since the epoch, nan unknown
    values: np.ndarray  # float32[events]
    offsets: np.ndarray  # int64[batch + 1]
    learners: Learners  # batch rows
    now: np.ndarray  # float64[batch], seconds since the epoch, nan unknown
    context: Context

    @classmethod
    def of(cls, dataset: Dataset, rows, *, ends=None, now=None, context: Context | None = None) -> Queries:
        """Ask for the learners `rows` with their events up to event index `ends` (exclusive, default all)."""
        rows = np.asarray(rows, np.int64)
        starts = dataset.offsets[rows]
        ends = dataset.offsets[rows + 1] if ends is None else np.asarray(ends, np.int64)
        lengths = ends - starts
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        events = np.arange(offsets[-1]) - np.repeat(offsets[:-1] - starts, lengths)
        now = np.full(len(rows), np.nan) if now is None else np.asarray(now, np.float64)
        columns = (dataset.item, dataset.verb, dataset.time, dataset.value)
        context = Context.at(now) if context is None else context
        return cls(
            *(column[events] for column in columns), offsets, dataset.learners.take(rows), now, context
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        return np.diff(self.offsets)

    @property
    def rows(self) -> np.ndarray:
        """Query of each event: int64[events]."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @property
    def gaps(self) -> np.ndarray:
        """Seconds from each event to the query's moment, nan where a time is unknown: float64[events]."""
        return np.repeat(self.now, self.lengths) - self.times

    def _with_events(self, keep: np.ndarray) -> Queries:
        counts = np.bincount(self.rows[keep], minlength=len(self))
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        columns = {name: getattr(self, name)[keep] for name in ("items", "verbs", "times", "values")}
        return replace(self, offsets=offsets, **columns)

    def within(self, n_items: int) -> Queries:
        """The same questions where items from row `n_items` on are unknown."""
        return replace(self, items=np.where(self.items < n_items, self.items, -1).astype(np.int32))

    def known(self) -> Queries:
        """Histories without the items that the asked model does not know."""
        return self._with_events(self.items >= 0)

    def engagements(self) -> Queries:
        """Histories of known items that were not dismissed, each item once, at its latest event."""
        event = np.flatnonzero(self.items >= 0)
        width = int(self.items.max(initial=0)) + 1
        key = self.rows[event] * width + self.items[event]
        latest = event[len(event) - 1 - np.unique(key[::-1], return_index=True)[1]]
        keep = np.zeros(len(self.items), bool)
        keep[latest[self.verbs[latest] != DISMISSED]] = True
        return self._with_events(keep)

    @property
    def steps_back(self) -> np.ndarray:
        """0 for the last event of a history, 1 for the one before, and so on: int64[events]."""
        return np.repeat(self.offsets[1:], self.lengths) - 1 - np.arange(len(self.items))

    def last(self, n: int) -> Queries:
        """Histories cut to their last `n` events."""
        return self._with_events(self.steps_back < n)

    def padded(self, length: int) -> np.ndarray:
        """The last `length` items of each history, right-aligned, -1 elsewhere: int64[batch, length]."""
        out = np.full((len(self), length), -1, np.int64)
        back = self.steps_back
        recent = back < length
        out[self.rows[recent], length - 1 - back[recent]] = self.items[recent]
        return out

    def batch(self, start: int, stop: int) -> Queries:
        stop = min(stop, len(self))
        events = slice(self.offsets[start], self.offsets[stop])
        columns = [getattr(self, name)[events] for name in ("items", "verbs", "times", "values")]
        offsets = self.offsets[start : stop + 1] - self.offsets[start]
        rows = np.arange(start, stop)
        learners, context = self.learners.take(rows), self.context.take(rows)
        return Queries(*columns, offsets, learners, self.now[start:stop], context)
