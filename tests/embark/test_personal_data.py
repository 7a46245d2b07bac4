"""Everything about a person can be taken away, and erased, without touching anybody else."""

import io
import json
import zipfile

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from accounts.models import User
from activity.events import record
from activity.models import Event
from activity.visitors import SESSION_KEY
from credits import ledger
from embark import privacy


@pytest.mark.django_db
def test_the_export_holds_every_subject_of_the_person_and_nobody_else(world):
    client = Client()
    client.force_login(world.learner)
    client.get(world.preview.get_absolute_url())
    archive = zipfile.ZipFile(io.BytesIO(client.get(reverse("personal_data")).content))
    names = set(archive.namelist())
    assert {"account.json", "events.json", "credit_entries.json", "notes.json", "enrolments.json"} <= names
    assert json.loads(archive.read("account.json"))["email"] == world.learner.email
    text = b"".join(archive.read(name) for name in names).decode()
    assert "Zero counts." in text
    assert world.other.display_name not in text


@pytest.mark.django_db
def test_erasure_leaves_no_trace_of_the_person_in_any_table(world):
    record(verb="viewed", kind="course", object_id=world.course.pk, learner=world.other)
    email = world.learner.email
    privacy.erase(world.learner)
    assert not User.objects.filter(email=email).exists()
    assert not Event.objects.filter(learner_id=world.learner.pk).exists()
    assert Event.objects.filter(learner_id=world.other.pk).exists()
    assert ledger.discrepancies() == []
    # Whatever still points to the row would tell of the person; only the empty profile may, and the audit
    # log, which says that the account of this number was closed.
    left = []
    for model in apps.get_models():
        if model._meta.db_table == "pghistory_events":
            continue  # no table: the library's own way to read logs, of which ours is none
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is User:
                rows = model._base_manager.filter(**{field.name: world.learner})
                left += [f"{model._meta.label}.{field.name}"] * rows.count()
    assert sorted(left) == ["accounts.Profile.user", "accounts.UserChange.pgh_obj"]


@pytest.mark.django_db
@pytest.mark.parametrize(("keep", "kept"), [("on", 1), ("", 0)])
def test_a_visitors_history_joins_a_new_account_only_with_consent(client, world, keep, kept, mailoutbox):
    client.get(world.course.get_absolute_url())
    visitor = client.session[SESSION_KEY]
    form = {"email": "new@example.org", "password1": "long enough for anyone", "display_name": "New"}
    client.post(reverse("account_signup"), form | ({"keep_history": keep} if keep else {}))
    code = next(line for line in mailoutbox[-1].body.split() if len(line) in (6, 7, 8, 9) and line.isupper())
    client.post(reverse("account_email_verification_sent"), {"code": code})
    learner = User.objects.get(email="new@example.org")
    viewed = Event.objects.filter(learner_id=learner.pk, object_id=world.course.pk, verb=0)
    assert viewed.count() == kept
    assert Event.objects.filter(visitor=visitor).exists() == bool(keep)
    assert SESSION_KEY not in client.session
