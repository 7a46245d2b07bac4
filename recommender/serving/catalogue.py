"""The catalogue as arrays: one immutable snapshot a process, shared by all requests."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

LEVELS = {"": 0, "beginner": 1, "intermediate": 2, "advanced": 3}


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """One row for `Catalogue.of`. `popularity` counts recent first contacts (any unit, not negative)."""

    key: str
    kind: str
    topics: tuple[str, ...] = ()
    level: str = ""
    language: str = ""
    provider: str = ""
    instructors: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    popularity: float = 0.0
    published_at: float | None = None
    available: bool = True


@dataclass(frozen=True, eq=False)
class Catalogue:
    """`n` items in one fixed order. Build it with `Catalogue.of`; treat it as immutable.

    Codes are positions in this snapshot's own word lists; -1 is unknown. `topics` is a ragged
    array: item `i` has `topic_codes[topic_offsets[i]:topic_offsets[i + 1]]`; prerequisites alike, as rows.
    """

    keys: tuple[str, ...]
    kind: np.ndarray  # [n] str
    available: np.ndarray  # [n] bool
    level: np.ndarray  # [n] int8, 0 unknown, 1 beginner to 3 advanced
    language: np.ndarray  # [n] int32
    provider: np.ndarray  # [n] int32
    instructor: np.ndarray  # [n] int32, the first one
    topic_codes: np.ndarray  # [total] int32
    topic_offsets: np.ndarray  # [n + 1] int64
    prerequisite_rows: np.ndarray  # [total] int32
    prerequisite_offsets: np.ndarray  # [n + 1] int64
    popularity: np.ndarray  # [n] float32
    published_at: np.ndarray  # [n] float64, NaN unknown
    topics: tuple[str, ...]  # the topics' words

    @classmethod
    def of(cls, items: Iterable[CatalogueItem]) -> "Catalogue":
        """Arrays from rows. A prerequisite that is not in the catalogue is ignored."""
        items = list(items)
        rows = {item.key: row for row, item in enumerate(items)}
        topics, languages, providers, instructors = {}, {}, {}, {}
        topic_codes = [[_code(topics, topic) for topic in item.topics if topic] for item in items]
        prerequisites = [[rows[key] for key in item.prerequisites if key in rows] for item in items]
        return cls(
            keys=tuple(item.key for item in items),
            kind=np.array([item.kind for item in items], dtype="U8"),
            available=np.array([item.available for item in items], dtype=bool),
            level=np.array([LEVELS.get(item.level, 0) for item in items], dtype=np.int8),
            language=np.array([_code(languages, item.language) for item in items], dtype=np.int32),
            provider=np.array([_code(providers, item.provider) for item in items], dtype=np.int32),
            instructor=np.array(
                [_code(instructors, item.instructors[0] if item.instructors else "") for item in items],
                dtype=np.int32,
            ),
            topic_codes=_flat(topic_codes),
            topic_offsets=_offsets(topic_codes),
            prerequisite_rows=_flat(prerequisites),
            prerequisite_offsets=_offsets(prerequisites),
            popularity=np.array([item.popularity for item in items], dtype=np.float32),
            published_at=np.array(
                [np.nan if item.published_at is None else item.published_at for item in items],
                dtype=np.float64,
            ),
            topics=tuple(topics),
        )

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def row(self) -> dict[str, int]:
        """Key to row."""
        return {key: row for row, key in enumerate(self.keys)}

    @cached_property
    def topic_code(self) -> dict[str, int]:
        return {topic: code for code, topic in enumerate(self.topics)}

    def topics_of(self, row: int) -> np.ndarray:
        """Topic codes of one item."""
        return self.topic_codes[self.topic_offsets[row] : self.topic_offsets[row + 1]]

    def prerequisites_of(self, row: int) -> np.ndarray:
        """Rows of the items that come before one item."""
        return self.prerequisite_rows[self.prerequisite_offsets[row] : self.prerequisite_offsets[row + 1]]


def _code(codes: dict[str, int], word: str) -> int:
    return codes.setdefault(word, len(codes)) if word else -1


def _flat(lists: list[list[int]]) -> np.ndarray:
    return np.array([value for values in lists for value in values], dtype=np.int32)


def _offsets(lists: list[list[int]]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum([len(values) for values in lists], dtype=np.int64)]).astype(
        np.int64
    )
