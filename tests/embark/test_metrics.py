"""What Prometheus and the logs are told."""

import json
import logging

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from embark.logs import JsonLines, Origin, RequestId
from jobs.models import Job, Outbox
from notices.messages import notify


def scrape(client, **headers):
    response = client.get("/metrics", headers=headers)
    assert response.status_code == 200
    families = text_string_to_metric_families(response.content.decode())
    samples = [sample for family in families for sample in family.samples]
    return {(sample.name, tuple(sample.labels.values())): sample.value for sample in samples}


@pytest.mark.django_db
def test_metrics_tell_how_requests_go_and_what_waits(admin, learner):
    client = Client()
    client.force_login(admin)
    before = scrape(client)
    client.get("/courses/")
    client.get("/courses/nothing-of-this-name/")
    Job.objects.create(kind="train", title="Training", task="none")
    Outbox.objects.create(task="none", due_at=timezone.now() - timezone.timedelta(minutes=1))
    notify(learner=learner, kind="test", title="Hello")
    after = scrape(client)
    for route, status in (("courses:catalogue", "200"), ("courses:course", "404")):
        key = ("embark_request_seconds_count", ("GET", route, status))
        assert after[key] == before.get(key, 0) + 1
    assert after["embark_jobs", ("queued",)] == 1
    assert after["embark_outbox_messages", ()] == 1
    assert 59 < after["embark_outbox_age_seconds", ()] < 120
    assert after["embark_mails_due", ()] == 1


@pytest.mark.django_db
def test_metrics_are_for_admins_and_for_those_who_know_the_token(learner, settings):
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    settings.METRICS_TOKEN = "open sesame"
    assert Client().get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    scrape(Client(), Authorization="Bearer open sesame")


@pytest.mark.django_db
def test_a_request_keeps_its_proxy_s_id_if_it_is_a_sound_one():
    ids = [
        Client().get("/health/live", headers={"X-Request-ID": name}).headers["X-Request-ID"]
        for name in ("abc-123-def", "a\tb", "", "x" * 65)
    ]
    assert ids[0] == "abc-123-def"
    assert all(len(name) == 32 for name in ids[1:])
    assert len(set(ids)) == 4


def test_a_line_of_json_names_its_request(rf):
    lines = []

    def view(request):
        record = logging.LogRecord("embark", logging.INFO, "", 0, "Passed %s", ("“Zahlen”",), None)
        Origin().filter(record)
        lines.append(json.loads(JsonLines().format(record)))
        return HttpResponse()

    RequestId(view)(rf.get("/", headers={"X-Request-ID": "abc-123-def"}))
    [line] = lines
    assert line["message"] == "Passed “Zahlen”"
    assert line["request_id"] == "abc-123-def"
    assert "task_id" not in line
