"""What the engine is asked and what it answers: plain values, known to pages and to the engine alike.

An item is always named by its text key, "course:12". Times are seconds since 1970 in UTC; `None` is unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

KINDS = ("course", "lesson", "quiz", "question")
VERBS = ("viewed", "enrolled", "completed", "answered", "passed", "failed", "rated", "dismissed")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing the learner did, as the event log has it."""

    item: str
    verb: str
    time: float | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of the learner beside what they did. Every field may be empty.

    Skill and credits earned are not here: the towers read them from the graded events of the history.
    """

    interests: tuple[str, ...] = ()
    """Topic slugs the learner chose."""
    gender: str = ""
    birth_year: int | None = None
    country: str = ""
    education: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """The moment and the page. `hour` (0 to 23) and `weekday` (0 is Monday) are the learner's local ones."""

    placement: str = ""
    item: str | None = None
    """The item that the page shows."""
    now: float | None = None
    hour: int | None = None
    weekday: int | None = None
    device: str = ""
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One row of suggestions that a page asks for."""

    events: tuple[Event, ...] = ()
    """The learner's recent events, oldest first; the engine reads the last 50."""
    profile: Profile = Profile()
    context: Context = Context()
    exclude: frozenset[str] = frozenset()
    """Never shown: finished, dismissed, enrolled in, not open to this learner."""
    completed: frozenset[str] = frozenset()
    """What counts as a met prerequisite."""
    limit: int = 6
    quotas: Mapping[str, int] = field(default_factory=lambda: {"quiz": 1})
    """At least so many of a kind, where the catalogue has them."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item is shown. `code` is one of

    - "history": `item`, an event of the learner, added most to the score
    - "again": the learner met this very `item` before and did not finish it
    - "page": the item on the page (`item`) did
    - "interest": the interest `topic` did
    - "popular": how many chose it lately
    - "moment": the hour, the weekday, the device or the placement
    - "profile": what else the profile says
    - "prerequisite": it comes before `item`, which was to be suggested
    - "new": just published, and close in its features to what the learner does
    """

    code: str
    source: str = ""
    """The candidate source with the largest share of that contribution: "ease", "markov", "towers" ..."""
    item: str | None = None
    topic: str | None = None
    contribution: float = 0.0
    """The part of the score that this reason carries, in units of the score."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    item: str
    score: float
    reason: Reason
    source: str
    """The candidate source that gave the item the most, for the impression log."""
    probability: float = 1.0
    """With which the item was shown at this position. The engine is deterministic, so it is 1."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    items: tuple[Suggestion, ...]
    version: str
    """The artifact's id; "popular" where no model answered."""
    milliseconds: float = 0.0
