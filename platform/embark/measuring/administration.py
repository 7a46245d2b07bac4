"""Every page of the admin at the size of the whole site: lists with each filter, search, forms, dashboard.

What the other parts of the bench leave out is filled in first: attempts, progress, ledger, comments, notices,
impressions, jobs, audit log. A row of each is made by the site's own verbs and copied by set-based SQL.
"""

import random
import time
from datetime import timedelta

from django.conf import settings
from django.contrib import admin
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Count, Min
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from activity.models import Event, Impression, Kind, Verb
from courses import certificates, discussion
from courses.models import Course, Enrolment, LessonProgress, Review
from credits import ledger
from credits.models import Account
from embark.audit import reading
from embark.dashboard import Period
from embark.measuring.catalogue import HISTORY_DAYS, copy_row
from embark.measuring.report import percentiles
from jobs.models import Job
from notices.messages import notify
from quizzes import attempts
from quizzes.models import Quiz

PROMISED_MS = 300
YEARS = 2
# Of each kind of row that history does not already give: as many as a site of that size would have.
IMPRESSIONS, CLICKS, COMMENTS, NOTICES, CHANGES, JOBS, REVIEWS = (
    1_000_000, 30_000, 50_000, 200_000, 300_000, 5_000, 20_000,
)  # fmt: skip
RANGES = (7, 30, 90, 365)
# Values of one filter that are measured: the first ones it offers.
VALUES = 3
WARM_UP = 1


def measure(*, requests, share=1.0, seed=0):
    """[{"page", "p50 ms", "p95 ms", "work p50 ms", "work p95 ms", "statements"}], the heaviest first.

    Milliseconds by the clock, and of work: this process's processor time and what it waited for the database.
    `requests` of each page; `share` of the numbers of rows above.
    """
    fill(share=share, seed=seed)
    person = _admin()
    client = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0].lstrip(".*") or "localhost")
    client.force_login(person)
    found = [
        {"page": name, **_timed(client, address, requests, before)}
        for name, address, before in pages(person, random.Random(seed))  # noqa: S311  not a secret
    ]
    return sorted(found, key=lambda page: -page["work p95 ms"])


def rows(found):
    """What was measured beside what is promised, for the table."""
    return [
        (
            f"{page['page']}, work p50 / p95 (by the clock), statements",
            f"{page['work p50 ms']} / {page['work p95 ms']} ms ({page['p50 ms']} / {page['p95 ms']}), "
            f"{page['statements']}",
            f"{PROMISED_MS} ms",
        )
        for page in found
    ]


# ---------------------------------------------------------------------------------------------- the pages


def pages(person, rng):
    """(name, address, what to do before each request) of the admin's pages, made from what is registered."""
    request = RequestFactory().get("/")
    request.user = person
    for model, model_admin in admin.site._registry.items():
        if model_admin.has_view_or_change_permission(request):
            yield from _of_list(model, model_admin, request, rng)
    busiest = Course.objects.raw(
        "SELECT course_id AS id FROM courses_enrolment GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )[0]
    book = reverse("gradebook", args=[busiest.pk])
    for name, asked in {
        "": "", ", by name": "?order=name", ", searched": "?q=learner7", ", page 100": "?page=100",
    }.items():  # fmt: skip
        yield f"gradebook of the largest course{name}", book + asked, None
    yield "answers to mark", reverse("admin:quizzes_attempt_queue"), None
    today = timezone.localdate()
    for days in RANGES:
        period = Period(today - timedelta(days=days - 1), today)
        address = f"{reverse('admin:index')}?since={period.since}&until={period.until}"
        yield f"dashboard, {days} days, counted before", address, None
        yield f"dashboard, {days} days, counted now", address, cache.clear


def _of_list(model, model_admin, request, rng):
    opts = model._meta
    name, address = (
        opts.label_lower,
        reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"),
    )
    yield name, address, None
    yield f"{name}, page 3", f"{address}?p=3", None
    if model_admin.get_search_fields(request):
        word = {"email": "learner7", "learner_id": str(rng.randint(1, 1_000))}
        first = model_admin.get_search_fields(request)[0]
        yield f"{name}, searched", f"{address}?q={word.get(first, 'learner77')}", None
        yield f"{name}, searched in vain", f"{address}?q=987654321", None
    changelist = model_admin.get_changelist_instance(_as_asked(request, address))
    for spec in changelist.filter_specs:
        choices = [
            choice["query_string"]
            for choice in spec.choices(changelist)
            if choice.get("query_string", "?") != "?" and not choice.get("selected")
        ]
        for number, query in enumerate(choices[:VALUES], start=1):
            yield f"{name}, by {spec.title}, {number}", f"{address}{query}", None
    row = next(iter(changelist.result_list), None)
    if row is not None:
        try:
            change = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])
        except ValueError:
            return
        yield f"{name}, one", change, None
    if model_admin.has_add_permission(request):
        yield f"{name}, new", reverse(f"admin:{opts.app_label}_{opts.model_name}_add"), None


