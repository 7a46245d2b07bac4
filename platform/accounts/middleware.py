"""Dates and times in the learner's own time zone."""

import zoneinfo

from django.utils import timezone


class LearnerTimeZone:
    """Reads the zone that profile and sign-in keep in the session, so that it costs no query."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        name = request.session.get("timezone") if hasattr(request, "session") else None
        try:
            zone = zoneinfo.ZoneInfo(name) if name else None
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            zone = None
        if zone is None:
            return self.get_response(request)
        with timezone.override(zone):
            return self.get_response(request)
