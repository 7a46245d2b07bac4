"""A course as the importers see it: neutral records, without a database and without a source format.

Readers turn a foreign course into a `CourseOutline`; `course_import` turns an outline into rows. Inside
`markdown` two schemes stand for places that have no address yet:

- `lesson:KEY` (optionally `#anchor`): the lesson with that `key`;
- `media:NAME`: the media file with that `name`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

BlockKind = Literal["text", "image", "video", "audio", "file", "quiz", "exercise", "embed"]

LESSON_SCHEME = "lesson:"
MEDIA_SCHEME = "media:"


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file that the course shows or offers. `name` is its path inside the course; bytes lie at `path`,
    or in `data` where the source holds them inline; `source` is where the report lists it."""

    name: str
    path: Path | None = None
    data: bytes | None = None
    source: str = ""
    alt: str = ""
    size: int = 0

    def read(self) -> bytes:
        return self.data if self.data is not None else self.path.read_bytes()


@dataclass(frozen=True, slots=True)
class Captions:
    """Timed text of a video, as WebVTT."""

    language: str
    vtt: str


@dataclass(frozen=True, slots=True)
class QuizOutline:
    """`data` is the quiz as `quizzes.authoring.create_quiz` takes it; `origins` says for each question
    where the source has it, so that a question refused later can be reported by its path; `files` are the
    pictures that its texts name as `question-file:NAME`; `settings` are fields of the quiz beside those of
    `data`: `opens_at`, `closes_at`, `shuffle_answers`, `show_answers`, `grading`, `navigation`,
    `one_per_page`, `password`."""

    key: str
    title: str
    data: Mapping[str, Any]
    path: str = ""
    origins: tuple[tuple[str, str, str], ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BlockOutline:
    """One block of a lesson. Which fields are filled depends on `kind`: `markdown` for text and exercise,
    `media` or `url` for image, video, audio, file and embed, `quiz` for quiz."""

    kind: BlockKind
    markdown: str = ""
    title: str = ""
    url: str = ""
    media: str = ""
    alt: str = ""
    captions: tuple[Captions, ...] = ()
    transcript: str = ""
    answer: str = ""
    quiz: QuizOutline | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class LessonOutline:
    """One page of a course. `key` names it in `lesson:` links and is unique in the course; a published lesson
    with `publish_at` appears then."""

    key: str
    title: str
    blocks: tuple[BlockOutline, ...] = ()
    slug: str = ""
    preview: bool = False
    minutes: int | None = None
    topics: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    published: bool = True
    publish_at: datetime | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class SectionOutline:
    title: str
    lessons: tuple[LessonOutline, ...] = ()
    key: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class CourseOutline:
    """A whole course. `external_id` is the source's own name of it: a second import with the same one
    updates the course of the first."""

    title: str
    external_id: str
    sections: tuple[SectionOutline, ...] = ()
    slug: str = ""
    summary: str = ""
    description: str = ""
    topics: tuple[str, ...] = ()
    level: str = ""
    language: str = ""
    provider: str = ""
    instructors: tuple[str, ...] = ()
    price: int = 0
    prerequisites: tuple[str, ...] = ()
    skills_taught: tuple[str, ...] = ()
    skills_required: tuple[str, ...] = ()
    image: str = ""
    media: Mapping[str, MediaFile] = field(default_factory=dict)

    def lessons(self) -> Iterator[LessonOutline]:
        for section in self.sections:
            yield from section.lessons

    def blocks(self) -> Iterator[BlockOutline]:
        for lesson in self.lessons():
            yield from lesson.blocks