def _as_asked(request, address):
    asked = RequestFactory().get(address)
    asked.user = request.user
    return asked


def _admin():
    address = "admin@bench.invalid"
    person = User.objects.filter(email=address).first()
    return person or User.objects.create_superuser(address, "correct horse battery", display_name="Admin")


def _timed(client, address, requests, before):
    wall, work, statements = [], [], 0
    # What is counted anew takes seconds, each time as long.
    first = 0 if before else WARM_UP
    for number in range(1 if before else requests + WARM_UP):
        if before is not None:
            before()
        database = _Database()
        with connection.execute_wrapper(database):
            began, used = time.perf_counter(), time.process_time()
            answer = client.get(address, follow=True)
            took, spent = time.perf_counter() - began, time.process_time() - used
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answers {answer.status_code}.")
        if number >= first:
            wall.append(1_000 * took)
            work.append(1_000 * (spent + database.waited))
            statements = max(statements, database.statements)
    p50, p95 = percentiles(wall, 50, 95)
    work50, work95 = percentiles(work, 50, 95)
    return {
        "p50 ms": p50, "p95 ms": p95, "work p50 ms": work50, "work p95 ms": work95,
        "statements": statements, "address": address,
    }  # fmt: skip


class _Database:
    """Counts statements and the seconds in which this process waited for them without working itself."""

    def __init__(self):
        self.statements, self.waited = 0, 0.0

    def __call__(self, execute, sql, params, many, context):
        self.statements += 1
        began, used = time.perf_counter(), time.process_time()
        try:
            return execute(sql, params, many, context)
        finally:
            self.waited += time.perf_counter() - began - (time.process_time() - used)


# ------------------------------------------------------------------------------------------------ filling


def fill(*, share, seed):
    """Rows for the admin's lists, over two years where time matters; nothing where they are there already."""
    if Job.objects.filter(kind="bench").exists():
        return
    number = {
        name: max(20, int(share * rows))
        for name, rows in {
            "impressions": IMPRESSIONS, "clicks": CLICKS, "comments": COMMENTS, "notices": NOTICES,
            "changes": CHANGES, "jobs": JOBS, "reviews": REVIEWS,
        }.items()
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT setseed(%s)", [(seed % 100) / 100])
        first = User.objects.get(email="learner1@bench.invalid")
        _spread_enrolments()
        _fill_progress(first)
        _fill_attempts(first)
        _fill_ledger(first)
        _fill_impressions(first, number["impressions"], number["clicks"])
        _fill_words(first, number)
        _fill_changes(number["changes"])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


# A moment of the last two years, newer ones a little more often.
MOMENT = f"now() - power(random(), 1.5) * interval '{365 * YEARS} days'"


def _spread_enrolments():
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE courses_enrolment SET enrolled_at = {MOMENT}, percent = floor(random() * 100), "  # noqa: S608
            "last_opened_at = CASE WHEN random() < 0.8 THEN now() - random() * interval '30 days' END"
        )
        cursor.execute(
            "UPDATE courses_enrolment SET completed_at = enrolled_at + (now() - enrolled_at) * random(), "
            "percent = 100 WHERE id % 4 = 0"
        )


def _people(n):
    """SQL: `n` rows (`n.n`), each with one of the learners (`who.id`), whose keys follow one another."""
    learners = User.objects.filter(
        email__endswith="@bench.invalid", is_staff=False, email__startswith="learner"
    )
    first, many = learners.aggregate(first=Min("pk"), many=Count("pk")).values()
    return (
        f"JOIN generate_series(1, {n}) n ON true "
        f"JOIN LATERAL (SELECT {first} + (n * 7919::bigint) % {many} AS id) who ON true"
    )


