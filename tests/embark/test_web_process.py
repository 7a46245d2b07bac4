"""What a web process may hold in memory."""

import os
import subprocess
import sys

import pytest

# Serves one real page in a fresh interpreter and says which heavy modules came along.
PROGRAM = """
import sys
import django
django.setup()
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
settings.STORAGES = {
    **settings.STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
from django.test import Client
from embark.wsgi import application
response = Client().get("/courses/")
assert response.status_code == 200, response.status_code
print([name for name in ("torch", "pyarrow", "matplotlib", "optuna") if name in sys.modules])
"""


@pytest.mark.django_db(transaction=True)
def test_a_page_is_served_without_torch(django_db_setup, database_url):
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "embark.settings"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().splitlines()[-1] == "[]"
