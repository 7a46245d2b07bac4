"""The admin's first page: what its figures count, against what it compares them, and who sees them."""

import csv
import html
import io
import re
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from activity.models import Event, Impression, Kind, Verb
from courses import enrolment, progress
from courses.models import Enrolment
from credits import ledger
from credits.models import Entry
from embark import dashboard
from embark.dashboard import Period
from quizzes.models import Attempt
from world import build_course

MAY = Period(date(2026, 5, 1), date(2026, 5, 31))
NOON = datetime(2026, 5, 10, 12, tzinfo=UTC)


@pytest.fixture
def people(db):
    return [User.objects.create_user(f"learner{number}@example.org") for number in range(6)]


def event(learner, at, *, verb=Verb.VIEWED, object_id=1, **fields):
    return Event(
        recorded_at=at, learner_id=learner.pk, verb=verb, kind=Kind.COURSE, object_id=object_id, **fields
    )


def test_periods_follow_each_other_without_gap_or_overlap():
    period = Period(date(2026, 5, 11), date(2026, 5, 20))
    assert period.days == 10
    assert period.before == Period(date(2026, 5, 1), date(2026, 5, 10))
    assert period.before.end == period.start
    assert len(period.dates()) == period.days


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"since": "2026-05-02", "until": "2026-05-01"}, "The first day lies after the last one."),
        ({"since": "2020-01-01", "until": "2026-05-01"}, "Choose at most 366 days."),
        ({"since": "yesterday"}, "Enter a valid date."),
    ],
)
def test_a_range_that_is_none_says_so_and_shows_the_last_days(asked, sentence):
    form = dashboard.PeriodForm(asked)
    assert form.period().days == dashboard.DEFAULT_DAYS
    assert [str(error) for errors in form.errors.values() for error in errors] == [sentence]


@pytest.mark.django_db
def test_active_learners_are_counted_once_a_period_and_once_a_day(people):
    one, two, three, *_ = people
    Event.objects.bulk_create(
        [
            event(one, NOON),
            event(one, NOON + timedelta(hours=1)),
            event(one, NOON + timedelta(days=1)),
            event(two, NOON),
            event(three, NOON - timedelta(days=30)),
            event(three, NOON, bundle="imported"),
        ]
    )
    total, by_day = dashboard.active_learners(MAY)
    assert (total, by_day) == (2, {date(2026, 5, 10): 2, date(2026, 5, 11): 1})
    assert dashboard.active_learners(MAY.before)[0] == 1


@pytest.mark.django_db
def test_the_funnel_narrows(people):
    course = build_course("Numbers", topic="Mathematics", lessons=2)
    lessons = list(course.lessons.in_order())
    for number, learner in enumerate(people[:4]):
        enrolment.enrol(learner=learner, course=course, now=NOON)
        if number >= 1:
            progress.open_lesson(lesson=lessons[0], learner=learner, now=NOON)
        if number >= 2:
            progress.complete_lesson(lesson=lessons[0], learner=learner, now=NOON)
        if number >= 3:
            progress.complete_lesson(lesson=lessons[1], learner=learner, now=NOON)
    enrolment.enrol(learner=people[4], course=course, now=NOON - timedelta(days=40))
    assert [count for _label, count in dashboard.funnel(MAY)] == [4, 3, 2, 1]
    assert dashboard.enrolments(MAY) == (4, {date(2026, 5, 10): 4})
    assert dashboard.drop_off(MAY) == [("Numbers: Numbers, part 1", 3, 2)]


@pytest.mark.django_db
def test_quiz_results_and_credits_are_those_of_the_period(world):
    done = Attempt.objects.get(pk=world.done.pk)
    at = done.submitted_at
    today = Period(at.date(), at.date())
    attempts, passed, mean = dashboard.quiz_results(today)
    rows = Attempt.objects.filter(is_preview=False, submitted_at__isnull=False)
    assert attempts == rows.count() == 1
    assert (passed, mean) == (int(done.passed), done.percent)
    granted = sum(ledger.balance(user) for user in User.objects.all())
    ledger.spend(learner=world.learner, amount=2, reason="hint", source="quiz:1")
    assert dashboard.credit_flow(today) == (granted, 2)
    assert dashboard.credit_flow(today.before) == (0, 0)
    assert Entry.objects.exists()
    assert dashboard.hardest_quizzes(today) == [(done.quiz.title, 1, int(done.passed))]


