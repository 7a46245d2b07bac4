"""Streaks and weekly goals. Days are the learner's own: their time zone decides when a day ends."""

import datetime
import zoneinfo
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from courses.models import LearningGoal, StudyDay
from credits import rewards

FREEZES_PER_MONTH = 2


@dataclass(frozen=True)
class Week:
    """The current week (from Monday): days studied of the days meant, and the streak in days."""

    days: int
    goal: int
    streak: int
    freezes: int

    @property
    def percent(self):
        return min(100, 100 * self.days // self.goal)


def today_of(learner, now=None):
    """The date that it is for the learner."""
    name = learner.profile.timezone
    try:
        zone = zoneinfo.ZoneInfo(name) if name else timezone.get_default_timezone()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        zone = timezone.get_default_timezone()
    return (now or timezone.now()).astimezone(zone).date()


@transaction.atomic
def note_study(*, learner, lessons=0, seconds=0, now=None):
    """Count lessons completed and seconds read towards the learner's day, whose first minute may earn a
    streak's credits.
    """
    day = today_of(learner, now)
    _row, is_new = StudyDay.objects.get_or_create(learner=learner, day=day)
    StudyDay.objects.filter(learner=learner, day=day).update(
        lessons_completed=F("lessons_completed") + lessons, seconds=F("seconds") + seconds, is_freeze=False
    )
    if is_new:
        days = StudyDay.objects.filter(learner=learner, day__lte=day).values_list("day", flat=True)
        length = streak(days[:1000], day)
        first_day = day - datetime.timedelta(days=length - 1)
        rewards.grant_streak(learner=learner, first_day=first_day, length=length)


@transaction.atomic
def set_goal(*, learner, days_per_week, on_leaderboard=False):
    """What a learner means to do; days from 1 to 7."""
    goal, _created = LearningGoal.objects.update_or_create(
        learner=learner,
        defaults={"days_per_week": min(7, max(1, days_per_week)), "on_leaderboard": on_leaderboard},
    )
    return goal


@transaction.atomic
def spend_freeze(*, learner, now=None):
    """Cover yesterday with a freeze if a streak would end there and one is left; returns whether it did."""
    today = today_of(learner, now)
    yesterday = today - datetime.timedelta(days=1)
    goal, _created = LearningGoal.objects.select_for_update().get_or_create(learner=learner)
    if goal.freezes_filled_on is None or goal.freezes_filled_on.replace(day=1) < today.replace(day=1):
        goal.freezes, goal.freezes_filled_on = FREEZES_PER_MONTH, today
        goal.save(update_fields=["freezes", "freezes_filled_on"])
    days = StudyDay.objects.filter(learner=learner)
    broken = not days.filter(day=yesterday).exists()
    if not (broken and goal.freezes and days.filter(day=yesterday - datetime.timedelta(days=1)).exists()):
        return False
    StudyDay.objects.create(learner=learner, day=yesterday, is_freeze=True)
    goal.freezes -= 1
    goal.save(update_fields=["freezes"])
    return True


def streak(days, today):
    """Consecutive days up to today (or yesterday, while today is not over) in an iterable of dates."""
    studied = set(days)
    day = today if today in studied else today - datetime.timedelta(days=1)
    length = 0
    while day in studied:
        length += 1
        day -= datetime.timedelta(days=1)
    return length


def week(learner, *, now=None):
    """The learner's current Week; two queries."""
    today = today_of(learner, now)
    monday = today - datetime.timedelta(days=today.weekday())
    rows = list(
        StudyDay.objects.filter(learner=learner, day__lte=today).values_list("day", "is_freeze")[:1000]
    )
    goal = LearningGoal.objects.filter(learner=learner).first() or LearningGoal(learner=learner)
    return Week(
        days=sum(day >= monday and not is_freeze for day, is_freeze in rows),
        goal=goal.days_per_week,
        streak=streak((day for day, _freeze in rows), today),
        freezes=goal.freezes,
    )


def leaderboard(course, *, cohort=None, days=7, now=None):
    """Goals (with `learner`, `lessons`) of those in a course who agreed to be seen, by lessons completed."""
    since = (now or timezone.now()).date() - datetime.timedelta(days=days - 1)
    in_course = Q(learner__enrolments__course=course, learner__enrolments__left_at=None)
    if cohort is not None:
        in_course &= Q(learner__enrolments__cohort=cohort)
    return (
        LearningGoal.objects.filter(in_course, on_leaderboard=True)
        .annotate(
            lessons=Count(
                "learner__lesson_progress",
                filter=Q(
                    learner__lesson_progress__lesson__course=course,
                    learner__lesson_progress__completed_at__date__gte=since,
                ),
                distinct=True,
            )
        )
        .filter(lessons__gt=0)
        .select_related("learner")
        .order_by("-lessons", "learner_id")
    )
