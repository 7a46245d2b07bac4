"""The sample library and its simulated learners in the database."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import Count, F, Sum
from psycopg.types.json import Jsonb

from accounts.models import Profile, User
from activity import partitions
from activity.models import Kind, Verb
from courses.authoring import named, save_course
from courses.models import Course, Enrolment, LessonProgress, Level, Review, Topic
from embark.demo.simulation import (
    HISTORY_DAYS,
    CourseShape,
    LessonShape,
    QuizShape,
    SimulatedLearner,
    simulate,
)
from exchange.course_import import write_course
from exchange.readers import markdown
from exchange.report import Report
from quizzes.models import Quiz

LIBRARY = Path(__file__).parent / "library"
BUNDLE = "samples"
SEED = 20240501
DIFFICULTY = {Level.BEGINNER: 0.0, Level.INTERMEDIATE: 0.35, Level.ADVANCED: 0.6}


class SamplesBroken(Exception):
    """A file of the library can't be imported; the message names it."""


def load_library(step: Callable[[float, str], None] = lambda *_: None) -> list[Course]:
    """Imports every course of the library, published and marked as a sample. A course that is there already
    is brought up to date."""
    folders = sorted(path.parent for path in LIBRARY.glob("*/course.md"))
    courses, prerequisites = [], []
    for number, folder in enumerate(folders):
        step(number / max(len(folders), 1), folder.name)
        report = Report()
        outline = markdown.read(folder, report)
        course = write_course(outline=outline, report=report, publish=True, is_sample=True)
        broken = [item for item in report.items if item.outcome == "failed"]
        if broken:
            raise SamplesBroken(f"{folder.name}/{broken[0].path}: {broken[0].reason}")
        courses.append(course)
        prerequisites.append(outline.prerequisites)
    for course, slugs in zip(courses, prerequisites, strict=True):
        # Only now is every course there that another may ask for.
        save_course(course=course, prerequisites=list(Course.objects.filter(slug__in=slugs)))
    return courses


