"""What suggestions read of a learner's past."""

import datetime
import uuid

import pytest
from django.utils import timezone

from activity.events import record
from activity.models import Event
from recommender.history import Learner, recent

VISITOR = uuid.UUID("00000000-0000-0000-0000-000000000007")


def logged(events):
    """The plain query over the event log, oldest first."""
    return [event.item for event in reversed(events.latest_first()[:50])]


@pytest.mark.django_db
def test_the_past_is_that_of_the_event_log(learner, other_learner):
    for number in range(55):
        record(verb="viewed", kind="lesson", object_id=number, learner=learner)
        record(verb="passed", kind="quiz", object_id=number, visitor=VISITOR, value=0.5)
    record(verb="viewed", kind="course", object_id=3, learner=other_learner, visitor=VISITOR)
    for asked, events in (
        (Learner(user=learner), Event.objects.of(learner=learner)),
        (Learner(visitor=VISITOR), Event.objects.of(visitor=VISITOR)),
    ):
        found = recent(asked)
        assert len(found) == 50
        assert [event.item for event in found] == logged(events)
    assert (found[-1].verb, found[-1].value) == ("passed", 0.5)
    assert found[-1].time == pytest.approx(timezone.now().timestamp(), abs=60)
    assert recent(Learner()) == ()


@pytest.mark.django_db
def test_a_learner_is_judged_from_the_moment_they_chose_to_begin_anew(learner):
    record(verb="viewed", kind="course", object_id=1, learner=learner)
    learner.profile.history_from = timezone.now()
    record(verb="viewed", kind="course", object_id=2, learner=learner)
    assert [event.item for event in recent(Learner(user=learner))] == ["course:2"]
    learner.profile.history_from += datetime.timedelta(hours=1)
    assert recent(Learner(user=learner)) == ()
