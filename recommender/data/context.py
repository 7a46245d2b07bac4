"""Where and when something happened, or is asked."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

SECONDS_A_DAY = 86_400


@dataclass(frozen=True, eq=False)
class Context:
    """Columns int32[n]; -1 means unknown."""

    hour: np.ndarray  # 0 to 23, local where the site knew it
    weekday: np.ndarray  # 0 is Monday
    device: np.ndarray  # codes of DEVICES
    locale: np.ndarray  # rows of the data set's `locales`, or codes given by the asking side's vocabulary
    placement: np.ndarray  # codes of PLACEMENTS
    item: np.ndarray  # row of the item on the page

    @classmethod
    def at(cls, now: np.ndarray, **known: np.ndarray) -> Context:
        """Hour and weekday (UTC) of `now` (epoch seconds, nan unknown); all else unknown unless given."""
        timed = np.isfinite(now)
        seconds = np.where(timed, now, 0)
        columns = {column.name: np.full(len(now), -1, np.int32) for column in fields(cls)}
        columns["hour"] = np.where(timed, seconds // 3600 % 24, -1).astype(np.int32)
        columns["weekday"] = np.where(timed, (seconds // SECONDS_A_DAY + 3) % 7, -1).astype(np.int32)
        return cls(**(columns | known))

    def __len__(self) -> int:
        return len(self.hour)

    def take(self, rows) -> Context:
        return Context(*(getattr(self, column.name)[rows] for column in fields(self)))

    def with_item_rows(self, new_row: np.ndarray) -> Context:
        """The same moments where item i is now row new_row[i] (-1: no longer known)."""
        return replace(self, item=np.where(self.item >= 0, new_row[self.item], -1).astype(np.int32))
