"""Due dates: for whom, from when, what became of them, and who is reminded."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from chromium import faults
from courses import enrolment
from courses.models import Cohort, Course, Enrolment
from embark import privacy
from notices.models import Preference
from quizzes import due_reminders, gradebook
from quizzes.authoring import create_quiz
from quizzes.due import State, due_moment, due_of, due_soon, dues_of
from quizzes.models import Accommodation, Attempt, DueDate, DueReminder, Quiz
from threads import at_once
from world import QUESTIONS, build_course, quiz_data

NOW = timezone.now()
DAY = timedelta(days=1)


@pytest.fixture
def course(db, learner):
    course = build_course("Numbers", topic="Mathematics")
    enrolment.enrol(learner=learner, course=course)
    Enrolment.objects.update(enrolled_at=NOW - 10 * DAY)
    return course


@pytest.fixture
def cohort(course):
    return Cohort.objects.create(course=course, name="Spring", starts_at=NOW - 5 * DAY)


@pytest.fixture
def quiz(course):
    return create_quiz(data=quiz_data("Check", questions=QUESTIONS), lesson=course.lessons.first())


def hand_in(quiz, learner, at, *, number=1):
    Attempt.objects.create(
        quiz=quiz, learner=learner, number=number, seed=1, state=Attempt.State.GRADED, passed=True, mark=1,
        max_mark=1, submitted_at=at,
    )  # fmt: skip


def moment(learner):
    [due] = dues_of(learner, at=NOW)
    return due.at


# ------------------------------------------------------------------------------------ for whom, from when


def test_a_moment_holds_for_everybody_in_the_course(quiz, learner, other_learner):
    DueDate.objects.create(quiz=quiz, due_at=NOW + DAY)
    assert moment(learner) == NOW + DAY
    assert dues_of(other_learner) == []


def test_days_count_from_the_cohorts_start_or_from_enrolment(quiz, learner, cohort):
    DueDate.objects.create(quiz=quiz, days_after_start=14)
    assert moment(learner) == NOW + 4 * DAY
    Enrolment.objects.update(cohort=cohort)
    assert moment(learner) == NOW + 9 * DAY


def test_the_line_of_the_own_cohort_wins(quiz, learner, cohort, course):
    other = Cohort.objects.create(course=course, name="Autumn", starts_at=NOW)
    DueDate.objects.create(quiz=quiz, cohort=other, due_at=NOW + 3 * DAY)
    assert dues_of(learner) == []
    DueDate.objects.create(quiz=quiz, due_at=NOW + DAY)
    DueDate.objects.create(quiz=quiz, cohort=cohort, due_at=NOW + 2 * DAY)
    assert moment(learner) == NOW + DAY
    Enrolment.objects.update(cohort=cohort)
    assert moment(learner) == NOW + 2 * DAY


def test_an_extension_is_the_learners_own(quiz, learner, other_learner, course):
    enrolment.enrol(learner=other_learner, course=course)
    DueDate.objects.create(quiz=quiz, due_at=NOW + DAY)
    Accommodation.objects.create(learner=learner, extra_days=7)
    assert moment(learner) == NOW + 8 * DAY
    assert moment(other_learner) == NOW + DAY
    Accommodation.objects.create(learner=learner, quiz=quiz, extra_days=2)
    assert moment(learner) == NOW + 3 * DAY


def test_nine_oclock_stays_nine_oclock_when_summer_time_begins(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    timezone.get_default_timezone.cache_clear()
    try:
        start = datetime(2026, 3, 25, 8, tzinfo=UTC)  # 9:00 in Berlin; summer time begins on the 29th
        due = due_moment([DueDate(days_after_start=7)], Enrolment(enrolled_at=start))
        assert due.astimezone(UTC) == datetime(2026, 4, 1, 7, tzinfo=UTC)
    finally:
        timezone.get_default_timezone.cache_clear()


@given(st.integers(0, 400), st.integers(0, 365), st.integers(0, 365))
def test_more_days_are_never_due_earlier(days, extra, more):
    learner = Enrolment(enrolled_at=datetime(2026, 1, 1, tzinfo=UTC))
    rows = [DueDate(days_after_start=days)]
    earlier = due_moment(rows, learner, extra_days=min(extra, more))
    assert learner.enrolled_at <= earlier <= due_moment(rows, learner, extra_days=max(extra, more))


@pytest.mark.parametrize("fields", [{}, {"due_at": NOW, "days_after_start": 3}], ids=["neither", "both"])
def test_a_due_date_is_given_in_one_way(quiz, fields):
    with pytest.raises(ValidationError, match="one of the two"):
        DueDate(quiz=quiz, **fields).full_clean()


def test_a_due_date_belongs_to_a_course_and_its_cohorts(quiz):
    elsewhere = Cohort.objects.create(course=build_course("Else", topic="Art"), name="X", starts_at=NOW)
    with pytest.raises(ValidationError, match="cohort of the course"):
        DueDate(quiz=quiz, cohort=elsewhere, due_at=NOW).full_clean()
    with pytest.raises(ValidationError, match="choose its course first"):
        DueDate(quiz=Quiz.objects.create(title="Free", slug="free"), due_at=NOW).full_clean()
    DueDate.objects.create(quiz=quiz, due_at=NOW)
    with pytest.raises(ValidationError):
        DueDate(quiz=quiz, due_at=NOW).full_clean()


# -------------------------------------------------------------------------------------- what became of it


@pytest.mark.parametrize(
    ("due_in", "handed_in", "state"),
    [
        (DAY, None, State.OPEN),
        (-DAY, None, State.OVERDUE),
        (-DAY, -2 * DAY, State.HANDED_IN),
        (-DAY, -DAY, State.HANDED_IN),
        (-DAY, -DAY / 2, State.LATE),
    ],
)
def test_the_first_submission_decides(quiz, learner, due_in, handed_in, state):
    DueDate.objects.create(quiz=quiz, due_at=NOW + due_in)
    if handed_in is not None:
        hand_in(quiz, learner, NOW + handed_in)
        hand_in(quiz, learner, NOW, number=2)
    assert due_of(quiz, learner, at=NOW).state == state


def test_attempts_under_way_and_previews_hand_nothing_in(quiz, learner):
    DueDate.objects.create(quiz=quiz, due_at=NOW - DAY)
    Attempt.objects.create(quiz=quiz, learner=learner, number=1, seed=1)
    hand_in(quiz, learner, NOW - 2 * DAY, number=2)
    Attempt.objects.filter(number=2).update(is_preview=True)
    assert due_of(quiz, learner, at=NOW).state == State.OVERDUE


def test_soon_is_a_week_ahead_and_what_was_missed_lately(course, learner):
    for days in (-20, -3, 2, 6, 9):
        quiz = create_quiz(data=quiz_data(f"{days}", questions=QUESTIONS), course=course)
        DueDate.objects.create(quiz=quiz, due_at=NOW + days * DAY)
    done = create_quiz(data=quiz_data("done", questions=QUESTIONS), course=course)
    DueDate.objects.create(quiz=done, due_at=NOW + DAY)
    hand_in(done, learner, NOW)
    assert [due.quiz.title for due in due_soon(learner, at=NOW)] == ["-3", "2", "6"]


@pytest.mark.parametrize(
    "close",
    [
        lambda: Enrolment.objects.update(left_at=NOW),
        lambda: Quiz.objects.update(status="draft"),
        lambda: Course.objects.update(status="draft"),
    ],
    ids=["left", "quiz withdrawn", "course withdrawn"],
)
def test_what_can_not_be_taken_is_not_due(quiz, learner, close):
    DueDate.objects.create(quiz=quiz, due_at=NOW + DAY)
    assert len(dues_of(learner)) == 1
    close()
    assert dues_of(learner) == []


def test_any_number_of_due_dates_takes_four_queries(course, learner):
    for number in range(9):
        quiz = create_quiz(data=quiz_data(f"Quiz {number}", questions=QUESTIONS), course=course)
        DueDate.objects.create(quiz=quiz, due_at=NOW + DAY)
    with CaptureQueriesContext(connection) as queries:
        assert len(dues_of(learner)) == 9
    assert len(queries) == 4


# ------------------------------------------------------------------------------------------- the reminder


def test_who_has_a_day_left_is_reminded_once(quiz, learner):
    DueDate.objects.create(quiz=quiz, due_at=NOW + 2 * DAY)
    assert due_reminders.remind(now=NOW) == 0
    assert due_reminders.remind(now=NOW + 1.5 * DAY) == 1
    assert due_reminders.remind(now=NOW + 1.6 * DAY) == 0
    notice = learner.notices.get(kind="quiz_due")
    assert notice.url == quiz.get_absolute_url()
    assert "Check" in notice.title


def test_a_moved_date_reminds_again(quiz, learner):
    line = DueDate.objects.create(quiz=quiz, due_at=NOW + DAY / 2)
    assert due_reminders.remind(now=NOW) == 1
    line.due_at = NOW + 3 * DAY
    line.save()
    assert due_reminders.remind(now=NOW + 2.5 * DAY) == 1


def test_each_is_reminded_of_their_own_date(quiz, learner, other_learner, course, cohort):
    enrolment.enrol(learner=other_learner, course=course, cohort=cohort)
    DueDate.objects.create(quiz=quiz, days_after_start=10)  # learner: now; the cohort: in 5 days
    Accommodation.objects.create(learner=learner, extra_days=3)
    assert due_reminders.remind(now=NOW) == 0
    assert due_reminders.remind(now=NOW + 2.5 * DAY) == 1
    assert learner.notices.filter(kind="quiz_due").count() == 1
    assert due_reminders.remind(now=NOW + 4.5 * DAY) == 1
    assert other_learner.notices.filter(kind="quiz_due").count() == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda quiz, learner: hand_in(quiz, learner, NOW),
        lambda quiz, learner: Enrolment.objects.update(left_at=NOW),
        lambda quiz, learner: User.objects.update(is_active=False),
        lambda quiz, learner: User.objects.update(is_simulated=True),
        lambda quiz, learner: Quiz.objects.update(status="draft"),
        lambda quiz, learner: DueDate.objects.update(due_at=NOW - DAY / 2),
    ],
    ids=["handed in", "left", "inactive", "simulated", "withdrawn", "over"],
)
def test_who_needs_no_reminder_gets_none(quiz, learner, change):
    DueDate.objects.create(quiz=quiz, due_at=NOW + DAY / 2)
    change(quiz, learner)
    assert due_reminders.remind(now=NOW) == 0


def test_the_reminder_speaks_the_learners_clock_and_heeds_their_quiet_hours(quiz, learner):
    now = datetime(2026, 7, 1, 20, tzinfo=UTC)
    learner.profile.timezone = "Asia/Tokyo"
    learner.profile.save()
    Preference.objects.create(learner=learner, quiet_from="00:00", quiet_until="07:00")
    DueDate.objects.create(quiz=quiz, due_at=datetime(2026, 7, 2, 3, 30, tzinfo=UTC))
    assert due_reminders.remind(now=now) == 1
    notice = learner.notices.get(kind="quiz_due")
    assert "12:30 p.m." in notice.body
    assert notice.mail_at == datetime(2026, 7, 1, 22, tzinfo=UTC)  # 7 o'clock in Tokyo


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_remind_once():
    learner = User.objects.create_user("ada@example.org")
    course = build_course("Numbers", topic="Mathematics")
    enrolment.enrol(learner=learner, course=course)
    quiz = create_quiz(data=quiz_data("Check", questions=QUESTIONS), course=course)
    DueDate.objects.create(quiz=quiz, due_at=timezone.now() + DAY / 2)
    counts = at_once(3, lambda _number: due_reminders.remind())
    assert sum(counts) == 1
    assert learner.notices.filter(kind="quiz_due").count() == 1


def test_reminders_and_extensions_are_in_the_export_and_go_with_the_person(quiz, learner):
    DueDate.objects.create(quiz=quiz, due_at=NOW + DAY / 2)
    Accommodation.objects.create(learner=learner, quiz=quiz, extra_days=0)
    due_reminders.remind(now=NOW)
    told = dict(pair for module in privacy.modules() for pair in module.export(learner))
    assert [row["quiz__slug"] for row in told["due_reminders"]] == [quiz.slug]
    assert told["quiz_accommodations"][0]["extra_days"] == 0
    privacy.erase(learner)
    assert not DueReminder.objects.exists()


# ---------------------------------------------------------------------------------------------- the pages


@pytest.mark.parametrize("page", ["home", "course", "lesson", "quiz"])
def test_pages_say_when_in_the_learners_own_time(client, quiz, learner, page):
    DueDate.objects.create(quiz=quiz, due_at=NOW - DAY)
    client.force_login(learner)
    session = client.session
    session["timezone"] = "Asia/Tokyo"
    session.save()
    address = {
        "home": reverse("home"),
        "course": quiz.course.get_absolute_url(),
        "lesson": quiz.lesson.get_absolute_url(),
        "quiz": quiz.get_absolute_url(),
    }[page]
    html = client.get(address).content.decode()
    with timezone.override("Asia/Tokyo"):
        moment = timezone.localtime(NOW - DAY).strftime("%Y-%m-%dT%H:%M:%S%z")
    assert f'<time datetime="{moment}">' in html
    assert moment.endswith("+0900")
    assert "overdue" in html


def test_home_with_everything_on_it_takes_twenty_queries(client, quiz, learner, course):
    for number in range(5):
        other = create_quiz(data=quiz_data(f"Quiz {number}", questions=QUESTIONS), course=course)
        DueDate.objects.create(quiz=other, due_at=NOW + DAY)
        Quiz.objects.filter(pk=other.pk).update(attempt_price=5)
        done = create_quiz(data=quiz_data(f"Done {number}", questions=QUESTIONS), course=course)
        Quiz.objects.filter(pk=done.pk).update(attempt_price=5)
        hand_in(done, learner, NOW - 20 * DAY)
        more = build_course(f"More {number}", topic="Mathematics")
        enrolment.enrol(learner=learner, course=more)
    client.force_login(learner)
    client.get(reverse("home"))
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("home"))
    assert len(page.context["dues"]) == 5
    assert len(page.context["refreshers"].due) == 3
    asked = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(asked) <= 20


def test_pages_without_due_dates_say_nothing(client, quiz, learner):
    client.force_login(learner)
    for address in (reverse("home"), quiz.course.get_absolute_url(), quiz.get_absolute_url()):
        assert b'<time datetime="20' not in client.get(address).content
        assert b"due-title" not in client.get(address).content


def test_programs_are_told_the_callers_own(client, quiz, learner, other_learner):
    DueDate.objects.create(quiz=quiz, due_at=NOW + DAY)
    client.force_login(learner)
    [row] = client.get(reverse("api:due_dates")).json()
    assert (row["quiz"], row["course"], row["state"]) == (quiz.slug, quiz.course.slug, "open")
    client.force_login(other_learner)
    assert client.get(reverse("api:due_dates")).json() == []


def test_the_gradebook_marks_late_and_overdue(client, admin, quiz, learner, other_learner, course):
    enrolment.enrol(learner=other_learner, course=course)
    DueDate.objects.create(quiz=quiz, due_at=NOW - DAY)
    hand_in(quiz, learner, NOW)
    found = gradebook.all_rows(gradebook.enrolments(course), gradebook.columns(course))
    states = {row.learner: row.marks[0].due.state for row in found}
    assert states == {learner: State.LATE, other_learner: State.OVERDUE}
    client.force_login(admin)
    page = client.get(reverse("gradebook", args=[course.pk])).content.decode()
    assert "handed in late" in page
    assert "overdue" in page
    text = client.get(reverse("gradebook_table", args=[course.pk])).getvalue().decode()
    lines = {line["learner"]: line for line in csv.DictReader(io.StringIO(text))}
    assert lines["Ada"]["Check: handed in"] == "handed in late"
    assert lines["Grace"]["Check: handed in"] == "overdue"


def test_an_editor_gives_due_dates_beside_the_quiz(client, admin, quiz, cohort):
    elsewhere = Cohort.objects.create(course=build_course("Else", topic="Art"), name="Far", starts_at=NOW)
    client.force_login(admin)
    address = reverse("admin:quizzes_quiz_change", args=[quiz.pk])
    page = client.get(address)
    assert "Spring" in page.text
    assert "Far" not in page.text
    form = page.context["adminform"].form
    posted = {name: value for name, value in form.initial.items() if value not in (None, [], "")}
    posted |= {"topics": [topic.pk for topic in quiz.topics.all()], "ip_ranges": "", "grade_bands": "[]"}
    posted |= {"slots-TOTAL_FORMS": 0, "slots-INITIAL_FORMS": 0, "due_dates-INITIAL_FORMS": 0}
    lines = {"due_dates-TOTAL_FORMS": 1, "due_dates-0-cohort": cohort.pk, "due_dates-0-days_after_start": 14}
    wrong = {"due_dates-0-due_at_0": "2026-12-01", "due_dates-0-due_at_1": "12:00"}
    refused = client.post(address, posted | lines | wrong)
    assert "one of the two" in refused.text
    assert (
        "Select a valid choice"
        in client.post(address, posted | lines | {"due_dates-0-cohort": elsewhere.pk}).text
    )
    saved = client.post(address, posted | lines)
    assert saved.status_code == 302, saved.context["errors"]
    line = quiz.due_dates.get()
    assert (line.cohort, line.days_after_start, line.due_at) == (cohort, 14, None)


@pytest.mark.browser
@pytest.mark.parametrize("place", ["home", "course", "quiz", "gradebook"])
def test_due_dates_in_a_browser(client, admin, quiz, learner, course, place, tmp_path_factory):
    DueDate.objects.create(quiz=quiz, due_at=NOW - DAY)
    for days, handed_in in ((3, None), (-2, NOW), (-1, NOW - 2 * DAY)):
        other = create_quiz(data=quiz_data(f"Number {days} " * 6, questions=QUESTIONS), course=course)
        DueDate.objects.create(quiz=other, due_at=NOW + days * DAY)
        if handed_in:
            hand_in(other, learner, handed_in)
    client.force_login(admin if place == "gradebook" else learner)
    address = {
        "home": reverse("home"),
        "course": course.get_absolute_url(),
        "quiz": quiz.get_absolute_url(),
        "gradebook": reverse("gradebook", args=[course.pk]),
    }[place]
    assert faults(client, address, shots=tmp_path_factory.getbasetemp()) == []
