"""What the clock does: times learned from readers, reminders, files swept."""

import datetime
import importlib

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.files.storage import default_storage
from django.utils import timezone

from courses import arranging, enrolment, media, progress, upkeep
from courses.models import Course, Enrolment, Lesson, LessonProgress

pytestmark = pytest.mark.django_db


def readers(django_user_model, lesson, seconds):
    for number, spent in enumerate(seconds):
        reader = django_user_model.objects.create_user(f"reader{lesson.pk}-{number}@example.org")
        LessonProgress.objects.create(
            learner=reader, lesson=lesson, seconds=spent, completed_at=timezone.now()
        )


def test_minutes_are_the_median_of_enough_readers(lessons, django_user_model):
    readers(django_user_model, lessons[0], [60, 120, 600, 600, 6000, 3])
    readers(django_user_model, lessons[1], [600] * 4)
    assert upkeep.measure_reading_times() == 1
    assert upkeep.measure_reading_times() == 0
    measured = dict(Lesson.objects.values_list("slug", "measured_minutes"))
    assert measured == {"first": 10, "second": None, "third": None}


def test_a_course_of_measured_lessons_takes_their_sum(course, lessons, django_user_model):
    for lesson in lessons:
        readers(django_user_model, lesson, [180] * 5)
    upkeep.measure_reading_times()
    assert Course.objects.get(pk=course.pk).estimated_minutes == 9


def test_who_stopped_is_reminded_once(lessons, enrolled):
    progress.open_lesson(lesson=lessons[1], learner=enrolled)
    now = timezone.now()
    assert upkeep.remind(now=now + datetime.timedelta(days=3)) == 0
    later = now + datetime.timedelta(days=8)
    assert upkeep.remind(now=later) == 1
    assert upkeep.remind(now=later + datetime.timedelta(days=1)) == 0
    notice = enrolled.notices.get(kind="reminder")
    assert notice.url == lessons[1].get_absolute_url()
    assert "Sailing by the stars" in notice.title


def test_who_completed_left_or_reads_elsewhere_is_not_reminded(course, lessons, enrolled):
    progress.open_lesson(lesson=lessons[1], learner=enrolled)
    later = timezone.now() + datetime.timedelta(days=8)
    Enrolment.objects.update(completed_at=timezone.now())
    assert upkeep.remind(now=later) == 0
    Enrolment.objects.update(completed_at=None)
    enrolment.leave(learner=enrolled, course=course)
    assert upkeep.remind(now=later) == 0


def test_files_that_nothing_names_are_swept_and_shared_ones_kept(draft, picture, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    asset = media.add_asset(course=draft, path="images/a.png", content=picture(10, 10))
    first = asset.file.name
    asset = media.add_asset(course=draft, path="images/a.png", content=picture(20, 20))
    copy = arranging.copy_course(course=draft)
    asset.delete()
    assert upkeep.sweep_files() == 0  # too young: its transaction might be under way
    assert upkeep.sweep_files(now=timezone.now() + datetime.timedelta(days=2)) == 1
    assert not default_storage.exists(first)
    assert default_storage.exists(copy.assets.get().file.name)


def test_roles_have_what_their_work_needs():
    # A test that empties the tables takes what migrations wrote along.
    importlib.import_module("courses.migrations.0002_roles").make_roles(apps, None)

    def may(role):
        return set(Group.objects.get(name=role).permissions.values_list("codename", flat=True))

    assert "edit_any_course" in may("Editor")
    assert "edit_any_course" not in may("Author")
    assert "moderate_comment" in may("Moderator")
    assert not {name for name in may("Analyst") if name.startswith(("add_", "change_", "delete_"))}
