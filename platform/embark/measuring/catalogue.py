"""Synthetic courses, learners and history of any size, by set-based SQL.

One course, one learner and one enrolment are made by the site's own verbs; the rest are copies of their rows
with other names, so that every table is as the site would have filled it.
"""

import io

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Profile, User
from activity import partitions
from activity.models import Kind, Verb
from courses import authoring, enrolment
from courses.models import Block, Course, Enrolment, Lesson, Section, Topic
from quizzes.authoring import create_quiz
from quizzes.models import Quiz, QuizSlot
from recommender import popularity

N_TOPICS = 60
HISTORY_DAYS = 20
WORDS = "A lesson explains one thing at a time, shows it with numbers, and asks about it at the end. "
QUESTIONS = [
    {
        "type": "single_choice",
        "text": "Which one?",
        "choices": [{"text": "a", "correct": True}, {"text": "b"}, {"text": "c"}],
    },
    {"type": "true_false", "text": "Is it so?", "answer": True},
    {"type": "numeric", "text": "How many?", "answer": 4, "tolerance": 0.5},
    {"type": "short_text", "text": "What ends a loop?", "answers": ["break"]},
]


@transaction.atomic
def fill(*, courses, learners, events, seed=0):
    """`courses` courses with one lesson and one quiz each, `learners` learners and about `events` events."""
    partitions.ensure(today=timezone.now().date())
    Topic.objects.bulk_create(
        [Topic(slug=f"topic-{number}", name=f"Topic {number}") for number in range(N_TOPICS)]
    )
    course, learner = _first_course(), User.objects.create_user("learner1@bench.invalid", display_name="L 1")
    enrolled = enrolment.enrol(learner=learner, course=course)
    _copy_courses(course, courses)
    _copy_learners(learner, learners)
    _write_events(learners, events, np.random.default_rng(seed))
    _copy_enrolments(Enrolment.objects.get(learner=learner, course=course), learner)
    del enrolled
    popularity.refresh()


def analyse():
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _first_course():
    course = authoring.create_course(
        title="Course 1", slug="course-1", summary="About a topic.", description="Welcome.", level="beginner",
        language="en", provider="Provider 1", status="published",
    )  # fmt: skip
    section = authoring.add_section(course=course, title="Beginning")
    text = "\n\n".join(f"## Part {part}\n\n{WORDS * 8}" for part in range(1, 5))
    authoring.add_lesson(
        section=section, title="Lesson 1", slug="lesson", is_preview=True,
        blocks=[{"kind": "text", "source": text}],
    )  # fmt: skip
    create_quiz(
        data={"title": "Quiz 1", "slug": "quiz-1", "credits": 5, "questions": QUESTIONS},
        lesson=course.lessons.get(),
    )
    Course.objects.filter(pk=course.pk).update(published_at=timezone.now())
    return course


