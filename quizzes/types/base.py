"""The protocol that every question type follows.

Three JSON values meet here, and none of them holds a learner's identity:

- `data`: what the author wrote, the answer key included (stored in the question's version);
- `variant`: what the seed of one attempt drew for it, such as the order of the options;
- `response`: what the learner answered, in the author's numbering, or None for no answer.

Pages show options by their place in the variant's order, never by the author's numbering: authors often write
the right answer first, so that numbering is itself an answer key.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _

REGISTRY: dict[str, QuestionType] = {}

Html = Callable[[str], str]
Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Grade:
    """What a response is worth.

    fraction: from -1 to 1 of the question's mark, or None when a person has to decide.
    feedback: the author's Markdown for the answers that were given.
    parts: the fraction of each gap or row, for types that have several.
    """

    fraction: float | None
    feedback: tuple[str, ...] = ()
    parts: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerClass:
    """One answer that statistics count: its key in `classify`, a label and what it is worth."""

    key: str
    label: str
    fraction: float


class QuestionType(ABC):
    """One kind of question. Instances hold no state; one of each is registered under its `name`."""

    name: ClassVar[str]
    label: ClassVar[str]
    widget: ClassVar[str]
    is_graded: ClassVar[bool] = True
    needs_person: ClassVar[bool] = False
    can_be_gap: ClassVar[bool] = False

    @abstractmethod
    def validate(self, data: dict) -> list[str]:
        """Sentences that say what is wrong with the author's data; empty when it can be used."""

    def text_problems(self, text: str, data: dict) -> list[str]:
        """Sentences about the question's text, for types whose gaps lie in it."""
        return []

    def draw(self, data: dict, rng: random.Random, *, shuffle: bool = True) -> dict:
        """The variant of one attempt."""
        return {}

    @abstractmethod
    def present(self, data: dict, variant: dict, response: Any, html: Html, text: str) -> dict:
        """Context of the widget template. It must not hold anything of the answer key.

        html turns the author's Markdown into the sanitised HTML made when the version was saved; text is the
        question's sanitised HTML (a type whose gaps or parameters lie in the text returns its own "text").
        """

    @abstractmethod
    def read(self, data: dict, variant: dict, fields: Fields) -> Any:
        """The response in a posted form, or None. Fields are the question's own, without their prefix."""

    @abstractmethod
    def grade(self, data: dict, response: Any, variant: dict) -> Grade:
        """Judge a response that `read` returned; None is worth nothing. Never raises for a stored
        response.
        """

    def part_weights(self, data: dict) -> list[float] | None:
        """Weights of the parts that `grade` tells, where each part is an answer of its own; else None."""
        return None

    def size(self, data: dict) -> Any:
        """What has to stay the same for an answer to one version to be judged by another."""
        return None

    @abstractmethod
    def right_answer(self, data: dict, variant: dict) -> str:
        """The right answer in words."""

    @abstractmethod
    def summarise(self, data: dict, response: Any, variant: dict) -> str:
        """The learner's answer in words, empty for none."""

    def option_states(self, data: dict, response: Any, variant: dict, *, answers: bool) -> dict:
        """{value of a shown option: "right" or "wrong"} for the review, for types that list their options.

        Without `answers` only what was chosen is judged; with it every right option is named.
        """
        return {}

    def random_guess_score(self, data: dict) -> float | None:
        """Expected fraction of a blind guess, None where guessing has no meaning."""
        return 0.0

    def answer_classes(self, data: dict) -> list[AnswerClass]:
        """The answers that statistics count, in the author's order."""
        return []

    def classify(self, data: dict, response: Any) -> list[str]:
        """Keys of `answer_classes` that a response falls into."""
        return []

    lines_help: ClassVar[str] = ""

    def to_lines(self, data: dict) -> str | None:
        """The answers as lines that a teacher edits, or None if this data can only be edited as JSON."""
        return None

    def from_lines(self, lines: list[str], data: dict) -> dict:
        """The reverse: `data` with the answers of these lines. Raises ValueError with a sentence."""
        raise ValueError(_("Write the answers of this type as JSON."))

    def fragments(self, data: dict) -> Iterator[str]:
        """Every piece of the author's Markdown inside `data`."""
        yield from ()


def register(cls: type[QuestionType]) -> type[QuestionType]:
    REGISTRY[cls.name] = cls()
    return cls


def clamp(value: float, low: float = -1.0, high: float = 1.0) -> float:
    return min(max(value, low), high)


def first(fields: Fields, name: str) -> str:
    """The last value posted under a name, stripped; a form repeats a name only for tick boxes."""
    values = fields.get(name) or [""]
    return str(values[-1]).strip()


def position(raw: str, order: Sequence[int]) -> int | None:
    """The author's number of the option shown at place `raw`, None for anything else."""
    if raw.isascii() and raw.isdigit() and int(raw) < len(order):
        return order[int(raw)]
    return None


def shuffled(count: int, rng: random.Random, shuffle: bool) -> list[int]:
    order = list(range(count))
    if shuffle:
        rng.shuffle(order)
    return order


def is_number(value: Any) -> bool:
    """A finite JSON number; booleans are not numbers here."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


def is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
