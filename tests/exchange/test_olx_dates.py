"""Days that an Open edX course names: when its parts appear, and until when their problems are open."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from course_sources import write_files
from courses.models import Course
from exchange.course_import import import_course
from quizzes.models import Quiz

PROBLEM = (
    '<problem display_name="Splice"><multiplechoiceresponse><label>Which?</label><choicegroup>'
    '<choice correct="true">eye</choice><choice correct="false">bow</choice></choicegroup>'
    "</multiplechoiceresponse></problem>"
)


def course(chapter="", sequential="", policy="{}", **attributes):
    own = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return {
        "course.xml": '<course org="Harbour" course="D1" url_name="r"/>',
        "course/r.xml": f'<course display_name="Days"{own}><chapter url_name="c" {chapter}>'
        f'<sequential url_name="s" display_name="Splices" {sequential}><vertical url_name="v">'
        f"{PROBLEM}</vertical></sequential></chapter></course>",
        "policies/r/policy.json": policy,
    }


@pytest.fixture
def imported(db, tmp_path, settings):
    """Imports a course of one lesson with one quiz; returns (lesson, quiz, report items)."""
    settings.MEDIA_ROOT = tmp_path / "media"

    def importing(files):
        made, _, report = import_course(path=write_files(tmp_path / "source", files))
        lesson = Course.objects.get(pk=made.pk).lessons.get()
        return lesson, Quiz.objects.get(lesson=lesson), report.items

    return importing


def test_a_part_that_is_still_to_appear_is_scheduled_with_its_quiz(imported):
    year = timezone.now().year + 2
    lesson, quiz, _ = imported(course(f"start='\"{year}-05-01T00:00:00+00:00\"'"))
    start = datetime(year, 5, 1, tzinfo=UTC)
    assert (lesson.status, lesson.publish_at) == ("scheduled", start)
    assert (quiz.status, quiz.opens_at) == ("published", start)


def test_the_start_of_the_course_is_no_date_of_its_parts(imported):
    year = timezone.now().year + 2
    lesson, quiz, _ = imported(course(f'start="{year}-01-01T00:00:00Z"', start=f"{year}-01-01T00:00:00Z"))
    assert (lesson.status, quiz.opens_at) == ("published", None)


def test_what_is_due_closes(imported):
    year = timezone.now().year + 1
    _, quiz, _ = imported(course(sequential=f'due="{year}-06-01T12:00"'))
    assert quiz.closes_at == datetime(year, 6, 1, 12, tzinfo=UTC)


def test_a_day_that_is_past_is_named_and_left_out(imported):
    _, quiz, items = imported(course(sequential='due="2015-06-01T12:00:00Z"'))
    assert quiz.closes_at is None
    reason = next(item.reason for item in items if item.kind == "sequential")
    assert reason == "It was due on 2015-06-01, which is past: the day was left out."


def test_courses_at_ones_own_pace_have_no_days(imported):
    year = timezone.now().year + 2
    lesson, quiz, _ = imported(
        course(sequential=f'start="{year}-05-01" due="{year}-06-01"', self_paced="true")
    )
    assert (lesson.status, quiz.closes_at) == ("published", None)


def test_older_courses_keep_grading_and_days_in_their_policy(imported):
    year = timezone.now().year + 1
    policy = f'{{"sequential/s": {{"graded": true, "due": "{year}-06-01T00:00:00Z"}}}}'
    files = course(policy=policy)
    files["policies/r/grading_policy.json"] = '{"GRADE_CUTOFFS": {"Pass": 0.85}}'
    _, quiz, _ = imported(files)
    assert (quiz.pass_mark, quiz.closes_at) == (85, datetime(year, 6, 1, tzinfo=UTC))
