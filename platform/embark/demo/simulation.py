"""Simulated learners: believable histories from a small model of how people learn.

Each learner has tastes over topics, skills that grow with lessons and fade with time, and habits of the week
and the day. In a session a learner goes on with a course, looks around, or takes a quiz again; a quiz is
passed by what the learner knows. Everything follows from a seed, so that a demonstration can be repeated.

The model knows courses only as the records below: it reads no database and writes none.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

HISTORY_DAYS = 200
FORGETTING_DAYS = 90.0  # After so many days without practice, a skill has lost 63 % of what lessons gave.
LESSON_GAIN = 0.4
QUIZ_GAIN = 0.15
DISCRIMINATION = 2.6  # How sharply a question tells those who know from those who don't.
GUESSING = 0.15
LEAVING = 0.03  # Chance to stay away for good, after each session.
BOREDOM = 0.16  # Chance to give a course up, at each opening of it, for somebody with no taste for it.
PATIENCE = 7  # Sessions without anything to do after which a learner stays away.

GIVEN_NAMES = [
    "Aiko",
    "Alma",
    "Amara",
    "Anders",
    "Anika",
    "Arjun",
    "Bea",
    "Bilal",
    "Bruno",
    "Camila",
    "Chidi",
    "Chloe",
    "Dalia",
    "Daniel",
    "Davi",
    "Dina",
    "Edda",
    "Elif",
    "Emre",
    "Eva",
    "Farid",
    "Fatima",
    "Femi",
    "Finn",
    "Freya",
    "Gabor",
    "Gita",
    "Hana",
    "Hugo",
    "Ida",
    "Ilya",
    "Imani",
    "Ines",
    "Ivan",
    "Jana",
    "Jonas",
    "Julia",
    "Kaito",
    "Karim",
    "Kenza",
    "Lars",
    "Leila",
    "Lena",
    "Leo",
    "Lina",
    "Luca",
    "Mads",
    "Mai",
    "Malik",
    "Mara",
    "Marta",
    "Mateo",
    "Mei",
    "Milan",
    "Mina",
    "Nadia",
    "Nils",
    "Noor",
    "Nora",
    "Olga",
    "Omar",
    "Paula",
    "Pedro",
    "Pia",
    "Priya",
    "Rafael",
    "Rana",
    "Rosa",
    "Ruth",
    "Sami",
    "Sanna",
    "Sara",
    "Sofia",
    "Sven",
    "Tara",
    "Tess",
    "Timo",
    "Uma",
    "Vera",
    "Viktor",
    "Wanda",
    "Wei",
    "Yara",
    "Yusuf",
    "Zoe",
]
TIME_ZONES = (
    ("Europe/London", 4), ("Europe/Berlin", 6), ("Europe/Madrid", 3), ("Africa/Lagos", 2),
    ("Asia/Kolkata", 4), ("Asia/Tokyo", 2), ("America/New_York", 4),
    ("America/Sao_Paulo", 2), ("America/Los_Angeles", 2),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Habit:
    """When somebody learns: usual hour of the day with its spread, and weight of each day from Monday."""

    hour: float
    spread: float
    days: tuple[float, ...]
    mobile: float


HABITS = (
    Habit(7.5, 0.8, (3, 3, 3, 3, 3, 0.5, 0.5), 0.75),  # on the way to work
    Habit(12.6, 0.7, (2, 3, 3, 3, 2, 0.3, 0.3), 0.45),  # at lunch
    Habit(20.5, 1.4, (3, 3, 3, 2.5, 1, 1, 2.5), 0.35),  # in the evening
    Habit(14.5, 2.6, (0.4, 0.4, 0.4, 0.4, 1, 4, 4), 0.2),  # at the weekend
    Habit(23.3, 1.2, (2, 2, 2, 2, 2.5, 2.5, 2), 0.6),  # late at night
)


@dataclass(frozen=True, slots=True)
class QuizShape:
    """A quiz as the model sees it: its questions as (primary key, skills)."""

    pk: int
    skills: tuple[str, ...]
    questions: tuple[tuple[int, tuple[str, ...]], ...]
    pass_mark: int


@dataclass(frozen=True, slots=True)
class LessonShape:
    pk: int
    skills: tuple[str, ...]
    minutes: int
    preview: bool
    quizzes: tuple[QuizShape, ...] = ()


@dataclass(frozen=True, slots=True)
class CourseShape:
    pk: int
    topics: tuple[str, ...]
    difficulty: float
    price: int
    prerequisites: tuple[int, ...]
    skills_required: tuple[str, ...]
    lessons: tuple[LessonShape, ...]


@dataclass(frozen=True, slots=True)
class SimulatedEvent:
    at: datetime
    verb: str
    kind: str
    object_id: int
    value: float | None = None
    device: str = "desktop"
    hour: int = 0
    weekday: int = 0


@dataclass(slots=True)
class Enrolled:
    """How far a learner is in a course."""

    at: datetime
    done: dict[int, datetime] = field(default_factory=dict)
    opened: dict[int, datetime] = field(default_factory=dict)
    completed_at: datetime | None = None
    stars: int | None = None
    last: tuple[int, datetime] | None = None


@dataclass(slots=True)
class SimulatedLearner:
    number: int
    name: str
    timezone: str
    interests: tuple[str, ...]
    joined: datetime
    events: list[SimulatedEvent]
    enrolments: dict[int, Enrolled]


def simulate(
    courses: Sequence[CourseShape], *, numbers: Sequence[int], seed: int, now: datetime
) -> list[SimulatedLearner]:
    """One history for each number; the same number, seed and moment give the same history."""
    topics = sorted({topic for course in courses for topic in course.topics})
    followers = _tastes_of_groups(topics, seed)
    return [
        _Life(number, courses, topics, followers, random.Random(f"{seed}:{number}"), now).live()  # noqa: S311
        for number in numbers
    ]


def _tastes_of_groups(topics: Sequence[str], seed: int) -> list[dict[str, float]]:
    """People come in groups with common tastes: without them nobody could learn from the others."""
    rng = random.Random(f"{seed}:groups")  # noqa: S311
    groups = []
    for first in topics:
        taste = {topic: rng.gammavariate(0.35, 1.0) for topic in topics}
        taste[first] += 2.5
        groups.append(taste)
    return groups or [{}]


class _Life:
    """One learner from joining until today."""

    def __init__(self, number, courses, topics, groups, rng, now) -> None:
        self.number = number
        self.courses = courses
        self.by_pk = {course.pk: course for course in courses}
        self.rng: random.Random = rng
        self.now: datetime = now
        group = rng.choice(groups)
        self.taste = {
            topic: 0.8 * group.get(topic, 0.0) + 0.5 * rng.gammavariate(0.5, 1.0) for topic in topics
        }
        zones, weights = zip(*TIME_ZONES, strict=True)
        self.zone = ZoneInfo(rng.choices(zones, weights)[0])
        self.habit = rng.choice(HABITS)
        self.per_week = min(max(rng.gammavariate(2.2, 1.0), 0.4), 7.0)
        self.diligence = rng.betavariate(5, 2.2)
        self.talent = rng.gauss(0.0, 0.35)
        self.known: dict[str, float] = {}
        self.practised: dict[str, datetime] = {}
        self.failed: list[QuizShape] = []
        self.passed: set[int] = set()
        self.given_up: set[int] = set()
        self.dismissed: set[int] = set()
        self.credits = 0
        self.idle = 0
        # More people joined lately than long ago.
        age = HISTORY_DAYS * (1 - math.sqrt(rng.random())) + 2
        self.joined = now - timedelta(days=age)
        self.events: list[SimulatedEvent] = []
        self.enrolments: dict[int, Enrolled] = {}
        self.clock = self.joined
        self.device = "desktop"

    def live(self) -> SimulatedLearner:
        day = self.joined.astimezone(self.zone).date()
        last = self.now.astimezone(self.zone).date()
        mean = sum(self.habit.days) / 7
        while day <= last and self.idle < PATIENCE:
            chance = self.per_week / 7 * self.habit.days[day.weekday()] / mean
            if day == self.joined.astimezone(self.zone).date() or self.rng.random() < chance:
                self._session(day)
            day += timedelta(days=1)
        interests = sorted(self.taste, key=self.taste.get, reverse=True)[: self.rng.choice((1, 2, 2, 3))]
        return SimulatedLearner(
            number=self.number,
            name=f"{self.rng.choice(GIVEN_NAMES)} {self.rng.choice('ABCDEFGHIJKLMNOPRSTUVWYZ')}.",
            timezone=str(self.zone),
            interests=tuple(interests),
            joined=self.joined,
            events=self.events,
            enrolments=self.enrolments,
        )

    # -------------------------------------------------------------------------------- sessions

    def _session(self, day) -> None:
        hour = min(max(self.rng.gauss(self.habit.hour, self.habit.spread), 0.05), 23.8)
        start = datetime(day.year, day.month, day.day, tzinfo=self.zone) + timedelta(hours=hour)
        self.clock = max(start.astimezone(UTC), self.joined, self.clock + timedelta(minutes=20))
        self.device = "mobile" if self.rng.random() < self.habit.mobile else "desktop"
        before = len(self.events)
        for _ in range(1 + int(self.rng.expovariate(0.55))):
            if self.clock >= self.now:
                break
            self._step()
        self.idle = 0 if any(e.verb != "viewed" for e in self.events[before:]) else self.idle + 1
        if self.rng.random() < LEAVING:
            self.idle = PATIENCE

    def _step(self) -> None:
        if self.failed and self.rng.random() < 0.45:
            self._quiz(self.failed.pop(0))
            return
        current = [
            pk for pk, row in self.enrolments.items() if row.completed_at is None and pk not in self.given_up
        ]
        if current and self.rng.random() < 0.84:
            # Mostly the course that was open last.
            current.sort(
                key=lambda pk: self.enrolments[pk].last[1] if self.enrolments[pk].last else self.joined
            )
            pk = current[-1] if self.rng.random() < 0.85 else self.rng.choice(current)
            self._read(self.by_pk[pk])
        else:
            self._look_around()

    def _look_around(self) -> None:
        seen = self.dismissed | self.enrolments.keys()
        choices = [course for course in self.courses if course.pk not in seen]
        if not choices:
            self.clock += timedelta(minutes=5)
            return
        weights = [math.exp(2.2 * self._interest(course)) for course in choices]
        course = self.rng.choices(choices, weights)[0]
        self._record("viewed", "course", course.pk, minutes=self.rng.uniform(0.5, 3))
        interest = self._interest(course)
        if interest < 0.2 and self.rng.random() < 0.1:
            self.dismissed.add(course.pk)
            self._record("dismissed", "course", course.pk, minutes=0.2)
            return
        missing = [pk for pk in course.prerequisites if not self._completed(pk)]
        affordable = course.price <= self.credits
        if not missing and affordable and self.rng.random() < _sigmoid(4.5 * interest - 2.2):
            self.credits -= course.price
            self.enrolments[course.pk] = Enrolled(self.clock)
            self._record("enrolled", "course", course.pk, minutes=0.5)
            self._read(course)
        else:
            preview = next((lesson for lesson in course.lessons if lesson.preview), None)
            if preview and self.rng.random() < 0.4:
                self._record("viewed", "lesson", preview.pk, minutes=self.rng.uniform(1, 5))

    def _read(self, course: CourseShape) -> None:
        row = self.enrolments[course.pk]
        if self.rng.random() < BOREDOM * (1 - self._interest(course)):
            self.given_up.add(course.pk)
            return
        lesson = next((lesson for lesson in course.lessons if lesson.pk not in row.done), None)
        if lesson is None:
            self._finish(course, row)
            return
        row.opened.setdefault(lesson.pk, self.clock)
        row.last = (lesson.pk, self.clock)
        pace = self.rng.lognormvariate(0, 0.3)
        self._record("viewed", "lesson", lesson.pk, minutes=max(1.0, lesson.minutes * pace))
        if self.rng.random() > 0.45 + 0.55 * self.diligence:
            return
        row.done[lesson.pk] = self.clock
        self._record("completed", "lesson", lesson.pk, minutes=0.5)
        for skill in lesson.skills:
            self._practise(skill, LESSON_GAIN)
        for quiz in lesson.quizzes:
            if quiz.pk not in self.passed and self.rng.random() < 0.35 + 0.6 * self.diligence:
                self._quiz(quiz)
        if len(row.done) == len(course.lessons):
            self._finish(course, row)

    def _finish(self, course: CourseShape, row: Enrolled) -> None:
        quizzes = [quiz for lesson in course.lessons for quiz in lesson.quizzes]
        left = [quiz for quiz in quizzes if quiz.pk not in self.passed]
        if left and self.rng.random() < 0.7:
            self._quiz(left[0])
            left = [quiz for quiz in left if quiz.pk not in self.passed]
        if left or row.completed_at is not None:
            return
        row.completed_at = self.clock
        self._record("completed", "course", course.pk, minutes=0.5)
        if self.rng.random() < 0.55:
            liked = 2.4 + 2.2 * self._interest(course) + self.rng.gauss(0, 0.6)
            row.stars = min(5, max(1, round(liked)))
            self._record("rated", "course", course.pk, value=float(row.stars), minutes=0.5)

    def _quiz(self, quiz: QuizShape) -> None:
        self._record("viewed", "quiz", quiz.pk, minutes=0.5)
        right = 0
        for question, skills in quiz.questions:
            known = sum(map(self._skill, skills or quiz.skills)) / max(len(skills or quiz.skills), 1)
            chance = GUESSING + (1 - GUESSING) * _sigmoid(DISCRIMINATION * (known + self.talent - 0.25))
            answer = self.rng.random() < chance
            right += answer
            self._record(
                "answered", "question", question, value=float(answer), minutes=self.rng.uniform(0.3, 1.5)
            )
        share = 100 * right / max(len(quiz.questions), 1)
        passed = share >= quiz.pass_mark
        self._record(
            "passed" if passed else "failed", "quiz", quiz.pk, value=round(share / 100, 4), minutes=1
        )
        for skill in quiz.skills:
            self._practise(skill, QUIZ_GAIN)
        if passed:
            self.credits += 0 if quiz.pk in self.passed else 10
            self.passed.add(quiz.pk)
        elif self.rng.random() < 0.35 + 0.5 * self.diligence:
            self.failed.append(quiz)

    # ------------------------------------------------------------------------ tastes and skills

    def _interest(self, course: CourseShape) -> float:
        """From 0 to 1: taste for its topics, less what would be too hard."""
        best = max(self.taste.values(), default=1.0) or 1.0
        taste = sum(self.taste[topic] for topic in course.topics) / (max(len(course.topics), 1) * best)
        ready = sum(map(self._skill, course.skills_required)) / max(len(course.skills_required), 1)
        too_hard = max(0.0, course.difficulty - ready - self.talent) if course.skills_required else 0.0
        return min(1.0, max(0.0, taste - 0.35 * too_hard))

    def _skill(self, skill: str) -> float:
        """What is left of a skill, from 0 to 1."""
        if skill not in self.known:
            return 0.0
        days = (self.clock - self.practised[skill]).total_seconds() / 86_400
        return self.known[skill] * (0.35 + 0.65 * math.exp(-max(days, 0) / FORGETTING_DAYS))

    def _practise(self, skill: str, gain: float) -> None:
        now = self._skill(skill)
        self.known[skill] = now + gain * (1 - now)
        self.practised[skill] = self.clock

    def _completed(self, pk: int) -> bool:
        row = self.enrolments.get(pk)
        return row is not None and row.completed_at is not None

    def _record(self, verb: str, kind: str, pk: int, *, minutes: float, value: float | None = None) -> None:
        if self.clock < self.now:
            local = self.clock.astimezone(self.zone)
            self.events.append(
                SimulatedEvent(self.clock, verb, kind, pk, value, self.device, local.hour, local.weekday())
            )
        self.clock += timedelta(minutes=minutes)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))
