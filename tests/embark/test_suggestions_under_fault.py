"""Whatever is broken, a page answers with suggestions; the admin says what is wrong."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from activity.models import Impression
from courses.models import Course
from jobs import control
from jobs.models import Job
from pages import suggested
from recommender import artifacts, catalog, live, new_items, publishing, retraining
from recommender.models import ModelVersion
from recommender.ordering import RANKER
from recommender.serving.fallback import VERSION as POPULAR
from world import build_course


@pytest.fixture
def client(world):
    client = Client()
    client.force_login(world.learner)
    return client


@pytest.fixture
def staff(world):
    client = Client()
    client.force_login(world.admin)
    return client


def versions_shown():
    return set(Impression.objects.values_list("model_version", flat=True))


def live_path(settings):
    return artifacts.live(settings.MODELS_DIR)


@pytest.mark.django_db
def test_a_sound_model_is_asked(trained, client):
    assert suggested(client.get("/courses/"))
    assert POPULAR not in versions_shown()


@pytest.mark.django_db
def test_without_a_model_the_rail_is_popular(world, client, staff):
    assert suggested(client.get("/courses/"))
    assert versions_shown() == {POPULAR}
    assert "No model is live yet" in staff.get("/admin/recommender/modelversion/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("harm", ["altered", "truncated", "missing"])
def test_a_spoiled_artifact_is_never_used(trained, client, staff, settings, harm):
    file = next(live_path(settings).glob("*.onnx"))
    match harm:
        case "altered":
            content = bytearray(file.read_bytes())
            content[len(content) // 2] ^= 1
            file.write_bytes(content)
        case "truncated":
            file.write_bytes(file.read_bytes()[:-100])
        case "missing":
            file.unlink()
    assert suggested(client.get("/courses/"))
    assert versions_shown() == {POPULAR}
    assert file.name in staff.get("/admin/recommender/modelversion/").content.decode()


@pytest.mark.django_db
def test_a_model_of_another_release_is_replaced(trained, client, staff, settings):
    assert retraining.after_upgrade() is None
    assert publishing.current_metrics() is not None
    path = live_path(settings)
    model = json.loads((path / "model.json").read_text())
    model["features"].remove("prerequisites_met")
    (path / "model.json").write_text(json.dumps(model))
    artifacts.seal(path)

    assert suggested(client.get("/courses/"))
    assert versions_shown() == {POPULAR}
    page = staff.get("/admin/recommender/modelversion/").content.decode()
    assert "was made by another release" in page
    assert publishing.current_metrics() is None  # what no page shows is no bar for the next one
    assert retraining.after_upgrade() is None  # the run that made it is not over
    Job.objects.update(status=Job.Status.SUCCEEDED, finished_at=timezone.now())
    job = retraining.after_upgrade()
    assert job.parameters == {"model": RANKER, "replaces": path.name}
    assert retraining.after_upgrade() is None
    control.cancel(job_id=job.pk)
    assert retraining.after_upgrade() is None  # once; then a person has to look


@pytest.mark.django_db
def test_a_spoiled_version_can_not_be_made_live(trained, settings):
    name = live_path(settings).name
    next(live_path(settings).glob("*.npy")).unlink()
    with pytest.raises(publishing.NotPublishable):
        publishing.publish(ModelVersion.objects.get(name=name))


@pytest.mark.django_db
def test_personalisation_off_means_popular_and_no_trace(trained, client):
    trained.learner.profile.personalised = False
    trained.learner.profile.save()
    assert suggested(client.get("/courses/"))
    assert not Impression.objects.exists()


@pytest.mark.django_db
def test_a_new_item_is_suggested_untrained(trained, client, settings):
    course = build_course("Counting sheep", topic="Mathematics")
    assert new_items.add() > 0
    assert new_items.add() == 0
    catalog.forget()
    live.forget()
    # Whoever knows every other course is shown this one: it is a candidate like any.
    for other in Course.objects.exclude(pk=course.pk):
        client.post(
            "/suggestions/feedback/", {"item": f"course:{other.pk}", "answer": "known", "placement": "home"}
        )
    assert f"course:{course.pk}" in suggested(client.get("/"))
    assert POPULAR not in versions_shown()


@pytest.mark.django_db
def test_quizzes_of_a_course_that_is_not_unlocked_are_not_suggested(trained, client):
    locked = catalog.current().quizzes_behind
    hidden = {quiz for quizzes in locked.values() for quiz in quizzes}
    for path in ("/", "/courses/", "/quizzes/", trained.priced.get_absolute_url()):
        assert not hidden & set(suggested(client.get(path)))