@transaction.atomic
def add_learners(*, count: int, now: datetime) -> int:
    """Simulated learners up to `count` of them, with their histories. Returns how many are new."""
    known = set(
        User.objects.filter(external_id__startswith=f"{BUNDLE}:").values_list("external_id", flat=True)
    )
    numbers = [number for number in range(1, count + 1) if f"{BUNDLE}:{number}" not in known]
    shapes = course_shapes()
    if not numbers or not shapes:
        return 0
    partitions.ensure(today=(now - timedelta(days=HISTORY_DAYS + 31)).date(), months=HISTORY_DAYS // 28 + 2)
    learners = simulate(shapes, numbers=numbers, seed=SEED, now=now)
    ids = _insert_people(learners)
    _insert_learning(learners, ids)
    _insert_events(learners, ids)
    _count_learners([shape.pk for shape in shapes])
    return len(learners)


def course_shapes() -> list[CourseShape]:
    """The sample courses as the simulation sees them."""
    quizzes: dict[int, list[QuizShape]] = {}
    published = Quiz.objects.filter(is_sample=True, status=Quiz.Status.PUBLISHED, lesson__isnull=False)
    for quiz in published.prefetch_related("slots__question__skills").order_by("pk"):
        questions = tuple(
            (slot.question_id, tuple(sorted(skill.slug for skill in slot.question.skills.all())))
            for slot in quiz.slots.all()
            if slot.question_id
        )
        skills = tuple(sorted({skill for _, own in questions for skill in own}))
        quizzes.setdefault(quiz.lesson_id, []).append(QuizShape(quiz.pk, skills, questions, quiz.pass_mark))
    shapes = []
    courses = Course.objects.published().filter(is_sample=True).order_by("pk")
    for course in courses.prefetch_related("topics", "prerequisites", "skills_required", "skills_taught"):
        taught = tuple(sorted(skill.slug for skill in course.skills_taught.all()))
        lessons = course.lessons.published().in_order().prefetch_related("skills")
        shapes.append(
            CourseShape(
                pk=course.pk,
                topics=tuple(sorted(topic.slug for topic in course.topics.all())),
                difficulty=DIFFICULTY.get(course.level, 0.2),
                price=course.price,
                prerequisites=tuple(other.pk for other in course.prerequisites.all()),
                skills_required=tuple(sorted(skill.slug for skill in course.skills_required.all())),
                lessons=tuple(
                    LessonShape(
                        pk=lesson.pk,
                        skills=tuple(sorted(skill.slug for skill in lesson.skills.all())) or taught,
                        minutes=lesson.reading_minutes or 5,
                        preview=lesson.is_preview,
                        quizzes=tuple(quizzes.get(lesson.pk, ())),
                    )
                    for lesson in lessons
                ),
            )
        )
    return shapes


def _insert_people(learners: list[SimulatedLearner]) -> list[int]:
    unusable = make_password(None)
    users = User.objects.bulk_create(
        User(
            external_id=f"{BUNDLE}:{learner.number}",
            display_name=learner.name,
            password=unusable,
            is_simulated=True,
            date_joined=learner.joined,
        )
        for learner in learners
    )
    # Their interests name topics by slug, as people's do.
    slugs = {topic.slug: topic.slug for topic in named(Topic, {t for lr in learners for t in lr.interests})}
    Profile.objects.bulk_create(
        Profile(
            user=user,
            interests=[slugs[topic] for topic in learner.interests],
            interests_asked_at=learner.joined,
            language="en",
            timezone=learner.timezone,
        )
        for user, learner in zip(users, learners, strict=True)
    )
    return [user.pk for user in users]


def _insert_learning(learners: list[SimulatedLearner], ids: list[int]) -> None:
    """Enrolments, progress and reviews: what pages show of the histories."""
    totals = dict(Course.objects.filter(is_sample=True).annotate(n=Count("lessons")).values_list("pk", "n"))
    enrolments, progress, reviews = [], [], []
    for learner, pk in zip(learners, ids, strict=True):
        for course, row in learner.enrolments.items():
            enrolments.append(
                Enrolment(
                    learner_id=pk,
                    course_id=course,
                    enrolled_at=row.at,
                    completed_at=row.completed_at,
                    percent=min(100, 100 * len(row.done) // max(totals.get(course, 1), 1)),
                    last_lesson_id=row.last[0] if row.last else None,
                    last_opened_at=row.last[1] if row.last else None,
                )
            )
            progress += [
                LessonProgress(
                    learner_id=pk, lesson_id=lesson, opened_at=opened, completed_at=row.done.get(lesson)
                )
                for lesson, opened in row.opened.items()
            ]
            if row.stars:
                reviews.append(
                    Review(learner_id=pk, course_id=course, stars=row.stars, created_at=row.completed_at)
                )
    Enrolment.objects.bulk_create(enrolments, batch_size=2000)
    LessonProgress.objects.bulk_create(progress, batch_size=2000)
    Review.objects.bulk_create(reviews, batch_size=2000)


def _insert_events(learners: list[SimulatedLearner], ids: list[int]) -> None:
    """Events as they would have been recorded at their time, in the order of that time."""
    rows = sorted(
        (
            (event.at, pk, number, event)
            for learner, pk in zip(learners, ids, strict=True)
            for number, event in enumerate(learner.events)
        ),
        key=lambda row: row[:3],
    )
    with connection.cursor() as cursor, cursor.copy(
        "COPY activity_event (recorded_at, occurred_at, learner_id, verb, kind, object_id, value, sequence, "
        "bundle, context) FROM STDIN"
    ) as copy:  # fmt: skip
        for at, pk, number, event in rows:
            context = {
                "device": event.device, "locale": "en", "hour": event.hour, "weekday": event.weekday,
            }  # fmt: skip
            copy.write_row(
                (
                    at, at, pk, int(Verb[event.verb.upper()]), int(Kind[event.kind.upper()]), event.object_id,
                    event.value, number, BUNDLE, Jsonb(context),
                )
            )  # fmt: skip


def _count_learners(courses: list[int]) -> None:
    """The counters that lists of courses are sorted by."""
    for course in Course.objects.filter(pk__in=courses):
        course.learner_count = course.enrolments.active().count()
        rated = course.reviews.aggregate(n=Count("pk"), total=Sum(F("stars")))
        course.rating_count, course.rating_sum = rated["n"], rated["total"] or 0
        course.save(update_fields=["learner_count", "rating_count", "rating_sum"])
