"""What is forgotten in time: the nightly job. Each step stands alone: one that fails stops no other."""

import logging
from datetime import timedelta

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from activity import erasure
from embark.audit import forgetting
from embark.models import StoredResponse

logger = logging.getLogger(__name__)

RESPONSES_KEPT = timedelta(days=1)


def forget(*, now=None):
    """Delete what was kept long enough; returns the counts by name."""
    now = now or timezone.now()
    steps = {
        "events": lambda: erasure.erase(before=now - timedelta(days=settings.EVENTS_KEPT_DAYS)),
        "visitors": lambda: erasure.erase_visitors(before=now - timedelta(days=settings.VISITORS_KEPT_DAYS)),
        "changes": lambda: forgetting.forget(before=now - timedelta(days=settings.AUDIT_KEPT_DAYS)),
        "responses": lambda: StoredResponse.objects.filter(created_at__lt=now - RESPONSES_KEPT).delete()[0],
        "sessions": lambda: call_command("clearsessions"),
    }
    counts = {}
    for name, step in steps.items():
        try:
            counts[name] = step()
        except Exception:
            logger.exception("retention: %s were not forgotten", name)
    logger.info("retention: %s", counts)
    return counts
