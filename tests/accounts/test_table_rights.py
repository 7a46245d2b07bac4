"""Tables of the admin leave by the right to view, and come in by the right that each page names."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from import_export.admin import ExportMixin

from accounts.models import User
from quizzes.models import Accommodation

TABLES = sorted(
    f"{model._meta.app_label}_{model._meta.model_name}"
    for model, page in admin.site._registry.items()
    if isinstance(page, ExportMixin)
)


@pytest.fixture
def colleague(db):
    """Somebody who may enter the admin and has no right there yet."""
    client = Client()
    client.force_login(User.objects.create_user("colleague@example.org", is_staff=True))
    return client


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("act", ["export", "import"])
def test_a_table_is_closed_without_the_right_to_it(colleague, admin, name, act):
    place = reverse(f"admin:{name}_{act}")
    assert colleague.get(place).status_code == 403
    assert colleague.post(place, {"format": "0"}).status_code == 403
    boss = Client()
    boss.force_login(admin)
    assert boss.get(place).status_code == 200


def test_no_colleague_takes_the_notes_on_learners_away(colleague, admin, learner):
    Accommodation.objects.create(learner=learner, extra_time_percent=25, note="Reads slowly.")
    words = {"format": "0", "resource": "0", "accommodationresource_id": "on"}
    words |= {f"accommodationresource_{name}": "on" for name in ("email", "note")}
    boss = Client()
    boss.force_login(admin)
    place = reverse("admin:quizzes_accommodation_export")
    assert b"Reads slowly." in boss.post(place, words).content
    assert colleague.post(place, words).status_code == 403
