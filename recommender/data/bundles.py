"""Reader of history bundles: a folder with items.csv.gz, learners.csv.gz and events.csv.gz.

`read_bundle` returns a `Dataset`. The `read_*` generators below it stream checked rows with their line
numbers, for importers that must not hold the whole file.
"""

from __future__ import annotations

import csv
import gzip
import math
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .context import Context
from .dataset import Dataset, Items, Learners
from .prerequisites import circle
from .vocabulary import DEVICES, KIND_CODE, KINDS, PLACEMENTS, VERB_CODE, VERBS

ITEM_COLUMNS = (
    "item_id",
    "kind",
    "title",
    "description",
    "topics",
    "level",
    "language",
    "provider",
    "instructors",
)
LEARNER_COLUMNS = ("learner_id", "gender", "birth_year", "country", "education")
EVENT_COLUMNS = ("learner_id", "item_id", "verb", "occurred_at", "sequence", "value")
# Columns that may follow the fixed ones.
OPTIONAL_COLUMNS = {
    "items.csv.gz": ("duration_minutes", "published_at", "prerequisites"),
    "learners.csv.gz": ("interests",),
    "events.csv.gz": ("device", "locale", "placement", "page_item", "hour", "weekday"),
}
ANSWER_VALUES = {"answered": (0.0, 1.0), "rated": (1.0, 5.0)}


class BundleError(ValueError):
    """Something in a bundle that can't be read: `file`, `line` (1 is the header) and `reason`."""

    def __init__(self, file: Path, line: int, reason: str):
        self.file, self.line, self.reason = file, line, reason
        super().__init__(f"{file}:{line}: {reason}")


OnBadRow = Callable[[BundleError], None]


class ItemRow(NamedTuple):
    line: int
    item_id: str
    kind: str
    title: str
    description: str
    topics: tuple[str, ...]
    level: str
    language: str
    provider: str
    instructors: tuple[str, ...]
    minutes: float  # nan unknown
    published_at: datetime | None
    prerequisites: tuple[str, ...]


class LearnerRow(NamedTuple):
    line: int
    learner_id: str
    gender: str
    birth_year: int | None
    country: str
    education: str
    interests: tuple[str, ...]


class EventRow(NamedTuple):
    line: int
    learner_id: str
    item_id: str
    verb: str
    occurred_at: datetime | None
    sequence: int
    value: float | None
    moment: tuple[str, str, str, str, int, int]  # the optional columns; empty text and -1 where unknown


NO_MOMENT = ("", "", "", "", -1, -1)


def _fail(bad_row: BundleError) -> None:
    raise bad_row