def _distinct(kind):
    """SQL: the pairs of learner and object that history knows of a kind (`e`)."""
    return (
        "JOIN (SELECT DISTINCT learner_id, object_id FROM activity_event "  # noqa: S608
        f"WHERE kind = {int(kind)} AND learner_id IS NOT NULL) e ON true"
    )


def _fill_progress(first):
    lesson = Course.objects.get(slug="course-1").lessons.get()
    row, _made = LessonProgress.objects.get_or_create(learner=first, lesson=lesson)
    copy_row(
        row, f"{_distinct(Kind.LESSON)} AND NOT (e.learner_id = {first.pk} AND e.object_id = {lesson.pk})",
        learner_id="e.learner_id", lesson_id="e.object_id", opened_at=MOMENT,
        completed_at="CASE WHEN random() < 0.6 THEN now() END",
    )  # fmt: skip


def _fill_attempts(first):
    quiz = Quiz.objects.get(slug="quiz-1")
    row = attempts.submit(attempt=attempts.start(quiz=quiz, learner=first))
    copy_row(
        row, f"{_distinct(Kind.QUIZ)} AND NOT (e.learner_id = {first.pk} AND e.object_id = {quiz.pk})",
        public_id="gen_random_uuid()", quiz_id="e.object_id", learner_id="e.learner_id", number="1",
        started_at=MOMENT, submitted_at="now()", state="'graded'", mark="0", passed="false",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE quizzes_attempt SET submitted_at = started_at + random() * interval '1 hour', "
            "mark = floor(random() * (max_mark + 1)), passed = random() < 0.6, "
            "state = CASE WHEN id %% 200 = 0 THEN 'submitted' ELSE 'graded' END WHERE id <> %s",
            [row.pk],
        )
        cursor.execute(
            "UPDATE quizzes_attempt SET passed = NULL, mark = NULL WHERE state = 'submitted' AND id <> %s",
            [row.pk],
        )
    for part in (*row.questions.all(), *row.steps.all()):
        values = {"attempt_id": "a.id"}
        if part._meta.model_name == "attemptquestion" and part.position == 4:
            values |= {"mark": "CASE a.state WHEN 'graded' THEN 1 END"}
        copy_row(part, f"JOIN quizzes_attempt a ON a.id <> {row.pk}", **values)


def _fill_ledger(first):
    entry, _made = ledger.award(learner=first, amount=5, reason="first_pass", source="quiz:0")
    copy_row(
        Account.objects.get(learner=first), f"JOIN accounts_user u ON u.id <> {first.pk}",
        learner_id="u.id", balance="0",
    )  # fmt: skip
    copy_row(
        entry, "JOIN quizzes_attempt a ON a.passed JOIN credits_account c ON c.learner_id = a.learner_id",
        account_id="c.id", source="'quiz:' || a.quiz_id", created_at="a.submitted_at",
        description="'Quiz ' || a.quiz_id",
    )  # fmt: skip
    own, house = sorted(entry.lines.all(), key=lambda line: -line.amount)
    copies = f"JOIN credits_entry e ON e.id <> {entry.pk}"
    copy_row(own, copies, entry_id="e.id", account_id="e.account_id")
    copy_row(house, copies, entry_id="e.id")


