"""The admin's first page: what happened in a range of days, beside the range before it.

Every figure is one aggregate over a range of an indexed time column, so that the number of learners and of
years behind them does not matter. The usual ranges are counted by a periodic task, so that no page waits for
them; another range is counted when it is first asked for. Both are kept in the cache.
"""

import csv
import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django import forms
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Avg, Count, F, Q, Sum
from django.db.models.functions import TruncDate
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.spreadsheets import cell
from courses.models import Enrolment, LessonProgress
from credits.models import Account, Line
from jobs.models import Job
from quizzes.models import Attempt

PERMISSION = "activity.view_event"
# A range that includes today is counted anew every quarter of an hour (`embark.tasks.count_figures`); one
# that has ended no longer changes.
CACHED_SECONDS, CACHED_SECONDS_ENDED = 2700, 24 * 3600
USUAL_DAYS = (7, 30, 90, 365)
DEFAULT_DAYS, MOST_DAYS = 30, 366
LISTED = 8

# A click is an opened page whose address says which place of which row it was opened from.
_ACTIVE = """
WITH seen AS MATERIALIZED (
    SELECT (recorded_at AT TIME ZONE %(zone)s)::date AS day, learner_id FROM activity_event
    WHERE recorded_at >= %(start)s AND recorded_at < %(end)s AND learner_id IS NOT NULL AND bundle = ''
    GROUP BY 1, 2
)
SELECT day, count(*) FROM seen GROUP BY day
UNION ALL
SELECT NULL, count(*) FROM (SELECT DISTINCT learner_id FROM seen) AS learners
"""
_SHOWN = """
SELECT placement, model_version, count(*) FROM activity_impression
WHERE recorded_at >= %(start)s AND recorded_at < %(end)s
GROUP BY 1, 2
"""
# Whoever clicked is matched with what was shown to them: a learner by account, a visitor by session. One
# query each, as each has an index of its own.
_CLICKED = """
SELECT shown.placement, shown.model_version, count(*)
FROM activity_event click
CROSS JOIN LATERAL (
    SELECT placement, model_version FROM activity_impression
    WHERE {who} = click.{who} AND recorded_at <= click.recorded_at
        AND recorded_at > click.recorded_at - interval '1 day'
        AND kind = click.kind AND object_id = click.object_id
        AND click.context ->> 'via' = placement || '-' || position
    ORDER BY recorded_at DESC LIMIT 1
) shown
WHERE click.context ? 'via' AND click.recorded_at >= %(start)s AND click.recorded_at < %(end)s
    AND click.{who} IS NOT NULL
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in the admin's time zone; `until` is part of it."""

    since: date
    until: date

    @property
    def days(self):
        return (self.until - self.since).days + 1

    @property
    def start(self):
        return _midnight(self.since)

    @property
    def end(self):
        return _midnight(self.until + timedelta(days=1))

    @property
    def before(self):
        """The period of the same length that ends where this one starts."""
        return Period(self.since - timedelta(days=self.days), self.since - timedelta(days=1))

    def dates(self):
        return [self.since + timedelta(days=day) for day in range(self.days)]

    def within(self, column):
        return Q(**{f"{column}__gte": self.start, f"{column}__lt": self.end})


def _midnight(day):
    return timezone.make_aware(datetime.combine(day, time()))


class PeriodForm(forms.Form):
    since = forms.DateField(required=False, label=gettext_lazy("From"))
    until = forms.DateField(required=False, label=gettext_lazy("To"))

    def clean(self):
        cleaned = super().clean()
        until = cleaned.get("until") or timezone.localdate()
        since = cleaned.get("since") or until - timedelta(days=DEFAULT_DAYS - 1)
        if not self.errors and since > until:
            self.add_error("since", _("The first day lies after the last one."))
        elif not self.errors and (until - since).days >= MOST_DAYS:
            self.add_error("since", _("Choose at most %(days)d days.") % {"days": MOST_DAYS})
        return {"since": since, "until": until}

    def period(self):
        """The period asked for, or the last 30 days where what was asked is none."""
        if self.is_valid():
            return Period(**self.cleaned_data)
        today = timezone.localdate()
        return Period(today - timedelta(days=DEFAULT_DAYS - 1), today)


# ----------------------------------------------------------------------------------------------- figures


def active_learners(period):
    """(learners in the whole period, {day: learners}) with an event; imported history is not activity."""
    rows = dict(_rows(_ACTIVE, period))
    return rows.pop(None, 0), rows


def enrolments(period):
    rows = Enrolment.objects.filter(period.within("enrolled_at")).annotate(day=TruncDate("enrolled_at"))
    by_day = dict(rows.order_by().values_list("day").annotate(n=Count("pk")))
    return sum(by_day.values()), by_day