def _rows(path: Path, columns: tuple[str, ...], on_bad_row: OnBadRow) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each row; cells are as many as fixed and optional columns, empty where absent."""
    if not path.is_file():
        raise BundleError(path, 1, "the file is missing; a bundle has items, learners and events as .csv.gz")
    optional = OPTIONAL_COLUMNS[path.name]
    try:
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            extra = header[len(columns) :]
            if tuple(header[: len(columns)]) != columns or any(name not in optional for name in extra):
                raise BundleError(
                    path, 1, f"the header is {','.join(header)!r}; it must be {','.join(columns)!r}"
                )
            places = [extra.index(name) + len(columns) if name in extra else None for name in optional]
            line = reader.line_num + 1
            for cells in reader:
                if len(cells) != len(header):
                    on_bad_row(
                        BundleError(path, line, f"{len(cells)} cells where the header has {len(header)}")
                    )
                else:
                    yield line, cells[: len(columns)] + ["" if i is None else cells[i] for i in places]
                line = reader.line_num + 1
    except csv.Error as error:
        raise BundleError(path, reader.line_num, f"not readable as CSV ({error})") from error
    except UnicodeDecodeError as error:
        raise BundleError(path, reader.line_num + 1, f"not UTF-8 ({error.reason})") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BundleError(path, 1, f"not a complete gzip file ({error})") from error


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part for part in (part.strip() for part in cell.split("|")) if part)


def _moment(cell: str) -> datetime | None:
    """An ISO 8601 moment; without an offset it is left naive for the caller to judge."""
    if not cell:
        return None
    moment = datetime.fromisoformat(cell)
    if "T" not in cell and " " not in cell:
        raise ValueError("a date without a time")
    return moment


def read_items(folder: Path, *, on_bad_row: OnBadRow = _fail) -> Iterator[ItemRow]:
    """Checked rows of items.csv.gz. Raises BundleError, or hands bad rows to `on_bad_row` and goes on.

    Prerequisites are judged after the last row, when all items are known; an unknown one has gone out with
    its row by then.
    """
    path = Path(folder) / "items.csv.gz"
    line_of: dict[str, int] = {}
    before: dict[str, tuple[str, ...]] = {}
    for line, cells in _rows(path, ITEM_COLUMNS, on_bad_row):
        item_id, kind, title, description, topics, level, language, provider, instructors, *rest = cells
        if not item_id:
            on_bad_row(BundleError(path, line, "item_id is empty"))
        elif item_id in line_of:
            on_bad_row(BundleError(path, line, f"item_id {item_id!r} is already on line {line_of[item_id]}"))
        elif kind not in KIND_CODE:
            on_bad_row(BundleError(path, line, f"kind {kind!r} is none of {', '.join(KINDS)}"))
        else:
            try:
                minutes = float(rest[0] or "nan")
                published_at = _moment(rest[1])
            except ValueError as error:
                on_bad_row(BundleError(path, line, f"duration_minutes or published_at: {error}"))
                continue
            line_of[item_id] = line
            texts = (title, description, _split(topics), level, language, provider, _split(instructors))
            required = _split(rest[2])
            if required:
                before[item_id] = required
            yield ItemRow(line, item_id, kind, *texts, minutes, published_at, required)
    for item_id, required in before.items():
        for other in required:
            if other not in line_of:
                reason = f"prerequisite {other!r} of {item_id!r} is no item of this file"
                on_bad_row(BundleError(path, line_of[item_id], reason))
    if round_trip := circle(before):
        reason = f"the prerequisites lead in a circle: {' needs '.join(round_trip)}"
        on_bad_row(BundleError(path, line_of[round_trip[0]], reason))


def read_learners(folder: Path, *, on_bad_row: OnBadRow = _fail) -> Iterator[LearnerRow]:
    """Checked rows of learners.csv.gz. Raises BundleError, or hands bad rows to `on_bad_row` and goes on."""
    path = Path(folder) / "learners.csv.gz"
    line_of: dict[str, int] = {}
    for line, cells in _rows(path, LEARNER_COLUMNS, on_bad_row):
        learner_id, gender, birth_year, country, education, interests = cells
        if not learner_id:
            on_bad_row(BundleError(path, line, "learner_id is empty"))
        elif learner_id in line_of:
            first = line_of[learner_id]
            on_bad_row(BundleError(path, line, f"learner_id {learner_id!r} is already on line {first}"))
        elif birth_year and not (birth_year.isdecimal() and 1880 <= int(birth_year) <= 2100):
            on_bad_row(BundleError(path, line, f"birth_year {birth_year!r} is not a year"))
        else:
            line_of[learner_id] = line
            year = int(birth_year) if birth_year else None
            yield LearnerRow(line, learner_id, gender, year, country, education, _split(interests))


def read_events(folder: Path, learner_ids, item_ids, *, on_bad_row: OnBadRow = _fail) -> Iterator[EventRow]:
    """Checked rows of events.csv.gz; both id collections need only answer `in`.

    All moments carry an offset, or none does (then they are UTC): a mixture can't be ordered.
    """
    path = Path(folder) / "events.csv.gz"
    aware: bool | None = None
    for line, cells in _rows(path, EVENT_COLUMNS, on_bad_row):
        learner_id, item_id, verb, occurred_at, sequence, value, *rest = cells
        reason, where = None, NO_MOMENT
        moment, number, amount = None, 0, None
        if learner_id not in learner_ids:
            reason = f"learner_id {learner_id!r} is not in learners.csv.gz"
        elif item_id not in item_ids:
            reason = f"item_id {item_id!r} is not in items.csv.gz"
        elif verb not in VERB_CODE:
            reason = f"verb {verb!r} is none of {', '.join(VERBS)}"
        else:
            try:
                moment = _moment(occurred_at)
            except ValueError:
                reason = f"occurred_at {occurred_at!r} is not ISO 8601 such as 2024-05-01T09:30:00+00:00"
        if reason is None and moment is not None:
            is_aware = moment.tzinfo is not None
            if aware is None:
                aware = is_aware
            if aware != is_aware:
                with_or_without = "with" if is_aware else "without"
                reason = f"occurred_at {occurred_at!r} is {with_or_without} an offset, unlike earlier rows"
            elif not is_aware:
                moment = moment.replace(tzinfo=UTC)
        if reason is None:
            reason, number, amount = _numbers(verb, sequence, value)
        if reason is None and any(rest):
            reason, where = _where(rest)
        if reason is None:
            yield EventRow(line, learner_id, item_id, verb, moment, number, amount, where)
        else:
            on_bad_row(BundleError(path, line, reason))


def _numbers(verb: str, sequence: str, value: str) -> tuple[str | None, int, float | None]:
    """(what is wrong, sequence, value) of an event's two numeric cells."""
    try:
        number = int(sequence)
    except ValueError:
        return f"sequence {sequence!r} is not a whole number", 0, None
    if not value:
        return None, number, None
    try:
        amount = float(value)
    except ValueError:
        return f"value {value!r} is not a number", 0, None
    low, high = ANSWER_VALUES.get(verb, (-math.inf, math.inf))
    if not low <= amount <= high or not math.isfinite(amount):
        return f"value {value!r} of a {verb} event is not between {low:g} and {high:g}", 0, None
    return None, number, amount


