"""Celery's beat with its memory in PostgreSQL, instead of a pickle beside each worker.

Any number of workers may run it (`-B`): the one that holds the advisory lock sends, the others stand by
and take over when it ends. A daily task that came due while nobody ran is sent at the next start.
"""

from celery.beat import Scheduler
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from jobs.locks import Busy, exclusive
from jobs.models import PeriodicRun

STAND_BY_SECONDS = 5


class DatabaseScheduler(Scheduler):
    _lock = None

    def setup_schedule(self):
        self.install_default_entries(self.schedule)
        self.merge_inplace(self.app.conf.beat_schedule)

    def tick(self, *args, **kwargs):
        """Seconds until the next look at the schedule."""
        try:
            if not self._leads():
                return STAND_BY_SECONDS
            return min(super().tick(*args, **kwargs), STAND_BY_SECONDS)
        except (OperationalError, InterfaceError) as error:
            self.logger.warning("beat waits for the database: %s", error)
            self._lock = None
            connection.close()
            return STAND_BY_SECONDS

    def apply_entry(self, entry, producer=None):
        super().apply_entry(entry, producer=producer)
        PeriodicRun.objects.update_or_create(name=entry.name, defaults={"last_run_at": timezone.now()})

    def close(self):
        if self._lock is not None:
            self._lock.__exit__(None, None, None)
            self._lock = None
        super().close()

    def _leads(self) -> bool:
        if self._lock is not None:
            return True
        lock = exclusive("beat")
        try:
            lock.__enter__()
        except Busy:
            return False
        self._lock = lock
        remembered = dict(PeriodicRun.objects.values_list("name", "last_run_at"))
        for name, entry in self.schedule.items():
            if name in remembered:
                entry.last_run_at = remembered[name]
        self._heap = None
        return True