def funnel(period):
    """How far those who enrolled in the period have come since: [(step, learners)]."""
    counts = Enrolment.objects.filter(period.within("enrolled_at")).aggregate(
        enrolled=Count("pk"),
        opened=Count("pk", filter=Q(last_opened_at__isnull=False)),
        half=Count("pk", filter=Q(percent__gte=50)),
        completed=Count("pk", filter=Q(completed_at__isnull=False)),
    )
    labels = {
        "enrolled": _("Enrolled"),
        "opened": _("Opened a lesson"),
        "half": _("Halfway"),
        "completed": _("Completed"),
    }
    return [(label, counts[name]) for name, label in labels.items()]


def drop_off(period):
    """Lessons that most of those who opened them in the period have not completed."""
    rows = (
        LessonProgress.objects.filter(period.within("opened_at"))
        .values("lesson__title", "lesson__course__title")
        .annotate(opened=Count("pk"), done=Count("completed_at"))
        .annotate(left=F("opened") - F("done"))
        .filter(left__gt=0)
        .order_by("-left", "lesson__title")[:LISTED]
    )
    return [
        (f"{row['lesson__course__title']}: {row['lesson__title']}", row["opened"], row["done"])
        for row in rows
    ]


def quiz_results(period):
    """(attempts submitted, passed, mean percent or None)."""
    row = _submitted(period).aggregate(
        attempts=Count("pk"),
        passed=Count("pk", filter=Q(passed=True)),
        mean=Avg(100 * F("mark") / F("max_mark"), filter=Q(max_mark__gt=0)),
    )
    return row["attempts"], row["passed"], row["mean"]


def hardest_quizzes(period):
    rows = (
        _submitted(period)
        .values("quiz__title")
        .annotate(attempts=Count("pk"), n_passed=Count("pk", filter=Q(passed=True)))
        .annotate(share=100.0 * F("n_passed") / F("attempts"))
        .order_by("share", "-attempts", "quiz__title")[:LISTED]
    )
    return [(row["quiz__title"], row["attempts"], row["n_passed"]) for row in rows]


def _submitted(period):
    return Attempt.objects.filter(period.within("submitted_at"), is_preview=False)


def credit_flow(period):
    """(granted, spent): what left the house's account of issued credits, and what came back as spent."""
    house = Line.objects.filter(period.within("entry__created_at")).exclude(
        account__kind=Account.Kind.LEARNER
    )
    sums = dict(house.order_by().values_list("account__kind").annotate(total=Sum("amount")))
    return -sums.get(Account.Kind.ISSUED, 0), sums.get(Account.Kind.SPENT, 0)


def click_through(period):
    """[(placement, model version, shown, clicked)], the most shown first: learners' and visitors' together. A
    click is joined to what the same person was shown within the day before it; a visitor is known from the
    first thing that is remembered of them, and what was shown before that counts on neither side.
    """
    shown = {(place, version): count for place, version, count in _rows(_SHOWN, period)}
    # A click of the first day may belong to an impression of the day before the period.
    clicked = Counter()
    for who in ("learner_id", "visitor"):
        for place, version, count in _rows(_CLICKED.format(who=who), period):
            clicked[place, version] += count
    rows = [(*key, count, clicked[key]) for key, count in shown.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))


def jobs(period):
    """{status: jobs} created in the period."""
    rows = Job.objects.filter(period.within("created_at")).order_by()
    return dict(rows.values_list("status").annotate(n=Count("pk")))


def _rows(sql, period):
    zone = timezone.get_current_timezone_name()
    with connection.cursor() as cursor:
        cursor.execute(sql, {"start": period.start, "end": period.end, "zone": zone})
        return cursor.fetchall()


# -------------------------------------------------------------------------------------------- the whole


def _totals(period):
    attempts, passed, mean = quiz_results(period)
    granted, spent = credit_flow(period)
    suggested = click_through(period)
    shown, clicked = sum(row[2] for row in suggested), sum(row[3] for row in suggested)
    active, active_by_day = active_learners(period)
    enrolled, enrolled_by_day = enrolments(period)
    totals = {
        "active": active,
        "enrolments": enrolled,
        "attempts": attempts,
        "pass_rate": 100 * passed / attempts if attempts else None,
        "mean_mark": mean,
        "granted": granted,
        "spent": spent,
        "click_through": 100 * clicked / shown if shown else None,
    }
    return totals, {"active": active_by_day, "enrolments": enrolled_by_day, "suggested": suggested}


def figures(period):
    """Everything that the page shows of a period, as plain values."""
    totals, parts = _totals(period)
    before, _parts = _totals(period.before)
    return {
        "totals": totals,
        "before": before,
        "by_day": {
            name: [parts[name].get(day, 0) for day in period.dates()] for name in ("active", "enrolments")
        },
        "funnel": funnel(period),
        "drop_off": drop_off(period),
        "hardest": hardest_quizzes(period),
        "suggested": parts["suggested"],
        "jobs": jobs(period),
    }


def kept_figures(period):
    """The figures of a period from the cache, counted now where nobody has asked before."""
    return cache.get(_cache_key(period)) or _keep(period)


