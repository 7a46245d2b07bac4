"""How far a learner is: never above 100 %, never less than before."""

import contextlib
import datetime

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activity.models import Event, Kind, Verb
from courses import completion, enrolment, goals, progress, publishing
from courses.authoring import add_lesson, add_section, create_course, save_lesson
from courses.errors import Refused
from courses.models import Certificate, Enrolment, LessonProgress, Status, StudyDay
from threads import at_once
from world import build_course

pytestmark = pytest.mark.django_db


def test_completing_every_lesson_completes_the_course_once(course, lessons, enrolled):
    for lesson in lessons:
        assert progress.complete_lesson(lesson=lesson, learner=enrolled)
        assert not progress.complete_lesson(lesson=lesson, learner=enrolled)
    state = progress.course_progress(course, enrolled)
    assert (state.done, state.total, state.percent) == (3, 3, 100)
    assert state.completed_at
    assert Certificate.objects.filter(learner=enrolled, course=course).count() == 1
    done = Event.objects.filter(learner_id=enrolled.pk, verb=Verb.COMPLETED)
    assert done.filter(kind=Kind.LESSON).count() == 3
    assert done.filter(kind=Kind.COURSE).count() == 1
    assert enrolled.notices.filter(kind="course_completed").count() == 1


def test_a_new_lesson_is_said_to_be_new_and_takes_nothing_away(course, lessons, enrolled):
    for lesson in lessons:
        progress.complete_lesson(lesson=lesson, learner=enrolled)
    section = course.sections.first()
    section.course.refresh_from_db()
    add_lesson(section=section, title="Fourth", blocks="More.")
    add_lesson(section=section, title="Fifth", blocks="More.")
    state = progress.course_progress(course, enrolled)
    assert (state.done, state.total, state.percent, state.new_lessons) == (3, 5, 100, 2)
    assert state.completed_at
    progress.open_lesson(lesson=course.lessons.get(slug="fourth"), learner=enrolled)
    assert progress.course_progress(course, enrolled).new_lessons == 1


def test_a_lesson_taken_away_and_one_added_take_nothing_away(course, lessons, enrolled):
    progress.complete_lesson(lesson=lessons[0], learner=enrolled)
    save_lesson(lesson=lessons[1], status=Status.DRAFT)
    save_lesson(lesson=lessons[2], status=Status.DRAFT)
    assert progress.course_progress(course, enrolled).percent == 100
    add_lesson(section=course.sections.first(), title="Fourth", blocks="More.")
    assert progress.course_progress(course, enrolled).percent == 100


def test_only_readers_complete(lessons, learner):
    with pytest.raises(Refused, match="Enrol"):
        progress.complete_lesson(lesson=lessons[1], learner=learner)
    assert progress.complete_lesson(lesson=lessons[0], learner=learner)  # a free preview
    assert not Enrolment.objects.exists()


def test_opening_remembers_the_place(lessons, enrolled):
    progress.open_lesson(lesson=lessons[1], learner=enrolled)
    block = lessons[1].blocks.get()
    progress.remember_place(lesson=lessons[1], learner=enrolled, block=block, position=95, seconds=30)
    row = Enrolment.objects.get(learner=enrolled)
    assert (row.last_lesson, row.last_block) == (lessons[1], block)
    place = LessonProgress.objects.get(learner=enrolled, lesson=lessons[1])
    assert (place.block, place.position, place.seconds) == (block, 95, 30)


def test_a_block_of_another_lesson_is_not_a_place(lessons, enrolled):
    progress.remember_place(lesson=lessons[1], learner=enrolled, block=lessons[2].blocks.get(), seconds=5)
    assert LessonProgress.objects.get(learner=enrolled, lesson=lessons[1]).block is None


def test_a_lesson_left_open_overnight_is_not_a_night_of_reading(lessons, enrolled):
    progress.remember_place(lesson=lessons[1], learner=enrolled, seconds=8 * 3600)
    assert LessonProgress.objects.get(lesson=lessons[1]).seconds == progress.LONGEST_REPORT