def copy_row(row, rest="", **values):
    """Copy a model's row once for each row of the SQL in `rest`; `values` are SQL expressions by column."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key or field.remote_field]
    columns = [field.column for field in fields if not field.generated]
    chosen = ", ".join(values.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    name, key = row._meta.db_table, row._meta.pk.column
    # Names come from our models, expressions from this module.
    sql = f'INSERT INTO "{name}" ({names}) SELECT {chosen} FROM "{name}" t {rest} AND t."{key}" = {row.pk}'  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _copy_courses(course, count):
    section, lesson, quiz = Section.objects.get(), Lesson.objects.get(), Quiz.objects.get()
    levels = "(ARRAY['beginner','intermediate','advanced'])[1 + n % 3]"
    copy_row(
        course, f"JOIN generate_series(2, {count}) n ON true",
        slug="'course-' || n", title="'Course ' || n", level=levels, provider="'Provider ' || n % 200",
    )  # fmt: skip
    others = f"JOIN courses_course c ON c.id <> {course.pk}"
    copy_row(section, others, course_id="c.id")
    copy_row(
        lesson, f"{others} JOIN courses_section s ON s.course_id = c.id",
        course_id="c.id", section_id="s.id", title="'Lesson of ' || c.title",
    )  # fmt: skip
    lessons = f"JOIN courses_lesson l ON l.id <> {lesson.pk}"
    for block in Block.objects.filter(lesson=lesson):
        copy_row(block, lessons, lesson_id="l.id")
    copy_row(
        quiz, f"{lessons} JOIN courses_course c ON c.id = l.course_id",
        slug="'quiz-' || substr(c.slug, 8)", title="'Quiz of ' || c.title",
        lesson_id="l.id" if quiz.lesson_id else "NULL", course_id="c.id" if quiz.course_id else "NULL",
    )  # fmt: skip
    for slot in QuizSlot.objects.filter(quiz=quiz):
        copy_row(slot, f"JOIN quizzes_quiz q ON q.id <> {quiz.pk}", quiz_id="q.id")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO courses_course_topics (course_id, topic_id) SELECT c.id, topic.id "
            "FROM courses_course c JOIN courses_topic topic ON topic.slug = 'topic-' || c.id %% %s",
            [N_TOPICS],
        )


def _copy_learners(learner, count):
    copy_row(
        learner, f"JOIN generate_series(2, {count}) n ON true",
        email="'learner' || n || '@bench.invalid'", display_name="'L ' || n",
    )  # fmt: skip
    copy_row(
        Profile.objects.get(user=learner), f"JOIN accounts_user u ON u.id <> {learner.pk}",
        user_id="u.id", interests=f"ARRAY['topic-' || u.id % {N_TOPICS}]",
    )  # fmt: skip


def _write_events(n_learners, count, rng):
    """By COPY: views, enrolments and passes of courses, lessons and quizzes, some far more popular."""
    people = np.array(User.objects.order_by("pk").values_list("pk", flat=True)[:n_learners])
    items = {
        Kind.COURSE: np.array(Course.objects.order_by("pk").values_list("pk", flat=True)),
        Kind.LESSON: np.array(Lesson.objects.order_by("pk").values_list("pk", flat=True)),
        Kind.QUIZ: np.array(Quiz.objects.order_by("pk").values_list("pk", flat=True)),
    }
    verbs = {
        Kind.COURSE: [Verb.VIEWED, Verb.ENROLLED],
        Kind.LESSON: [Verb.VIEWED, Verb.COMPLETED],
        Kind.QUIZ: [Verb.VIEWED, Verb.PASSED],
    }
    now = timezone.now().timestamp()
    columns = "recorded_at, occurred_at, learner_id, verb, kind, object_id"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'UTC'")
        with cursor.copy(f"COPY activity_event ({columns}) FROM STDIN") as copy:
            for kind, share in ((Kind.COURSE, 0.5), (Kind.LESSON, 0.3), (Kind.QUIZ, 0.2)):
                n = int(count * share)
                # Few learners and few items have most of the events, as on real sites.
                who = people[(len(people) * rng.random(n) ** 1.5).astype(int)]
                what = items[kind][(len(items[kind]) * rng.random(n) ** 3).astype(int)]
                verb = rng.choice([int(choice) for choice in verbs[kind]], n, p=[0.7, 0.3])
                seconds = now - HISTORY_DAYS * 86_400 * rng.random(n)
                moments = np.char.add(np.datetime_as_string(seconds.astype("datetime64[s]")), "+00")
                lines = io.StringIO()
                for moment, learner, code, item in zip(
                    moments, who.tolist(), verb.tolist(), what.tolist(), strict=True
                ):
                    lines.write(f"{moment}\t{moment}\t{learner}\t{code}\t{int(kind)}\t{item}\n")
                copy.write(lines.getvalue())


def _copy_enrolments(enrolled, learner):
    copy_row(
        enrolled,
        "JOIN (SELECT DISTINCT learner_id, object_id FROM activity_event "  # noqa: S608  numbers of ours
        f"WHERE kind = {int(Kind.COURSE)} AND verb = {int(Verb.ENROLLED)} "
        f"AND NOT (learner_id = {learner.pk} AND object_id = {enrolled.course_id})) e ON true",
        learner_id="e.learner_id", course_id="e.object_id",
    )  # fmt: skip