def count_usual_ranges():
    """Count the usual ranges anew, in the site's time zone."""
    today = timezone.localdate()
    for days in USUAL_DAYS:
        _keep(Period(today - timedelta(days=days - 1), today))


def _keep(period):
    found = figures(period)
    ended = period.until < timezone.localdate()
    cache.set(_cache_key(period), found, CACHED_SECONDS_ENDED if ended else CACHED_SECONDS)
    return found


def _cache_key(period):
    zone = timezone.get_current_timezone_name()
    return f"dashboard:{hashlib.sha256(f'{period.since} {period.until} {zone}'.encode()).hexdigest()[:20]}"


# ---------------------------------------------------------------------------------------------- the page

LABELS = {
    "active": gettext_lazy("Active learners"),
    "enrolments": gettext_lazy("Enrolments"),
    "attempts": gettext_lazy("Quizzes submitted"),
    "pass_rate": gettext_lazy("Passed (%)"),
    "mean_mark": gettext_lazy("Mean mark (%)"),
    "granted": gettext_lazy("Credits granted"),
    "spent": gettext_lazy("Credits spent"),
    "click_through": gettext_lazy("Suggestions clicked (%)"),
}
SHARES = {"pass_rate", "mean_mark", "click_through"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its change: in percent of the number before, or in points where it is a share."""

    label: str
    value: float | None
    before: float | None
    is_share: bool

    @property
    def change(self):
        if self.value is None or self.before is None:
            return None
        if self.is_share:
            return self.value - self.before
        return 100 * (self.value - self.before) / self.before if self.before else None


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart, in units of a view box 100 high with 10 a day."""

    x: int
    y: float
    height: float
    label: str


def bars(dates, values):
    """One bar a day, as high as its share of the highest."""
    most = max(values, default=0) or 1
    return [
        Bar(10 * place, 100 - 100 * value / most, 100 * value / most, f"{day:%d.%m.%Y}: {value}")
        for place, (day, value) in enumerate(zip(dates, values, strict=True))
    ]


def dashboard(request, context):
    """Unfold's DASHBOARD_CALLBACK. Who may not see activity keeps the plain list of what they may edit."""
    if not request.user.has_perm(PERMISSION):
        return context
    form = PeriodForm(request.GET)
    period = form.period()
    found = kept_figures(period)
    totals, before = found["totals"], found["before"]
    enrolled = found["funnel"][0][1]
    statuses = dict(Job.Status.choices)
    return context | {
        "dashboard": {
            "form": form,
            "period": period,
            "ranges": _ranges(period),
            "figures": [
                Figure(str(label), totals[name], before[name], name in SHARES)
                for name, label in LABELS.items()
            ],
            "charts": [
                {
                    "label": str(LABELS[name]),
                    "most": max(values),
                    "width": 10 * len(values),
                    "bars": bars(period.dates(), values),
                }
                for name, values in found["by_day"].items()
            ],
            "funnel": [
                (label, count, round(100 * count / enrolled) if enrolled else 0)
                for label, count in found["funnel"]
            ],
            "drop_off": [(*row, round(100 * row[2] / row[1])) for row in found["drop_off"]],
            "hardest": [(*row, round(100 * row[2] / row[1])) for row in found["hardest"]],
            "suggested": [(*row, 100 * row[3] / row[2]) for row in found["suggested"][: 3 * LISTED]],
            "jobs": [(statuses[status], count) for status, count in sorted(found["jobs"].items())],
            "running": Job.objects.unfinished().order_by("-pk")[:LISTED],
        }
    }


def _ranges(period):
    today = timezone.localdate()
    return [
        {
            "label": _("%(days)d days") % {"days": days},
            "since": (today - timedelta(days=days - 1)).isoformat(),
            "until": today.isoformat(),
            "is_current": period == Period(today - timedelta(days=days - 1), today),
        }
        for days in USUAL_DAYS
    ]


def table(request):
    """The figures of a period as CSV: section, name, value, and the value before where there is one."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    period = PeriodForm(request.GET).period()
    found = kept_figures(period)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="embark-{period.since}-{period.until}.csv"'
    writer = csv.writer(response)
    writer.writerow(["section", "name", "value", "before"])
    for name, label in LABELS.items():
        writer.writerow(["totals", label, found["totals"][name], found["before"][name]])
    for name, values in found["by_day"].items():
        writer.writerows(
            [name, day.isoformat(), value, ""] for day, value in zip(period.dates(), values, strict=True)
        )
    writer.writerows(["funnel", label, count, ""] for label, count in found["funnel"])
    for section in ("drop_off", "hardest"):
        for title, started, done in found[section]:
            writer.writerow([f"{section}: started", cell(title), started, ""])
            writer.writerow([f"{section}: done", cell(title), done, ""])
    for placement, version, shown, clicked in found["suggested"]:
        writer.writerow(["suggestions shown", f"{placement} · {version}", shown, ""])
        writer.writerow(["suggestions clicked", f"{placement} · {version}", clicked, ""])
    writer.writerows(["jobs", status, count, ""] for status, count in found["jobs"].items())
    return response
