"""What the nightly job forgets, and what it keeps."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from activity.models import Event, Impression, Kind, Verb
from embark.models import StoredResponse
from embark.retention import forget


@pytest.mark.django_db
def test_each_thing_is_kept_as_long_as_it_says(learner, settings):
    settings.EVENTS_KEPT_DAYS, settings.VISITORS_KEPT_DAYS = 100, 10
    now = timezone.now()
    for days in (5, 50, 500):
        at = now - timedelta(days=days)
        for who in ({"learner_id": learner.pk}, {"visitor": uuid.uuid4()}):
            Event.objects.create(recorded_at=at, verb=Verb.VIEWED, kind=Kind.COURSE, object_id=days, **who)
            Impression.objects.create(
                recorded_at=at, placement="home", position=1, kind=Kind.COURSE, object_id=days,
                source="popular", model_version="popular", probability=1, **who,
            )  # fmt: skip
        StoredResponse.objects.create(learner=learner, key=str(days), fingerprint="", created_at=at)
        expired = now - timedelta(days=days - 30)
        Session.objects.create(session_key=str(days), session_data="", expire_date=expired)
    forget(now=now)
    for model in (Event, Impression):
        kept = set(model.objects.values_list("object_id", "learner_id"))
        assert kept == {(5, learner.pk), (50, learner.pk), (5, None)}
    assert not StoredResponse.objects.exists()
    assert [session.session_key for session in Session.objects.all()] == ["5"]


@pytest.mark.django_db
def test_one_step_that_fails_stops_no_other(learner, settings):
    settings.EVENTS_KEPT_DAYS = "not a number"
    StoredResponse.objects.create(
        learner=learner, key="one", fingerprint="", created_at=timezone.now() - timedelta(days=2)
    )
    counts = forget()
    assert "events" not in counts
    assert counts["responses"] == 1
