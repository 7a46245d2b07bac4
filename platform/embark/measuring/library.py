"""Search over many lessons, the page of a course with very many, and its "ready to publish" list."""

import random
import time

from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from accounts.models import User
from courses import authoring, enrolment
from courses.models import Course, Lesson
from courses.publishing import readiness
from courses.search import search, similar_titles
from embark.measuring.catalogue import copy_row
from embark.measuring.report import percentiles
from quizzes.authoring import create_quiz

SYLLABLES = ["ba", "ke", "lo", "mi", "nu", "ra", "se", "ti", "vo", "za", "stra", "plen", "grim", "quo"]
BIG = "a-very-long-course"
PER_SECTION = 50
WARM_UP = 10


def measure(*, lessons, long, requests, seed=0):
    """Milliseconds of searches over `lessons` lessons (and as many quizzes), and of a course of `long`."""
    rng = random.Random(seed)  # noqa: S311  not a secret
    vocabulary = _vocabulary()
    fill(lessons=lessons, long=long, vocabulary=vocabulary)
    asked = {
        "a word": lambda: rng.choice(vocabulary),
        "a frequent word": lambda: vocabulary[0],
        "two words": lambda: " ".join(rng.sample(vocabulary, 2)),
        "a word with a mistake": lambda: _mistyped(rng.choice(vocabulary), rng),
    }
    found = {
        f"search, {name}": _timed(lambda make=make: search(make(), language="en"), requests)
        for name, make in asked.items()
    }
    found["titles while typing"] = _timed(lambda: similar_titles(rng.choice(vocabulary)[:4]), requests)
    course = Course.objects.get(slug=BIG)
    found["ready to publish"] = _timed(lambda: readiness(course), max(5, requests // 20))
    found["course page"] = _page(course, requests)
    return {"lessons": Lesson.objects.count(), "long course": course.lessons.count(), **found}


def rows(found):
    """What was measured beside what is promised, for the table."""
    promised = {"course page": "100 ms"}
    table = [
        (
            f"{name}, p50 / p95",
            f"{times['p50 ms']} / {times['p95 ms']} ms",
            promised.get(name, "50 ms" if "search" in name else ""),
        )
        for name, times in found.items()
        if isinstance(times, dict)
    ]
    return [
        *table,
        ("SQL statements of the course page", found["course page"]["statements"], "12, without the rail"),
    ]


@transaction.atomic
def fill(*, lessons, long, vocabulary):
    """One course of `long` lessons, others of 100 until there are `lessons`; each lesson has a quiz."""
    if Course.objects.filter(slug=BIG).exists():
        return
    courses = {BIG: long} | {f"library-{number}": 100 for number in range(max(1, (lessons - long) // 100))}
    first = None
    for slug, count in courses.items():
        course = authoring.create_course(
            title=f"Library {slug}", slug=slug, summary="A shelf.", status="published", language="en"
        )
        for number in range(max(1, count // PER_SECTION)):
            authoring.add_section(course=course, title=f"Shelf {number + 1}")
        if first is None:
            section = course.sections.first()
            first = authoring.add_lesson(
                section=section, title="First", blocks="One thing at a time, with [its place](lesson:first)."
            )
            quiz = create_quiz(
                data={"title": "First", "questions": [{"type": "true_false", "text": "So?", "answer": True}]}
            )
    words = "(ARRAY['" + "','".join(vocabulary) + "'])"
    # Words lean to the front of the vocabulary, as those of languages do.
    word = f"{words}[1 + floor(power(random(), 3) * {len(vocabulary)})::int]"
    title = " || ' ' || ".join([word] * 3)
    shelves = f"JOIN courses_section s ON true JOIN generate_series(1, {PER_SECTION}) n ON true"
    copy_row(
        first, f"{shelves} JOIN courses_course c ON c.id = s.course_id AND c.slug = ANY({_array(courses)})",
        course_id="s.course_id", section_id="s.id", slug="'l-' || s.id || '-' || n", position="n + 9",
        title=title, search_text=" || ' ' || ".join([word] * 40), external_id="''",
    )  # fmt: skip
    others = f"JOIN courses_lesson l ON l.id <> {first.pk} JOIN courses_course c ON c.id = l.course_id"
    for block in first.blocks.all():
        copy_row(block, f"{others} AND c.slug = '{BIG}'", lesson_id="l.id")
    copy_row(
        quiz, f"{others} AND c.slug = ANY({_array(courses)})",
        slug="'library-quiz-' || l.id", title=title, external_id="''",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE courses_section, courses_lesson, quizzes_quiz, courses_block, courses_course")


def _array(slugs):
    return "ARRAY['" + "','".join(slugs) + "']"


def _vocabulary():
    rng = random.Random(1)  # noqa: S311  not a secret
    words = {"".join(rng.choices(SYLLABLES, k=rng.randint(2, 4))) for _ in range(3_000)}
    return sorted(words, key=lambda word: rng.random())


def _mistyped(word, rng):
    place = rng.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1 :]


def _timed(act, count):
    took = []
    for number in range(count + WARM_UP):
        began = time.perf_counter()
        act()
        if number >= WARM_UP:
            took.append(1_000 * (time.perf_counter() - began))
    p50, p95 = percentiles(took, 50, 95)
    return {"p50 ms": p50, "p95 ms": p95}


def _page(course, requests):
    learner = User.objects.filter(email="reader@bench.invalid").first() or User.objects.create_user(
        "reader@bench.invalid", display_name="Reader"
    )
    enrolment.enrol(learner=learner, course=course)
    client = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0].lstrip(".*") or "localhost")
    client.force_login(learner)
    url = course.get_absolute_url()
    statements = []

    def note(execute, sql, *rest):
        statements.append(sql)
        return execute(sql, *rest)

    client.get(url)
    with connection.execute_wrapper(note):
        page = client.get(url)
    if page.status_code != 200:
        raise RuntimeError(f"The page of the course answers {page.status_code}.")
    return {**_timed(lambda: client.get(url), requests), "statements": len(statements)}