@pytest.mark.django_db
def test_a_click_counts_for_the_row_and_model_that_showed_the_item(people):
    def shown(learner, at, version, position=1, placement="home", object_id=7):
        return Impression(
            recorded_at=at, learner_id=learner.pk, placement=placement, position=position, kind=Kind.COURSE,
            object_id=object_id, source="towers", model_version=version, probability=1,
        )  # fmt: skip

    one, two, *_ = people
    minute = timedelta(minutes=1)
    Impression.objects.bulk_create(
        [
            shown(one, NOON - 2 * minute, "old"),
            shown(one, NOON - minute, "new"),
            shown(one, NOON - minute, "new", position=2, object_id=8),
            shown(two, NOON - minute, "new"),
            shown(two, NOON - timedelta(days=2), "old", placement="lesson"),
        ]
    )
    via = {"via": "home-1"}
    Event.objects.bulk_create(
        [
            event(one, NOON, object_id=7, context=via),
            event(one, NOON, object_id=8, context=via),  # shown elsewhere in the row
            event(two, NOON, object_id=7, context={"via": "lesson-1"}),  # shown too long ago
            event(two, NOON, object_id=7),  # opened from somewhere else
        ]
    )
    assert dashboard.click_through(MAY) == [
        ("home", "new", 3, 1),
        ("home", "old", 1, 0),
        ("lesson", "old", 1, 0),
    ]


@pytest.mark.django_db
def test_visitors_clicks_count_for_what_these_visitors_were_shown(people):
    ann, bob = uuid.uuid4(), uuid.uuid4()
    learner = people[0]

    def shown(version, **who):
        return Impression(
            recorded_at=NOON - timedelta(minutes=1), placement="home", position=1, kind=Kind.COURSE,
            object_id=7, source="towers", model_version=version, probability=1, **who,
        )  # fmt: skip

    def click(**who):
        return Event(
            recorded_at=NOON,
            verb=Verb.VIEWED,
            kind=Kind.COURSE,
            object_id=7,
            context={"via": "home-1"},
            **who,
        )

    Impression.objects.bulk_create(
        [shown("a", visitor=ann), shown("a", learner_id=learner.pk), shown("b", visitor=bob)]
    )
    # The last one was shown nothing.
    Event.objects.bulk_create([click(visitor=ann), click(learner_id=learner.pk), click(visitor=uuid.uuid4())])
    assert dashboard.click_through(MAY) == [("home", "a", 2, 2), ("home", "b", 1, 0)]


@pytest.mark.django_db
def test_a_click_of_a_visitor_on_a_page_is_counted(client, world, settings):
    """From the row in the page to the figure, as a browser goes."""
    before = client.get("/")  # nothing is remembered of this visitor yet
    assert before.status_code == 200
    client.get(world.course.get_absolute_url())
    page = client.get("/").content.decode()
    address = re.search(r'href="([^"]+\?via=[\w-]+-1)"', page)[1]
    assert client.get(html.unescape(address)).status_code == 200
    today = timezone.localdate()
    rows = dashboard.click_through(Period(today, today))
    assert sum(clicked for *_, clicked in rows) == 1
    assert sum(count for _, _, count, _ in rows) > 1


@pytest.mark.django_db
def test_a_figure_is_compared_with_the_period_before(people):
    def figure(value, before, is_share=False):
        return dashboard.Figure("", value, before, is_share).change

    assert figure(15, 10) == 50
    assert figure(5, 10) == -50
    assert figure(5, 0) is None
    assert figure(60.0, 50.0, is_share=True) == 10
    assert figure(None, 50.0, is_share=True) is None


@pytest.mark.django_db
def test_the_page_shows_the_range_asked_for_and_takes_few_queries(world):
    cache.clear()
    client = Client()
    client.force_login(world.admin)
    Enrolment.objects.update(enrolled_at=NOON)
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/admin/?since=2026-05-01&until=2026-05-31").content.decode()
    assert len(queries) <= 40
    assert "10.05.2026: 2" in page
    assert page.count("<rect") >= 62
    with CaptureQueriesContext(connection) as queries:
        client.get("/admin/?since=2026-05-01&until=2026-05-31")
    assert len(queries) <= 20, "figures are kept"


@pytest.mark.django_db
def test_the_usual_ranges_are_counted_before_anybody_asks(world):
    client = Client()
    client.force_login(world.admin)
    dashboard.count_usual_ranges()
    with CaptureQueriesContext(connection) as queries:
        client.get("/admin/")
    assert not [query for query in queries if "activity_event" in query["sql"]]


@pytest.mark.django_db
def test_an_author_sees_no_figures(world):
    client = Client()
    client.force_login(world.author)
    page = client.get("/admin/").content.decode()
    assert "Active learners" not in page
    assert client.get("/admin/dashboard.csv").status_code == 403


@pytest.mark.django_db
def test_the_table_says_what_the_page_says(world):
    client = Client()
    client.force_login(world.admin)
    page = client.get("/admin/").content.decode()
    address = re.search(r'href="(/admin/dashboard\.csv[^"]*)"', page)[1].replace("&amp;", "&")
    rows = list(csv.reader(io.StringIO(client.get(address).content.decode())))
    values = {(section, name): value for section, name, value, _before in rows}
    assert values["totals", "Enrolments"] == str(Enrolment.objects.count())
    assert values["funnel", "Enrolled"] == values["totals", "Enrolments"]
    assert sum(row[0] == "enrolments" for row in rows) == dashboard.DEFAULT_DAYS
