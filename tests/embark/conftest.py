import pytest
from django.db import transaction
from django.test import override_settings

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
