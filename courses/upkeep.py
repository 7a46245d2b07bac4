"""What the clock does for courses: reading times learned, freezes spent, reminders, files swept."""

import datetime

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from courses import goals
from courses.models import Asset, Course, Enrolment, LearningGoal, Lesson, StudyDay
from notices.messages import notify

READERS_NEEDED = 5
REMIND_AFTER = datetime.timedelta(days=7)
REMIND_AT_MOST_EVERY = datetime.timedelta(days=21)
# A file is written before the row that names it: younger ones may belong to a transaction under way.
SWEEP_AFTER = datetime.timedelta(days=1)


@transaction.atomic
def measure_reading_times():
    """Set each lesson's measured minutes to the median of its readers, from five readers on; returns how many
    lessons changed. A course of which every lesson is measured takes their sum as its estimate.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE courses_lesson SET measured_minutes = measured.minutes
            FROM (
                SELECT
                    lesson_id,
                    GREATEST(1, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) / 60))::int
                        AS minutes
                FROM courses_lessonprogress
                WHERE completed_at IS NOT NULL AND seconds >= 15
                GROUP BY lesson_id
                HAVING count(*) >= %s
            ) measured
            WHERE courses_lesson.id = measured.lesson_id
              AND courses_lesson.measured_minutes IS DISTINCT FROM measured.minutes
            """,
            [READERS_NEEDED],
        )
        changed = cursor.rowcount
    if changed:
        whole = (
            Course.objects.filter(lessons__status="published")
            .annotate(
                minutes=Sum("lessons__measured_minutes", filter=Q(lessons__status="published")),
            )
            .exclude(pk__in=Lesson.objects.filter(status="published", measured_minutes=None).values("course"))
            .exclude(estimated_minutes=F("minutes"))
        )
        for course in whole:
            Course.objects.filter(pk=course.pk).update(estimated_minutes=course.minutes)
    return changed


def spend_freezes(*, now=None):
    """Save the streaks of learners with freezes left who missed yesterday; returns how many."""
    now = now or timezone.now()
    recent = StudyDay.objects.filter(day__gte=now.date() - datetime.timedelta(days=3)).values("learner")
    goals_at_risk = LearningGoal.objects.filter(learner__in=recent).select_related("learner__profile")
    return sum(goals.spend_freeze(learner=goal.learner, now=now) for goal in goals_at_risk.iterator())


def remind(*, now=None):
    """Leave a notice for learners who stopped in the middle of a course a week ago; returns how many.

    One a learner (the course they were in last), and at most one in three weeks.
    """
    now = now or timezone.now()
    quiet_since = now - REMIND_AFTER
    stopped = (
        Enrolment.objects.current()
        .filter(last_opened_at__lt=quiet_since, last_lesson__isnull=False, learner__is_active=True)
        .filter(learner__is_simulated=False, learner__is_imported=False)
        .exclude(learner__in=Enrolment.objects.filter(last_opened_at__gte=quiet_since).values("learner"))
        .exclude(
            learner__in=Enrolment.objects.filter(reminded_at__gt=now - REMIND_AT_MOST_EVERY).values("learner")
        )
        .select_related("learner__profile", "course", "last_lesson")
        .order_by("learner", F("last_opened_at").desc())
        .distinct("learner")
    )
    count = 0
    for enrolment in stopped:
        with transaction.atomic(), override(enrolment.learner.profile.language or None):
            fresh = Enrolment.objects.filter(pk=enrolment.pk, reminded_at=enrolment.reminded_at)
            if not fresh.update(reminded_at=now):
                continue
            lesson = enrolment.last_lesson
            lesson.course = enrolment.course
            notify(
                learner=enrolment.learner,
                kind="reminder",
                title=_("“%(title)s” is waiting for you") % {"title": enrolment.course.title[:150]},
                body=_("You stopped at “%(lesson)s”, with %(percent)d %% behind you.")
                % {"lesson": lesson.title, "percent": enrolment.percent},
                url=lesson.get_absolute_url(),
            )
            count += 1
    return count


def sweep_files(*, now=None):
    """Delete stored files of courses that no asset names any more; returns how many."""
    now = now or timezone.now()
    swept = 0
    for path in _files("courses"):
        if Asset.objects.filter(file=path).exists():
            continue
        if default_storage.get_modified_time(path) < now - SWEEP_AFTER:
            default_storage.delete(path)
            swept += 1
    return swept


def _files(folder):
    if not default_storage.exists(folder):
        return
    folders, files = default_storage.listdir(folder)
    for name in files:
        yield f"{folder}/{name}"
    for name in folders:
        yield from _files(f"{folder}/{name}")
