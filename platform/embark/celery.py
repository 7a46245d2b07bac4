"""The Celery application.

    celery -A embark worker -B -S jobs.scheduler:DatabaseScheduler -Q default,training

The broker is RabbitMQ (`amqp://`) or Redis/Valkey. A task is acknowledged when it has ended, so a killed
worker's task is delivered again, and none is taken ahead of its turn. Any number of workers may carry
`-B`: one of them at a time sends the periodic tasks.
"""

import os
import signal

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_embedded_init, worker_init, worker_process_init
from kombu import Queue

from embark.services import ensure_or_exit
from jobs.lifeline import die_with

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "embark.settings")
ensure_or_exit()

app = Celery("embark")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    # Training takes minutes and all cores; what a learner waits for never stands behind it.
    task_queues=[Queue("default"), Queue("training")],
    task_create_missing_queues=False,
    task_reject_on_worker_lost=True,
    broker_connection_retry_on_startup=True,
    beat_scheduler="jobs.scheduler:DatabaseScheduler",
    worker_hijack_root_logger=False,
)
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "send what the broker didn't take": {"task": "jobs.tasks.sweep_outbox", "schedule": 10},
    "find jobs whose worker was lost": {"task": "jobs.tasks.sweep_stalled", "schedule": 30},
    "forget sent messages": {"task": "jobs.tasks.purge_outbox", "schedule": crontab(hour=3, minute=10)},
    "make room for events": {"task": "activity.tasks.ensure_partitions", "schedule": crontab(hour=3, minute=20)},
}

_worker = 0


@worker_init.connect
def _remember_worker(**_) -> None:
    global _worker
    _worker = os.getpid()


@worker_process_init.connect
@beat_embedded_init.connect
def _end_with_worker(**_) -> None:
    """A killed worker leaves no child behind that would go on with a task delivered again elsewhere."""
    die_with(_worker, signal.SIGKILL)
