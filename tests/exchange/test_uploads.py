from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import User
from course_sources import CARTRIDGE, write_files, zip_of
from courses.models import Course, Enrolment
from exchange import privacy, tasks, uploads
from exchange.models import CourseImport
from jobs.models import Job
from quizzes.models import Question, Quiz

# Jobs report through a connection of their own, which sees only what is committed.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def cartridge(tmp_path):
    archive = zip_of(write_files(tmp_path / "cc", CARTRIDGE), tmp_path / "knots.imscc")
    return SimpleUploadedFile("knots.imscc", archive.read_bytes())


def run(row):
    """The worker's part: the job that the row waits for."""
    row.refresh_from_db()
    task = {"exchange.tasks.preview": tasks.preview, "exchange.tasks.write": tasks.write}[row.job.task]
    task(row.job_id)
    row.refresh_from_db()
    return row


@pytest.fixture
def imported(cartridge, admin):
    row = run(uploads.upload(file=cartridge, format="auto", owner=admin))
    return run(uploads.confirm(pk=row.pk))


def test_an_upload_is_read_before_anything_is_written(cartridge, admin):
    row = run(uploads.upload(file=cartridge, format="auto", owner=admin))
    assert row.state == "preview"
    assert row.outline["title"] == "Knots in a cartridge"
    assert [section["title"] for section in row.outline["sections"]][:2] == ["Week 1", "Week 1 · Practice"]
    assert row.report["found"] == len(row.report["items"])
    assert not Course.objects.exists()
    assert row.job.status == Job.Status.SUCCEEDED


def test_what_was_previewed_can_be_imported_once(imported, admin):
    assert imported.state == "imported"
    assert imported.made_course
    assert imported.course.author_roles.get().user == admin
    with pytest.raises(uploads.NotPossible):
        uploads.confirm(pk=imported.pk)


def test_undo_takes_a_new_course_back_with_everything_it_brought(imported):
    files = [asset.file.name for asset in imported.course.assets.all()]
    assert all(default_storage.exists(name) for name in files)
    row = uploads.undo(pk=imported.pk)
    assert row.state == "undone"
    assert not Course.objects.exists()
    assert not Quiz.objects.exists()
    assert not Question.objects.exists()
    assert not any(default_storage.exists(name) for name in files)


def test_undo_is_refused_once_learners_have_begun(imported, learner):
    Enrolment.objects.create(learner=learner, course=imported.course)
    with pytest.raises(uploads.NotPossible, match="Learners have begun"):
        uploads.undo(pk=imported.pk)
    assert Course.objects.exists()


def test_undo_is_refused_for_a_course_that_was_there_before(imported, admin, cartridge):
    cartridge.seek(0)
    row = run(uploads.upload(file=cartridge, format="auto", owner=admin))
    row = run(uploads.confirm(pk=row.pk))
    assert row.course == imported.course
    with pytest.raises(uploads.NotPossible, match="brought up to date"):
        uploads.undo(pk=row.pk)


def test_a_file_that_is_no_course_is_refused_with_a_sentence(admin):
    row = run(uploads.upload(file=SimpleUploadedFile("a.zip", b"no"), format="auto", owner=admin))
    assert row.state == "refused"
    assert "not a whole zip archive" in row.problem


def test_a_cancelled_import_leaves_nothing(cartridge, admin):
    row = run(uploads.upload(file=cartridge, format="auto", owner=admin))
    row = uploads.confirm(pk=row.pk)
    Job.objects.filter(pk=row.job_id).update(cancel_requested=True)
    row = run(row)
    assert row.job.status == Job.Status.CANCELLED
    assert not Course.objects.exists()


def test_the_page_of_each_job_leads_to_its_import(cartridge, admin, client):
    client.force_login(admin)
    row = run(uploads.upload(file=cartridge, format="auto", owner=admin))
    previewed = row.job_id
    row = run(uploads.confirm(pk=row.pk))
    assert row.job_id != previewed
    place = reverse("admin:exchange_courseimport_change", args=[row.pk])
    for job in (previewed, row.job_id):
        page = client.get(reverse("admin:jobs_job_change", args=[job])).content.decode()
        assert f'href="{place}"' in page
        assert "knots.imscc" in page