def _fill_impressions(first, count, clicks):
    moment = f"now() - random() * interval '{HISTORY_DAYS} days'"
    row = Impression.objects.create(
        recorded_at=timezone.now(), learner_id=first.pk, placement="lesson", position=1, kind=Kind.COURSE,
        object_id=Course.objects.values_list("pk", flat=True)[0], source="towers", model_version="bench",
        probability=0.5,
    )  # fmt: skip
    copy_row(
        row, _people(count),
        recorded_at=moment, learner_id="who.id", position="1 + n % 4",
        placement="(ARRAY['lesson', 'home', 'course', 'result'])[1 + n % 4]",
        object_id=f"(SELECT min(id) FROM courses_course) + n % {Course.objects.count()}",  # noqa: S608
    )  # fmt: skip
    click = Event.objects.create(
        recorded_at=timezone.now(), occurred_at=timezone.now(), learner_id=first.pk, verb=Verb.VIEWED,
        kind=Kind.COURSE, object_id=row.object_id, context={"via": "lesson-1", "placement": "lesson"},
    )  # fmt: skip
    copy_row(
        click,
        f"JOIN (SELECT * FROM activity_impression WHERE id <> {row.pk} LIMIT {clicks}) i ON true",  # noqa: S608
        recorded_at="i.recorded_at + interval '1 minute'", occurred_at="i.recorded_at + interval '1 minute'",
        learner_id="i.learner_id", kind="i.kind", object_id="i.object_id",
        context="jsonb_build_object('via', i.placement || '-' || i.position, 'placement', i.placement)",
    )  # fmt: skip


def _fill_words(first, number):
    """Comments, reviews, notices, certificates, jobs and messages to the worker."""
    course = Course.objects.get(slug="course-1")
    lesson = course.lessons.get()
    comment = discussion.post(lesson=lesson, author=first, body="What does the second number mean?")
    some_lesson = "(SELECT min(id) FROM courses_lesson) + n % (SELECT count(*) FROM courses_lesson)"
    status = "CASE WHEN n % 50 = 0 THEN 'pending' WHEN n % 40 = 0 THEN 'hidden' ELSE 'visible' END"
    copy_row(
        comment, _people(number["comments"]),
        lesson_id=some_lesson, author_id="who.id", created_at=MOMENT, status=status,
    )  # fmt: skip
    review = Review.objects.create(learner=first, course=course, stars=4, body="Clear, and to the point.")
    enrolled = (
        f"JOIN (SELECT * FROM courses_enrolment WHERE learner_id <> {first.pk} ORDER BY id "  # noqa: S608
        f"LIMIT {number['reviews']}) e ON true"
    )
    copy_row(
        review, enrolled,
        learner_id="e.learner_id", course_id="e.course_id", stars="1 + e.id % 5", created_at=MOMENT,
    )  # fmt: skip
    notice = notify(learner=first, kind="announcement", title="There is a new course", body="Have a look.")
    copy_row(
        notice, _people(number["notices"]), learner_id="who.id", created_at=MOMENT, mail_at="NULL",
        kind="(ARRAY['announcement', 'reply', 'reminder'])[1 + n % 3]",
    )  # fmt: skip
    Enrolment.objects.filter(learner=first, course=course).update(completed_at=timezone.now(), percent=100)
    certificate = certificates.issue(learner=first, course=course)
    copy_row(
        certificate,
        "JOIN courses_enrolment e ON e.completed_at IS NOT NULL "
        f"AND NOT (e.learner_id = {first.pk} AND e.course_id = {course.pk})",
        learner_id="e.learner_id", course_id="e.course_id", code="substr(md5(e.id::text), 1, 16)",
        issued_at="e.completed_at",
    )  # fmt: skip
    job = Job.objects.create(
        kind="bench", title="Import of a course", task="exchange.tasks.perform_import", progress=1,
        status=Job.Status.SUCCEEDED, finished_at=timezone.now(),
    )  # fmt: skip
    copy_row(
        job, f"JOIN generate_series(1, {number['jobs']}) n ON true", created_at=MOMENT,
        kind="(ARRAY['import', 'export', 'train'])[1 + n % 3]",
    )  # fmt: skip


def _fill_changes(count):
    """The audit log: changes of lessons, as the log's trigger writes them."""
    lesson = Enrolment.objects.select_related("course").first().course.lessons.first()
    lesson.title = f"{lesson.title} "
    lesson.save(update_fields=["title"])
    table = reading.tables()[lesson._meta.label_lower]
    row = table.objects.order_by("-pk").first()
    copy_row(
        row, f"JOIN generate_series(1, {count}) n ON true JOIN courses_lesson l ON l.id = "  # noqa: S608
        "(SELECT min(id) FROM courses_lesson) + n % (SELECT count(*) FROM courses_lesson)",
        id="l.id", pgh_obj_id="l.id", title="l.title", slug="l.slug", course_id="l.course_id",
        section_id="l.section_id", pgh_created_at=MOMENT,
    )  # fmt: skip
