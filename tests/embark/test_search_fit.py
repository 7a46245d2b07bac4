"""Among results that match equally well, what suits the learner comes first."""

import pytest
from django.urls import reverse

from activity import events
from courses import authoring, publishing
from recommender import catalog, popularity

pytestmark = pytest.mark.django_db


def test_equal_matches_are_ordered_by_what_is_suggested(client, learner, other_learner):
    courses = [authoring.create_course(title=f"Chess {name}", summary="Openings.") for name in "ABC"]
    for course in courses:
        publishing.publish(course=course)
    events.record(verb="enrolled", kind="course", object_id=courses[2].pk, learner=other_learner)
    popularity.refresh()
    catalog.forget()
    client.force_login(learner)
    page = client.get(reverse("search"), {"q": "chess", "kind": "course"})
    assert next(hit.title for hit in page.context["page"]) == "Chess C"
    better = publishing.publish(course=authoring.create_course(title="Chess", summary="All of chess."))
    catalog.forget()
    page = client.get(reverse("search"), {"q": "chess", "kind": "course"})
    assert {hit.item.pk for hit in page.context["page"]} == {course.pk for course in [*courses, better]}