def test_a_job_leads_nobody_to_an_import_that_they_may_not_see(cartridge, admin, client):
    row = run(uploads.upload(file=cartridge, format="auto", owner=admin))
    place = reverse("admin:exchange_courseimport_change", args=[row.pk])
    watcher = User.objects.create_user("watcher@example.org", "correct horse battery", is_staff=True)
    client.force_login(watcher)
    for codename in ("view_job", "add_course"):
        watcher.user_permissions.add(Permission.objects.get(codename=codename))
        page = client.get(reverse("admin:jobs_job_change", args=[row.job_id]))
        assert page.status_code == 200
        assert place not in page.content.decode()


def test_the_wizard_in_the_admin(cartridge, admin, client):
    client.force_login(admin)
    answer = client.post(reverse("admin:exchange_courseimport_add"), {"file": cartridge, "format": "auto"})
    row = CourseImport.objects.get()
    page = reverse("admin:exchange_courseimport_change", args=[row.pk])
    assert answer.url == page
    waiting = client.get(page).content.decode()
    assert reverse("admin:jobs_job_change", args=[row.job_id]) in waiting
    assert 'hx-trigger="every 2s"' in waiting

    run(row)
    text = client.get(page).content.decode()
    assert "Knots in a cartridge" in text
    assert "https://tool.example/launch" in text
    assert "Import it" in text
    assert "hx-trigger" not in text.partition('id="import-live"')[2].partition(">")[0]
    client.post(reverse("admin:exchange_courseimport_import", args=[row.pk]))
    run(row)
    assert "Undo the import" in client.get(page).content.decode()
    assert client.get(reverse("admin:exchange_courseimport_changelist")).status_code == 200
    client.post(reverse("admin:exchange_courseimport_undo", args=[row.pk]))
    assert not Course.objects.exists()


def test_the_wizard_is_for_authors_and_shows_each_their_own(cartridge, admin, client, learner):
    row = uploads.upload(file=cartridge, format="auto", owner=admin)
    undo = reverse("admin:exchange_courseimport_undo", args=[row.pk])
    learner.is_staff = True
    learner.save()
    client.force_login(learner)
    assert client.get(reverse("admin:exchange_courseimport_add")).status_code == 403
    assert client.post(undo).status_code == 403
    author = User.objects.create_user("author@example.org", "correct horse battery", is_staff=True)
    author.user_permissions.add(Permission.objects.get(codename="add_course"))
    client.force_login(author)
    assert client.get(reverse("admin:exchange_courseimport_add")).status_code == 200
    assert client.post(undo).status_code == 403
    assert "knots.imscc" not in client.get(reverse("admin:exchange_courseimport_changelist")).content.decode()


@pytest.mark.parametrize(("format", "ending"), [("archive", ".embark.zip"), ("cartridge", ".imscc")])
def test_a_course_can_be_downloaded_by_its_authors_alone(imported, admin, client, learner, format, ending):
    place = reverse("admin:exchange_courseimport_export")
    asked = {"course": imported.course.pk, "format": format}
    client.force_login(admin)
    answer = client.get(place, asked)
    assert f"knots-in-a-cartridge{ending}" in answer["Content-Disposition"]
    assert b"".join(answer.streaming_content).startswith(b"PK")
    assert client.get(place, {"course": "x"}).status_code == 404
    learner.is_staff = True
    learner.save()
    client.force_login(learner)
    assert client.get(place, asked).status_code == 403
    learner.user_permissions.add(Permission.objects.get(codename="add_course"))
    assert client.get(place, asked).status_code == 404


def test_uploaded_files_go_when_they_are_done_with(imported, cartridge, admin):
    cartridge.seek(0)
    waiting = run(uploads.upload(file=cartridge, format="auto", owner=admin))
    assert uploads.purge() == 1
    imported.refresh_from_db()
    waiting.refresh_from_db()
    assert not imported.file
    assert default_storage.exists(waiting.file.name)
    assert uploads.purge(now=waiting.created_at + timedelta(days=8)) == 1
    waiting.refresh_from_db()
    assert (waiting.state, bool(waiting.file)) == ("refused", False)


def test_a_person_can_be_forgotten(imported, admin):
    assert next(iter(privacy.export(admin)))[1][0]["file"] == "knots.imscc"
    privacy.erase(admin)
    imported.refresh_from_db()
    assert imported.owner is None


def test_actions_need_a_post(imported, admin, client):
    client.force_login(admin)
    assert client.get(reverse("admin:exchange_courseimport_undo", args=[imported.pk])).status_code == 403
    assert Course.objects.exists()
