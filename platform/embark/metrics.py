"""/metrics for Prometheus: how requests go, and how much work waits.

Request metrics are counted in each process. Where several serve one site, PROMETHEUS_MULTIPROC_DIR names an
empty directory that they share, as prometheus-client documents. What waits is read from the database at each
scrape.
"""

import os
import time

from django.conf import settings
from django.db.models import Count, Min
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from accounts.models import User
from jobs.models import Job, Outbox
from notices.models import Notice
from quizzes.models import Attempt

SECONDS = Histogram(
    "embark_request_seconds",
    "Time to answer a request, by route, method and status.",
    ["route", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


class Measure:
    """Middleware: times each request by the name of its route, of which there are few; never by its path."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        start = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        route = (match.view_name or match.route) if match else "none"
        method = (
            request.method if request.method in ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE") else "other"
        )
        SECONDS.labels(route, method, response.status_code).observe(time.perf_counter() - start)
        return response


class Waiting:
    """Collector: what the database says of work, at the moment of the scrape."""

    def collect(self):
        now = timezone.now()
        yield _by_status("embark_jobs", "Jobs by status.", Job.objects.order_by())
        unsent = Outbox.objects.filter(sent_at=None)
        row = unsent.aggregate(n=Count("pk"), oldest=Min("due_at"))
        yield _one("embark_outbox_messages", "Messages that wait for the broker.", row["n"])
        age = max(0.0, (now - row["oldest"]).total_seconds()) if row["oldest"] else 0.0
        yield _one("embark_outbox_age_seconds", "How long the oldest of them has been due.", age)
        due = Notice.objects.to_mail(now).count()
        yield _one("embark_mails_due", "Notices whose mail is due.", due)
        running = Attempt.objects.filter(state=Attempt.State.IN_PROGRESS).order_by().count()
        yield _one("embark_attempts_running", "Quiz attempts under way.", running)
        late = Attempt.objects.due(now).order_by().count()
        yield _one("embark_attempts_overdue", "Attempts whose time is up and that are not submitted.", late)
        learners = User.objects.filter(is_active=True, is_simulated=False).count()
        yield _one("embark_learners", "Accounts of people.", learners)


def _by_status(name, text, rows):
    family = GaugeMetricFamily(name, text, labels=["status"])
    for status, count in rows.values_list("status").annotate(n=Count("pk")):
        family.add_metric([status], count)
    return family


def _one(name, text, value):
    return GaugeMetricFamily(name, text, value=value)


def _may_read(request):
    """Admins, or whoever sends METRICS_TOKEN as a bearer token."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and constant_time_compare(token, settings.METRICS_TOKEN):
        return True
    return request.user.is_active and request.user.is_superuser


@require_GET
@never_cache
def metrics(request):
    if not _may_read(request):
        raise Http404
    waiting = CollectorRegistry()
    waiting.register(Waiting())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        requests = CollectorRegistry()
        MultiProcessCollector(requests)
    else:
        requests = REGISTRY
    return HttpResponse(
        generate_latest(requests) + generate_latest(waiting), content_type=CONTENT_TYPE_LATEST
    )
