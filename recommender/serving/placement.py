"""What a page is for: a small, fixed preference of each placement, on top of what was learned.

History without impressions says nothing of placements: a network trained on it treats all pages alike.
A page about credits should still lean towards quizzes. All of it is deterministic.
"""

from __future__ import annotations

import zlib

import numpy as np

KIND_LEANING = {
    "home": {"course": 0.3},
    "catalogue": {"course": 0.6},
    "topic": {"course": 0.4, "lesson": 0.2},
    "course": {"lesson": 0.2, "quiz": 0.2},
    "lesson": {"quiz": 0.4, "lesson": 0.2},
    "quizzes": {"quiz": 0.6},
    "quiz": {"lesson": 0.4},
    "result": {"lesson": 0.3, "course": 0.3},
    "wallet": {"quiz": 0.6},
    "profile": {"course": 0.2},
    "search": {"course": 0.3, "lesson": 0.3},
    "not_found": {"course": 0.2},
}
"""Added to an item's log-odds, by kind. 0.7 doubles the odds."""
VARIETY = 0.35
"""Largest fixed addition of one (page, item) pair: of near equals, each page shows other ones."""


def leaning(placement: str, page_item: str | None, kinds: np.ndarray, keys: list[str]) -> np.ndarray:
    """float32[items]: what to add to the log-odds of items of these kinds and keys."""
    by_kind = KIND_LEANING.get(placement, {})
    seed = zlib.crc32(f"{placement}|{page_item or ''}".encode())
    variety = np.fromiter((zlib.crc32(key.encode(), seed) for key in keys), np.float64, len(keys)) / 2**32
    kind = np.fromiter((by_kind.get(str(kind), 0.0) for kind in kinds), np.float64, len(kinds))
    return (kind + VARIETY * variety).astype(np.float32)
