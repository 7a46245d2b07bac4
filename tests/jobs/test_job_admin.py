import pytest
from django.urls import reverse

from jobs import control, progress
from jobs.models import Job, Outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(admin):
    return control.start(kind="count", title="Counting sheep", task="worker_tasks.count", owner=admin)


@pytest.fixture
def admin_page(client, admin):
    client.force_login(admin)
    return client


def test_the_page_asks_again_until_the_job_has_finished(admin_page, job):
    live = reverse("admin:jobs_job_live", args=[job.pk])
    told = progress.start(job_id=job.pk)
    told.log("one sheep")
    told.report(0.42, "42 sheep")
    page = admin_page.get(reverse("admin:jobs_job_change", args=[job.pk])).content.decode()
    assert f'hx-get="{live}"' in page
    part = admin_page.get(live).content.decode()
    for text in ("42 sheep", 'value="42"', "one sheep", "Cancel", live):
        assert text in part
    progress.finish(job_id=job.pk, status=Job.Status.SUCCEEDED)
    assert "hx-get" not in admin_page.get(live).content.decode()


def test_cancel_and_retry_are_buttons(admin_page, job):
    page = reverse("admin:jobs_job_change", args=[job.pk])
    answer = admin_page.post(reverse("admin:jobs_job_cancel", args=[job.pk]))
    assert (answer.status_code, answer.url) == (302, page)
    job.refresh_from_db()
    assert job.status == Job.Status.CANCELLED
    assert "Run again" in admin_page.get(page).content.decode()
    admin_page.post(reverse("admin:jobs_job_retry", args=[job.pk]))
    job.refresh_from_db()
    assert job.status == Job.Status.QUEUED
    assert Outbox.objects.count() == 2


def test_what_is_not_possible_is_said(admin_page, job):
    answer = admin_page.post(reverse("admin:jobs_job_retry", args=[job.pk]), follow=True)
    assert "Only a failed or cancelled job can be run again." in answer.content.decode()


@pytest.mark.parametrize("name", ["cancel", "retry"])
def test_a_link_can_change_nothing(admin_page, job, name):
    assert admin_page.get(reverse(f"admin:jobs_job_{name}", args=[job.pk])).status_code == 403


@pytest.mark.parametrize("name", ["change", "live", "cancel", "retry"])
def test_learners_are_kept_out(client, learner, job, name):
    client.force_login(learner)
    answer = client.post(reverse(f"admin:jobs_job_{name}", args=[job.pk]))
    assert answer.status_code in (302, 403)
    job.refresh_from_db()
    assert job.status == Job.Status.QUEUED
    assert not job.cancel_requested


def test_lists_and_an_unknown_job(admin_page, job):
    assert "Counting sheep" in admin_page.get(reverse("admin:jobs_job_changelist")).content.decode()
    assert "worker_tasks.count" in admin_page.get(reverse("admin:jobs_outbox_changelist")).content.decode()
    assert admin_page.get(reverse("admin:jobs_periodicrun_changelist")).status_code == 200
    assert admin_page.get(reverse("admin:jobs_job_live", args=[10**9])).status_code == 404
    assert admin_page.post(reverse("admin:jobs_job_cancel", args=[10**9])).status_code == 404
