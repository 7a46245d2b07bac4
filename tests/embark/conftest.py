import shutil

import pytest
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from jobs.models import Job
from jobs.progress import Progress
from recommender import retraining
from simulated import simulate
from training import SMALL_TRAINING
from world import build_world


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """The world, built once for a file of tests. Each test's own changes are rolled back to it."""
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=tmp_path_factory.getbasetemp() / "media"),
        transaction.atomic(),
    ):
        yield build_world()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def models(world, django_db_blocker, tmp_path_factory):
    """A folder with a live model of the world, trained once for a file of tests as a job trains it."""
    folder = tmp_path_factory.mktemp("models")
    with (
        django_db_blocker.unblock(),
        override_settings(MODELS_DIR=folder, TRAIN_ON_SIMULATED=True, TRAINING_CONFIG=SMALL_TRAINING),
        transaction.atomic(),
    ):
        simulate(world)
        job = Job.objects.create(
            kind="train",
            title="Training",
            task="recommender.tasks.train",
            status=Job.Status.RUNNING,
            heartbeat_at=timezone.now(),
        )
        retraining.run(Progress(job))
        yield folder
        transaction.set_rollback(True)


@pytest.fixture
def trained(db, world, models, settings, tmp_path):
    """The world with its live model, in a folder that the test may spoil."""
    settings.MODELS_DIR = tmp_path / "models"
    shutil.copytree(models, settings.MODELS_DIR)
    return world
