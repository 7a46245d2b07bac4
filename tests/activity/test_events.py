import datetime
import uuid

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from activity import erasure, partitions
from activity.events import adopt, record
from activity.models import Event, Impression

VISITOR = uuid.UUID("00000000-0000-0000-0000-000000000007")


@pytest.mark.django_db
def test_an_event_belongs_to_its_learner(learner, other_learner):
    record(verb="viewed", kind="course", object_id=3, learner=learner)
    assert [event.item for event in Event.objects.of(learner=learner)] == ["course:3"]
    assert not Event.objects.of(learner=other_learner)
    assert not Event.objects.of()


@pytest.mark.django_db
def test_nothing_is_recorded_of_a_learner_who_switched_personalisation_off(learner):
    learner.profile.personalised = False
    assert record(verb="viewed", kind="course", object_id=3, learner=learner) is None
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_a_rolled_back_page_leaves_no_event(learner):
    with transaction.atomic():
        record(verb="viewed", kind="course", object_id=3, learner=learner)
        transaction.set_rollback(True)
    assert not Event.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Event, Impression])
def test_the_database_refuses_to_change_what_happened(learner, model):
    record(verb="viewed", kind="course", object_id=3, learner=learner)
    Impression.objects.create(
        recorded_at=timezone.now(), learner_id=learner.pk, placement="home", position=1, kind=0, object_id=3,
        source="popularity", model_version="popular", probability=1.0,
    )  # fmt: skip
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.update(object_id=4)


@pytest.mark.django_db
def test_a_visitors_history_joins_an_account_as_copies_in_order(learner):
    for object_id in (5, 2, 9):
        record(verb="viewed", kind="course", object_id=object_id, visitor=VISITOR)
    assert adopt(visitor=VISITOR, learner=learner) == 3
    mine = Event.objects.of(learner=learner).order_by("recorded_at", "id")
    assert [event.object_id for event in mine] == [5, 2, 9]
    assert Event.objects.of(visitor=VISITOR).count() == 3


@pytest.mark.django_db
def test_erasure_deletes_one_person_and_nobody_else(learner, other_learner):
    record(verb="viewed", kind="course", object_id=3, learner=learner)
    record(verb="viewed", kind="course", object_id=3, learner=other_learner)
    assert erasure.erase(learner=learner)["event"] == 1
    assert [event.learner_id for event in Event.objects.all()] == [other_learner.pk]


@pytest.mark.django_db
def test_erasure_without_a_who_or_when_is_refused():
    with pytest.raises(ValueError, match="never deletes everything"):
        erasure.erase()


@pytest.mark.django_db
def test_an_event_lies_in_its_months_partition_and_far_ones_in_the_default(learner):
    partitions.ensure(today=datetime.date(2031, 12, 5), months=2)
    partitions.ensure(today=datetime.date(2031, 12, 5), months=2)
    for year, month in ((2031, 12), (2032, 1), (2050, 1)):
        moment = datetime.datetime(year, month, 31, 23, 59, tzinfo=datetime.UTC)
        Event.objects.create(recorded_at=moment, learner_id=learner.pk, verb=0, kind=0, object_id=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM activity_event ORDER BY recorded_at")
        tables = [row[0] for row in cursor.fetchall()]
    assert tables == ["activity_event_2031_12", "activity_event_2032_01", "activity_event_default"]


@pytest.mark.django_db
def test_the_latest_events_of_a_learner_come_from_one_index(learner):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO activity_event (learner_id, verb, kind, object_id) "
            "SELECT n % 500, 0, 0, n FROM generate_series(1, 50000) n"
        )
        cursor.execute("ANALYZE activity_event")
        rows = Event.objects.filter(learner_id=77).latest_first()[:50]
        plan = rows.explain()
    assert "Seq Scan" not in plan
    assert "Sort" not in plan.replace("Sort Key", "") or "Merge Append" in plan
