"""What a page is made of, and what its conversion knows."""

from collections.abc import Callable
from dataclasses import dataclass, field

# What to write for a link or an image of the source: a new target, or None to keep only its text.
Resolve = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a page in order: `kind` is text (then `markdown`), embed, video or audio (then `url`)."""

    kind: str
    markdown: str = ""
    url: str = ""
    title: str = ""


@dataclass(slots=True)
class Context:
    link: Resolve
    image: Resolve
    heading_floor: int
    frames: list[Part] = field(default_factory=list)
