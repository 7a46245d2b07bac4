"""Names with fixed codes, and vocabularies learned from a data set. A code never changes its meaning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

KINDS = ("course", "lesson", "quiz", "question")
VERBS = ("viewed", "enrolled", "completed", "answered", "passed", "failed", "rated", "dismissed")
DEVICES = ("desktop", "mobile", "tablet")
PLACEMENTS = (
    "home",
    "catalogue",
    "topic",
    "course",
    "lesson",
    "quizzes",
    "quiz",
    "result",
    "wallet",
    "profile",
    "yours",
    "notices",
    "search",
    "not_found",
    "email",
    "page",
)

KIND_CODE = {kind: code for code, kind in enumerate(KINDS)}
VERB_CODE = {verb: code for code, verb in enumerate(VERBS)}
DISMISSED = VERB_CODE["dismissed"]


@dataclass(frozen=True)
class Vocabulary:
    """An ordered set of strings; code 0 means unknown, so `len(vocabulary)` rows suffice for an embedding."""

    words: tuple[str, ...]

    @classmethod
    def learn(cls, values: Iterable[str], *, min_count: int = 1) -> Vocabulary:
        """The non-empty values that occur at least `min_count` times, in alphabetical order."""
        counts = Counter(value for value in values if value)
        return cls(tuple(sorted(value for value, count in counts.items() if count >= min_count)))

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {word: code for code, word in enumerate(self.words, start=1)}

    def code(self, value: str) -> int:
        return self._codes.get(value, 0)

    def __len__(self) -> int:
        return len(self.words) + 1