def _where(cells: list[str]) -> tuple[str | None, tuple]:
    """(what is wrong, the moment) of an event's optional columns."""
    device, locale, placement, page_item, hour, weekday = cells
    for name, cell, limit in (("hour", hour, 24), ("weekday", weekday, 7)):
        if cell and not (cell.isdecimal() and int(cell) < limit):
            return f"{name} {cell!r} is not a whole number below {limit}", NO_MOMENT
    return None, (device, locale, placement, page_item, int(hour or -1), int(weekday or -1))


def _context(moments: list[tuple], item_index: dict[str, int]) -> tuple[Context | None, tuple[str, ...]]:
    """(context, locales) of events in file order; no context where no event tells any."""
    if all(moment is NO_MOMENT for moment in moments):
        return None, ()
    device, locale, placement, page_item, hour, weekday = zip(*moments, strict=True)
    locales = tuple(sorted(set(locale) - {""}))

    def codes(values, names) -> np.ndarray:
        code_of = {name: code for code, name in enumerate(names)}
        return np.array([code_of.get(value, -1) for value in values], np.int32)

    context = Context(
        hour=np.array(hour, np.int32),
        weekday=np.array(weekday, np.int32),
        device=codes(device, DEVICES),
        locale=codes(locale, locales),
        placement=codes(placement, PLACEMENTS),
        item=np.array([item_index.get(value, -1) for value in page_item], np.int32),
    )
    return context, locales


def read_bundle(folder: Path | str, *, on_bad_row: OnBadRow = _fail) -> Dataset:
    """The whole bundle as a data set. Raises BundleError with file and line for anything unreadable."""
    folder = Path(folder)
    item_rows = list(read_items(folder, on_bad_row=on_bad_row))
    learner_rows = list(read_learners(folder, on_bad_row=on_bad_row))
    items, learners = _items(item_rows), _learners(learner_rows)
    item_index = items.index
    learner_index = {learner_id: row for row, learner_id in enumerate(learners.ids)}
    moments, columns = [], [[] for _ in range(6)]
    add_learner, add_item, add_verb, add_time, add_sequence, add_value = (column.append for column in columns)
    for event in read_events(folder, learner_index, item_index, on_bad_row=on_bad_row):
        add_learner(learner_index[event.learner_id])
        add_item(item_index[event.item_id])
        add_verb(VERB_CODE[event.verb])
        add_time(math.nan if event.occurred_at is None else event.occurred_at.timestamp())
        add_sequence(event.sequence)
        add_value(math.nan if event.value is None else event.value)
        moments.append(event.moment)
    if not columns[0]:
        raise BundleError(folder / "events.csv.gz", 1, "no event follows the header; nothing can be learned")
    if len(learners) < 2:
        raise BundleError(folder / "learners.csv.gz", 2, "only one learner; a model needs at least two")
    names = ("learner", "item", "verb", "time", "sequence", "value")
    context, locales = _context(moments, item_index)
    events = dict(zip(names, columns, strict=True))
    return Dataset.build(items, learners, **events, context=context, locales=locales)


def _items(rows: list[ItemRow]) -> Items:
    published = [math.nan if row.published_at is None else row.published_at.timestamp() for row in rows]
    return Items(
        ids=[row.item_id for row in rows],
        kind=np.array([KIND_CODE[row.kind] for row in rows], np.int8),
        title=[row.title for row in rows],
        description=[row.description for row in rows],
        topics=[row.topics for row in rows],
        level=[row.level for row in rows],
        language=[row.language for row in rows],
        provider=[row.provider for row in rows],
        instructors=[row.instructors for row in rows],
        minutes=np.array([row.minutes for row in rows], np.float32),
        published_at=np.array(published, np.float64),
        prerequisites=[row.prerequisites for row in rows],
    )


def _learners(rows: list[LearnerRow]) -> Learners:
    return Learners(
        ids=[row.learner_id for row in rows],
        gender=[row.gender for row in rows],
        birth_year=np.array([row.birth_year or math.nan for row in rows], np.float32),
        country=[row.country for row in rows],
        education=[row.education for row in rows],
        interests=[row.interests for row in rows],
    )
