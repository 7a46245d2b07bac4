"""Task messages that can't be lost between the database and the broker.

A message is a row written in the caller's transaction: it exists if and only if the change that asks
for the work was committed. It is sent on commit, and by a sweep when the broker was away.

Delivery is at least once. A process that ends between sending and noting so sends twice, and the broker
delivers again what a killed worker held. Every task must therefore be safe to run twice.
"""

import logging
from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from jobs import broker
from jobs.models import Outbox

logger = logging.getLogger(__name__)

GRACE = timedelta(seconds=5)  # the sender on commit comes first
KEPT = timedelta(days=7)
BATCH = 500
REFUSED_DELAY = timedelta(minutes=10)


def enqueue(
    task: str, *args, kwargs: dict | None = None, queue: str = "default", delay: timedelta = timedelta()
):
    """Asks for `task(*args, **kwargs)` on `queue` once the current transaction has committed.

    `task` is a task's full name; arguments are what JSON can hold. A delayed message waits for the
    sweep. Returns the Outbox row.
    """
    row = Outbox.objects.create(
        task=task, args=list(args), kwargs=kwargs or {}, queue=queue, due_at=timezone.now() + delay
    )
    if not delay:
        transaction.on_commit(lambda: _send_quietly(row), robust=True)
    return row


def sweep(*, grace: timedelta = GRACE) -> int:
    """Sends what is due and unsent, oldest first; returns how many. Stops when the broker is away.

    Several sweeps may run at once: each takes rows that no other holds.
    """
    broker.forget_failure()
    sent = 0
    with transaction.atomic():
        rows = Outbox.objects.due(now=timezone.now() - grace).select_for_update(skip_locked=True)[:BATCH]
        for row in rows:
            try:
                sent += _send(row)
            except broker.BrokerAway:
                break
    return sent


def purge(*, kept: timedelta = KEPT) -> int:
    """Deletes messages sent longer than `kept` ago; returns how many."""
    return Outbox.objects.filter(sent_at__lt=timezone.now() - kept).delete()[0]


def _send_quietly(row: Outbox) -> None:
    with suppress(broker.BrokerAway):
        _send(row)


def _send(row: Outbox) -> bool:
    """Whether the message went out; it notes in the row what happened. Raises BrokerAway."""
    row.attempts += 1
    try:
        broker.publish(row.task, args=row.args, kwargs=row.kwargs, queue=row.queue)
    except (broker.BrokerAway, broker.Refused) as error:
        row.last_error = str(error)[:500]
        if isinstance(error, broker.Refused):
            row.due_at = timezone.now() + REFUSED_DELAY
        row.save(update_fields=["attempts", "last_error", "due_at"])
        logger.warning("outbox: %s isn't sent yet (%s)", row, error)
        if isinstance(error, broker.BrokerAway):
            raise
        return False
    row.sent_at = timezone.now()
    row.last_error = ""
    row.save(update_fields=["attempts", "sent_at", "last_error"])
    return True
