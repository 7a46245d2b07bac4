"""The Celery application: `celery -A embark worker -Q default,training`.

The broker is RabbitMQ (`amqp://`) or Redis/Valkey. Tasks are acknowledged when they have ended, so a
killed worker's task is delivered again, and none is taken ahead of its turn.
"""

import os

from celery import Celery

from embark.services import ensure_or_exit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "embark.settings")
ensure_or_exit()

app = Celery("embark")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