def test_rules_of_other_apps_hold_back_the_certificate(course, lessons, enrolled, monkeypatch):
    left = ["1 quiz to pass"]
    monkeypatch.setitem(completion._rules, "test", lambda course, learner: left)
    for lesson in lessons:
        progress.complete_lesson(lesson=lesson, learner=enrolled)
    assert not Certificate.objects.exists()
    assert completion.missing(course, enrolled) == left
    left.clear()
    assert completion.update(course=course, learner=enrolled)
    assert Certificate.objects.exists()


acts = st.lists(
    st.one_of(
        st.tuples(st.just("complete"), st.integers(0, 9)),
        st.tuples(st.just("add"), st.booleans()),
        st.tuples(st.just("withdraw"), st.integers(0, 9)),
        st.tuples(st.just("leave"), st.none()),
        st.tuples(st.just("return"), st.none()),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
def test_progress_never_falls_and_never_passes_100(learner, acts):
    course = publishing.publish(course=create_course(title="Laws"))
    section = add_section(course=course, title="Part")
    add_lesson(section=section, title="Start", blocks="Text.")
    enrolment.enrol(learner=learner, course=course)
    highest = 0
    for act, value in acts:
        lessons = list(course.lessons.order_by("pk").select_related("course"))
        if act == "add":
            add_lesson(
                section=section, title="More", blocks="Text.", status="published" if value else "draft"
            )
        elif act == "withdraw":
            save_lesson(lesson=lessons[value % len(lessons)], status=Status.DRAFT)
        elif act == "leave":
            enrolment.leave(learner=learner, course=course)
        elif act == "return":
            enrolment.enrol(learner=learner, course=course)
        else:
            with contextlib.suppress(Refused):
                progress.complete_lesson(lesson=lessons[value % len(lessons)], learner=learner)
        state = progress.course_progress(course, learner)
        if state is None:
            continue
        assert highest <= state.percent <= 100
        assert 0 <= state.done <= state.total
        highest = state.percent


def test_streak_counts_days_in_a_row(learner):
    today = datetime.date(2026, 5, 10)
    days = [today - datetime.timedelta(days=n) for n in (1, 2, 3, 5)]
    assert goals.streak(days, today) == 3
    assert goals.streak([*days, today], today) == 4
    assert goals.streak([], today) == 0


def test_a_freeze_saves_a_streak_once(learner):
    now = timezone.now()
    today = goals.today_of(learner, now)
    for back in (2, 3):
        StudyDay.objects.create(learner=learner, day=today - datetime.timedelta(days=back))
    assert goals.week(learner, now=now).streak == 0
    assert goals.spend_freeze(learner=learner, now=now)
    assert not goals.spend_freeze(learner=learner, now=now)
    week = goals.week(learner, now=now)
    assert (week.streak, week.freezes) == (3, 1)


def test_a_day_is_the_learners_own(learner):
    learner.profile.timezone = "Pacific/Auckland"
    midnight_utc = datetime.datetime(2026, 5, 10, 13, 0, tzinfo=datetime.UTC)
    assert goals.today_of(learner, midnight_utc) == datetime.date(2026, 5, 11)


def test_leaderboard_shows_only_who_agreed(course, lessons, enrolled, other_learner):
    enrolment.enrol(learner=other_learner, course=course)
    for person in (enrolled, other_learner):
        progress.complete_lesson(lesson=lessons[0], learner=person)
    goals.set_goal(learner=enrolled, days_per_week=3, on_leaderboard=True)
    assert [(row.learner, row.lessons) for row in goals.leaderboard(course)] == [(enrolled, 1)]


@pytest.mark.django_db(transaction=True)
def test_leaving_one_page_and_completing_another_at_once_never_lock_each_other_out(learner):
    course = build_course("Numbers", topic="Mathematics", lessons=12)
    enrolment.enrol(learner=learner, course=course)
    lessons = list(course.lessons.order_by("pk"))

    def work(number):
        for lesson in lessons[number % 2 :: 2]:
            if number % 2:
                progress.complete_lesson(lesson=lesson, learner=learner)
            else:
                block = lesson.blocks.first()
                progress.remember_place(lesson=lesson, learner=learner, block=block, seconds=5)

    assert at_once(6, work) == [None] * 6
    assert StudyDay.objects.get().lessons_completed == 6
