"""The only door to courses and quizzes: what there is to suggest, with features, prerequisites and cards.

A process keeps one immutable snapshot. When it is older than `REFRESH_SECONDS` a background thread asks the
database whether it would still be the same, and reads it anew if not: no page waits for it, and a published
item is known within a minute.
"""

import logging
import math
import threading
import time
from dataclasses import dataclass, replace

from django.db import connection
from django.urls import reverse

from activity.models import Kind
from courses.models import Course, Lesson
from quizzes.models import Quiz
from recommender.data.dataset import Items
from recommender.data.vocabulary import KIND_CODE
from recommender.models import ItemPopularity
from recommender.serving.catalogue import Catalogue, CatalogueItem

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One published item: what a page shows of it, and what a model knows of it.

    A part of a course (lesson, quiz) has the course's features where it has none of its own. `credits` are
    earned by a quiz and paid for a course; `course` is the key of the course that an item is part of.
    """

    kind: str
    object_id: int
    title: str
    url: str
    summary: str = ""
    topics: tuple[str, ...] = ()
    level: str = ""
    language: str = ""
    provider: str = ""
    instructors: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    minutes: int = 0
    credits: int = 0
    published_at: float | None = None
    course: str | None = None
    slug: str = ""
    available: bool = True

    @property
    def key(self):
        return f"{self.kind}:{self.object_id}"


@dataclass(frozen=True)
class Snapshot:
    catalogue: Catalogue
    cards: dict[str, Card]
    topic_names: dict[str, str]
    quizzes_behind: dict[str, tuple[str, ...]]
    """Priced course -> its quizzes, which only those who unlocked the course may take."""
    fingerprint: tuple
    read_at: float


def item_key(kind, object_id):
    """The text key of an item, "course:12", from a `Kind` code or a name."""
    name = kind if isinstance(kind, str) else Kind(kind).name.lower()
    return f"{name}:{object_id}"


def split_key(key):
    """(kind name, object id) of a key such as "course:12"; ValueError if it is none."""
    kind, _, number = key.partition(":")
    if kind not in KIND_CODE or not number.isdecimal():
        raise ValueError(f"{key!r} is not an item: write it as course:12")
    return kind, int(number)


def cards():
    """Every published course, lesson and quiz as a `Card`, by key, in a fixed number of queries."""
    found = {}
    # Parts take over features of their course, so courses are read first.
    for part in (_courses(), _lessons(found), _quizzes(found)):
        found.update({card.key: card for card in part})
    return found


def _tables():
    """All that a snapshot is made of, one queryset a table."""
    return {
        "courses": Course.objects.published().values(
            "pk", "slug", "title", "summary", "level", "language", "provider", "instructors", "price",
            "estimated_minutes", "published_at",
        ),
        "lessons": Lesson.objects.published().values(
            "pk", "slug", "title", "minutes", "published_at", "course_id", "course__slug"
        ),
        "quizzes": Quiz.objects.published().values(
            "pk", "slug", "title", "description", "level", "language", "credits", "published_at",
            "course_id", "lesson__course_id",
        ),
        "open quizzes": Quiz.objects.open().values_list("pk", flat=True),
        "course topics": Course.topics.through.objects.values_list("course_id", "topic__slug"),
        "quiz topics": Quiz.topics.through.objects.values_list("quiz_id", "topic__slug"),
        "prerequisites": Course.prerequisites.through.objects.values_list("from_course_id", "to_course_id"),
        "topic names": Course.topics.through.objects.values_list("topic__slug", "topic__name").distinct(),
        "popularity": ItemPopularity.objects.values_list("kind", "object_id", "weight"),
    }  # fmt: skip


def _fingerprint():
    """(rows, sum of the rows' hashes) of each table, made by the database: what `read` would find is what it
    was as long as this is. It takes a fifteenth of the time of reading."""
    found = []
    with connection.cursor() as cursor:
        for queryset in _tables().values():
            sql, parameters = queryset.order_by().query.get_compiler(connection=connection).as_sql()
            cursor.execute(
                f"SELECT count(*), sum(hashtextextended(r::text, 0)) FROM ({sql}) AS r",  # noqa: S608
                parameters,
            )
            found.append(cursor.fetchone())
    return tuple(found)


def _courses():
    topics, required = _many("course topics"), _many("prerequisites")
    for row in _tables()["courses"].order_by("pk").iterator(chunk_size=5000):
        yield Card(
            kind="course",
            object_id=row["pk"],
            slug=row["slug"],
            title=row["title"],
            url=reverse("courses:course", args=[row["slug"]]),
            summary=row["summary"],
            topics=tuple(topics.get(row["pk"], ())),
            level=row["level"],
            language=row["language"],
            provider=row["provider"],
            instructors=tuple(row["instructors"]),
            prerequisites=tuple(item_key(Kind.COURSE, pk) for pk in required.get(row["pk"], ())),
            minutes=row["estimated_minutes"] or 0,
            credits=row["price"],
            published_at=_timestamp(row["published_at"]),
        )


def _of_course(course):
    """The features that a part takes over from its course."""
    if course is None:
        return {}
    names = ("topics", "level", "language", "provider", "instructors", "prerequisites")
    return {name: getattr(course, name) for name in names} | {"course": course.key}


def _lessons(found):
    for row in _tables()["lessons"].order_by("pk").iterator(chunk_size=5000):
        yield Card(
            kind="lesson",
            object_id=row["pk"],
            slug=row["slug"],
            title=row["title"],
            url=reverse("courses:lesson", args=[row["course__slug"], row["slug"]]),
            minutes=row["minutes"],
            published_at=_timestamp(row["published_at"]),
            # Lessons are part of histories and pages, but what is suggested is a course or a quiz.
            available=False,
            **_of_course(found[item_key(Kind.COURSE, row["course_id"])]),
        )


def _quizzes(found):
    topics, open_now = _many("quiz topics"), set(_tables()["open quizzes"])
    for row in _tables()["quizzes"].order_by("pk").iterator(chunk_size=5000):
        course_id = row["course_id"] or row["lesson__course_id"]
        course = found.get(item_key(Kind.COURSE, course_id))
        if course_id is not None and course is None:
            continue  # its course is not published
        own = {"level": row["level"], "language": row["language"], "topics": tuple(topics.get(row["pk"], ()))}
        yield Card(
            kind="quiz",
            object_id=row["pk"],
            slug=row["slug"],
            title=row["title"],
            url=reverse("quizzes:quiz", args=[row["slug"]]),
            summary=row["description"][:200],
            credits=row["credits"],
            published_at=_timestamp(row["published_at"]),
            available=row["pk"] in open_now,
            **_of_course(course) | {name: value for name, value in own.items() if value},
        )


def _many(table):
    """{source id: [target values]} of a many-to-many table, in one query."""
    rows = {}
    for source_id, value in _tables()[table].order_by("pk"):
        rows.setdefault(source_id, []).append(value)
    return rows


def _timestamp(moment):
    return moment.timestamp() if moment else None


def read():
    """Read the published catalogue from the database: a `Snapshot`."""
    fingerprint = _fingerprint()  # before the reading: what changes in between is found at the next look
    found = cards()
    popularity = {item_key(kind, object_id): weight for kind, object_id, weight in _tables()["popularity"]}
    behind = {key: [] for key, card in found.items() if card.kind == "course" and card.credits}
    for key, card in found.items():
        if card.kind == "quiz" and card.course in behind:
            behind[card.course].append(key)
    return Snapshot(
        catalogue=Catalogue.of(_catalogue_item(card, popularity) for card in found.values()),
        cards=found,
        topic_names=dict(_tables()["topic names"]),
        quizzes_behind={key: tuple(quizzes) for key, quizzes in behind.items()},
        fingerprint=fingerprint,
        read_at=time.monotonic(),
    )


def _catalogue_item(card, popularity):
    return CatalogueItem(
        key=card.key,
        kind=card.kind,
        topics=card.topics,
        level=card.level,
        language=card.language,
        provider=card.provider,
        instructors=card.instructors,
        prerequisites=card.prerequisites,
        popularity=popularity.get(card.key, 0.0),
        published_at=card.published_at,
        available=card.available,
    )


class _Holder:
    """The process's snapshot. The first reader waits for it; later ones get the one there is."""

    def __init__(self):
        self.snapshot = None
        self.lock = threading.Lock()
        self.refreshing = False

    def current(self):
        snapshot = self.snapshot
        if snapshot is None:
            with self.lock:
                if self.snapshot is None:
                    self.snapshot = read()
                return self.snapshot
        if time.monotonic() - snapshot.read_at > REFRESH_SECONDS and not self.refreshing:
            self.refreshing = True
            threading.Thread(target=self._refresh, name="catalogue", daemon=True).start()
        return snapshot

    def _refresh(self):
        try:
            self.refresh()
        except Exception:
            # The old snapshot goes on serving; the next page after the pause tries again.
            logger.exception("The catalogue could not be read; suggestions go on with the one from before.")
        finally:
            self.refreshing = False
            connection.close()

    def refresh(self):
        """Look whether the catalogue has changed, read it anew if so, and say whether it was read."""
        snapshot = self.snapshot
        if snapshot is not None and snapshot.fingerprint == _fingerprint():
            self.snapshot = replace(snapshot, read_at=time.monotonic())
            return False
        self.snapshot = read()
        return True

    def forget(self):
        """Read the catalogue anew at the next request."""
        self.snapshot = None


_holder = _Holder()
current = _holder.current
refresh = _holder.refresh
forget = _holder.forget


def training_items(found=None):
    """The published catalogue as the item columns of a data set."""
    found = list((cards() if found is None else found).values())
    return Items(
        ids=[card.key for card in found],
        kind=[KIND_CODE[card.kind] for card in found],
        title=[card.title for card in found],
        description=[card.summary for card in found],
        topics=[card.topics for card in found],
        level=[card.level for card in found],
        language=[card.language for card in found],
        provider=[card.provider for card in found],
        instructors=[card.instructors for card in found],
        minutes=[card.minutes or math.nan for card in found],
        published_at=[math.nan if card.published_at is None else card.published_at for card in found],
        prerequisites=[card.prerequisites for card in found],
    )
