from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from accounts.models import User
from activity.models import Event, Kind, Verb
from courses.checks import content_problems
from courses.models import Course, Enrolment, Lesson, LessonProgress
from embark.demo import samples
from quizzes.models import Quiz

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def library(django_db_setup, django_db_blocker, tmp_path_factory):
    """The samples, loaded once for all tests of this file, in a transaction that is taken back."""
    media = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with django_db_blocker.unblock(), media, transaction.atomic():
        call_command("load_samples", learners=25, verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def loaded(library, db):
    """The samples, as each test finds them."""


def test_the_library_is_whole(loaded):
    courses = Course.objects.published().filter(is_sample=True)
    assert courses.count() >= 3
    assert Lesson.objects.published().filter(course__in=courses).count() >= 15
    assert Quiz.objects.filter(is_sample=True, status="published", lesson__isnull=False).count() >= 6
    for course in courses:
        assert course.topics.exists()
        assert course.lessons.filter(is_preview=True).exists()
        assert course.summary
        assert course.description_html


def test_samples_have_no_broken_links_or_pictures(loaded):
    for course in Course.objects.filter(is_sample=True):
        assert content_problems(course) == []


def test_simulated_learners_are_marked_and_can_not_sign_in(loaded):
    learners = User.objects.filter(is_simulated=True)
    assert learners.count() == 25
    assert all(learner.email is None and not learner.has_usable_password() for learner in learners)
    assert User.objects.real().count() == 0


def test_what_pages_show_agrees_with_the_events(loaded):
    enrolled = set(
        Event.objects.filter(verb=Verb.ENROLLED, kind=Kind.COURSE).values_list("learner_id", "object_id")
    )
    assert set(Enrolment.objects.values_list("learner_id", "course_id")) == enrolled
    completed = set(
        Event.objects.filter(verb=Verb.COMPLETED, kind=Kind.LESSON).values_list("learner_id", "object_id")
    )
    done = LessonProgress.objects.filter(completed_at__isnull=False)
    assert set(done.values_list("learner_id", "lesson_id")) == completed
    for course in Course.objects.filter(is_sample=True):
        assert course.learner_count == course.enrolments.count()
        assert course.rating_count == course.reviews.count()


def test_loading_twice_adds_nothing(loaded):
    before = [model.objects.count() for model in (User, Event, Course, Lesson, Quiz, Enrolment)]
    lessons = set(Lesson.objects.values_list("pk", flat=True))
    call_command("load_samples", learners=25, verbosity=0)
    assert [model.objects.count() for model in (User, Event, Course, Lesson, Quiz, Enrolment)] == before
    assert set(Lesson.objects.values_list("pk", flat=True)) == lessons


def test_more_learners_can_be_added(loaded):
    assert samples.add_learners(count=30, now=datetime.now(UTC)) == 5
    assert User.objects.filter(is_simulated=True).count() == 30
