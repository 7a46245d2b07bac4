"""Recording from a page: who, and in which moment."""

import re

from django.utils import timezone, translation

from activity.events import record
from activity.visitors import visitor_key


def moment(request):
    """What is known of the moment: device class, language, local hour and weekday (Monday is 0)."""
    now = timezone.localtime()
    agent = request.headers.get("User-Agent", "")
    return {
        "device": "mobile" if "Mobi" in agent else "desktop",
        "locale": translation.get_language() or "en",
        "hour": now.hour,
        "weekday": now.weekday(),
    }


def record_request(request, *, verb, kind, object_id, value=None):
    """Append what the person behind this request did; visitors without an account are remembered by session.

    A link from a suggestion says so in `?via=placement-position`, which is kept with the event.
    """
    context = moment(request)
    via = re.sub(r"[^\w-]", "", request.GET.get("via", ""))[:60]
    if via:
        context["via"] = via
        context["placement"] = via.rpartition("-")[0]
    signed_in = request.user.is_authenticated
    return record(
        verb=verb,
        kind=kind,
        object_id=object_id,
        learner=request.user if signed_in else None,
        visitor=None if signed_in else visitor_key(request, create=True),
        value=value,
        context=context,
    )
