"""What an import did with every part of its source: the numbers add up, and nothing is dropped silently."""

import re
from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import Literal

Outcome = Literal["imported", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class ReportItem:
    """One part of the source. `path` is where it is in the source, `kind` is the source's word for it,
    `reason` says why it was skipped or failed, or what an imported part lost."""

    path: str
    kind: str
    name: str
    outcome: Outcome
    reason: str = ""


class Report:
    """Collects one item for each part of the source, in the order in which they were met."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, str, str], ReportItem] = {}

    def _add(self, path: str, kind: str, name: str, outcome: Outcome, reason: str) -> None:
        name = " ".join(name.split())
        key = (path, kind, name)
        copies = 1
        while key in self._items:
            copies += 1
            key = (path, kind, f"{name} ({copies})".strip())
        self._items[key] = ReportItem(path, kind, key[2], outcome, reason)

    def imported(self, path: str, kind: str, name: str = "", note: str = "") -> None:
        self._add(path, kind, name, "imported", note)

    def skipped(self, path: str, kind: str, name: str = "", *, reason: str) -> None:
        self._add(path, kind, name, "skipped", reason)

    def failed(self, path: str, kind: str, name: str = "", *, reason: str) -> None:
        self._add(path, kind, name, "failed", reason)

    def mark_failed(self, path: str, *, reason: str, name: str = "") -> None:
        """What a reader took for good was refused when it was written: its item says so now."""
        wanted = " ".join(name.split())
        # A part that the source shows several times is listed under a name with a number.
        copy = re.compile(rf"{re.escape(wanted)} ?(\(\d+\))?")
        for key, item in self._items.items():
            if item.path == path and item.outcome == "imported" and (not name or copy.fullmatch(item.name)):
                self._items[key] = replace(item, outcome="failed", reason=reason)
                return
        self.failed(path, "file", name, reason=reason)

    @property
    def items(self) -> list[ReportItem]:
        return list(self._items.values())

    def counts(self) -> dict[str, int]:
        by_outcome = Counter(item.outcome for item in self._items.values())
        return {
            "found": len(self._items),
            "imported": by_outcome["imported"],
            "skipped": by_outcome["skipped"],
            "failed": by_outcome["failed"],
        }

    def as_dict(self) -> dict:
        """`found`, `imported`, `skipped`, `failed` and `items`, ready for JSON."""
        return {**self.counts(), "items": [asdict(item) for item in self.items]}
