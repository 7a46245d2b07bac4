"""Time and SQL statements of a rail inside a lesson page, for random learners, history queries included."""

import random
import time

from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.template import Context, Template
from django.test import RequestFactory

from accounts.models import User
from courses.models import Lesson
from embark.measuring.report import percentiles

RAIL = '{% load suggestions %}{% suggestions placement="lesson" item=lesson limit=4 %}'
WARM_UP = 20


def measure(*, requests, seed=0):
    """Milliseconds by the clock and of this thread's processor time, and the highest number of statements."""
    rng, template = random.Random(seed), Template(RAIL)  # noqa: S311  not a secret
    learners = list(User.objects.values_list("pk", flat=True))
    lessons = list(Lesson.objects.select_related("course")[:200])
    wall, processor, statements = [], [], []
    for number in range(requests + WARM_UP):
        request = RequestFactory().get("/", headers={"user-agent": "Mozilla/5.0"})
        request.user = User.objects.get(pk=rng.choice(learners))
        request.session = SessionStore()
        context = Context({"request": request, "lesson": rng.choice(lessons)})
        count = _Count()
        with connection.execute_wrapper(count):
            began, used = time.perf_counter(), time.thread_time()
            drawn = template.render(context)
            took, spent = time.perf_counter() - began, time.thread_time() - used
        if "via=lesson-1" not in drawn:
            raise RuntimeError("The rail is empty: there is nothing to measure.")
        if number >= WARM_UP:
            wall.append(1_000 * took)
            processor.append(1_000 * spent)
            statements.append(count.statements)
    p50, p95 = percentiles(wall, 50, 95)
    used50, used95 = percentiles(processor, 50, 95)
    return {
        "p50 ms": p50, "p95 ms": p95, "processor p50 ms": used50, "processor p95 ms": used95,
        "statements": max(statements), "requests": requests,
    }  # fmt: skip


class _Count:
    def __init__(self):
        self.statements = 0

    def __call__(self, execute, sql, params, many, context):
        self.statements += 1
        return execute(sql, params, many, context)
