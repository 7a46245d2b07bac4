"""Quiet hours: when a mail may be sent, by the learner's own clock."""

import zoneinfo
from datetime import datetime, timedelta

from django.utils import timezone


def zone_of(learner):
    """The learner's time zone, or the site's."""
    try:
        return zoneinfo.ZoneInfo(learner.profile.timezone or timezone.get_default_timezone_name())
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return timezone.get_default_timezone()


def next_moment(preference, learner, *, now):
    """`now`, or the end of the quiet hours that it lies in. Hours may span midnight (22:00 to 07:00)."""
    start, end = preference.quiet_from, preference.quiet_until
    if start is None or end is None or start == end:
        return now
    local = now.astimezone(zone_of(learner))
    clock = local.time()
    inside = start <= clock < end if start < end else clock >= start or clock < end
    if not inside:
        return now
    day = local.date() if clock < end else local.date() + timedelta(days=1)
    return datetime.combine(day, end, tzinfo=local.tzinfo)
