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
    # A lost job is found by its heartbeat, so its message is acknowledged at the start: brokers presume a
    # message lost that is held for half an hour (RabbitMQ) or an hour (Redis), and training may take longer.
    task_annotations={"recommender.tasks.train": {"acks_late": False}},
)
app.autodiscover_tasks()


def _every(seconds: int, task: str) -> dict:
    """A message that outlived the next one has nothing to add."""
    return {"task": task, "schedule": seconds, "options": {"expires": 2 * seconds}}


def _daily(hour: int, minute: int, task: str) -> dict:
    return {"task": task, "schedule": crontab(hour=hour, minute=minute)}


app.conf.beat_schedule = {
    "send what the broker didn't take": _every(10, "jobs.tasks.sweep_outbox"),
    "find jobs whose worker was lost": _every(30, "jobs.tasks.sweep_stalled"),
    "let scheduled courses appear": _every(60, "courses.tasks.publish_due"),
    "submit quizzes whose time is up": _every(20, "quizzes.tasks.submit_due"),
    "remind of quizzes that are due": _every(900, "quizzes.tasks.remind_due"),
    "give new items a vector": _every(20, "recommender.tasks.add_new_items"),
    "replace models of another release": _every(300, "recommender.tasks.retrain_after_upgrade"),
    "count what is popular": _every(300, "recommender.tasks.refresh_popularity"),
    "keep streaks by freezes": _daily(0, 40, "courses.tasks.spend_freezes"),
    "learn reading times": _daily(2, 30, "courses.tasks.measure_reading_times"),
    "forget words that no text has": _daily(2, 45, "courses.tasks.tidy_search_words"),
    "sweep files that nothing names": _daily(2, 50, "courses.tasks.sweep_files"),
    "delete uploads that are done with": _daily(3, 30, "exchange.tasks.purge"),
    "remind of courses under way": _daily(16, 0, "courses.tasks.remind"),
    "mail notices that are due": _every(30, "notices.tasks.send_due"),
    "mail weekly digests": _every(900, "notices.tasks.send_digests"),
    "count what the dashboard shows": _every(900, "embark.tasks.count_figures"),
    "forget what was kept long enough": _daily(3, 0, "embark.tasks.forget"),
    "let credits expire": _daily(1, 40, "embark.tasks.expire_credits"),
    "check the ledger": _daily(2, 10, "embark.tasks.check_ledger"),
    "forget sent messages": _daily(3, 10, "jobs.tasks.purge_outbox"),
    "make room for events": _daily(3, 20, "activity.tasks.ensure_partitions"),
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
