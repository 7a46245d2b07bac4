"""What an admin should know when work doesn't get done: read from the database, so it needs no broker."""

from datetime import timedelta

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs.models import Job, Outbox, PeriodicRun

PATIENCE = timedelta(minutes=1)  # six times the shortest period


def problems(*, now=None) -> list[str]:
    """Sentences about an absent worker or broker; empty when all is well."""
    before = (now or timezone.now()) - PATIENCE
    found = []
    unsent = Outbox.objects.due(now=before)
    if count := unsent.count():
        told = ngettext(
            "%(count)d message waits for the broker: %(reason)s",
            "%(count)d messages wait for the broker: %(reason)s",
            count,
        )
        reason = unsent.exclude(last_error="").values_list("last_error", flat=True).first()
        found.append(told % {"count": count, "reason": reason or _("it hasn't been tried yet.")})
    last = PeriodicRun.objects.aggregate(last=Max("last_run_at"))["last"]
    if last is None or last < before:
        found.append(_("No worker sends the periodic tasks: start one with -B."))
    for queue in (
        Job.objects.undelivered(queued_before=before).values_list("queue", flat=True).distinct().order_by()
    ):
        if not Job.objects.filter(queue=queue, status=Job.Status.RUNNING).exists():
            found.append(
                _("Jobs wait and no worker takes them from the queue “%(queue)s”.") % {"queue": queue}
            )
    return found
