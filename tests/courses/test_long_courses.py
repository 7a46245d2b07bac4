"""Pages and lists of courses that are very long, and searches among very many titles."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses import authoring, publishing
from courses.checks import content_problems
from courses.models import Block, Course, Lesson
from courses.search import _similar_titles
from quizzes.models import Quiz

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("model", "index"),
    [
        (Course, "course_title_trigrams"),
        (Lesson, "lesson_title_trigrams"),
        (Quiz, "quiz_title_trigrams"),
    ],
)
def test_titles_with_a_typing_mistake_are_found_by_an_index(model, index):
    with connection.cursor() as cursor:
        # Small tables are read whole whatever indexes they have.
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert index in _similar_titles(model.objects.order_by(), "pythn").explain()


def test_problems_are_looked_for_again_only_where_something_changed(draft):
    block = Block.objects.filter(lesson__course=draft).first()
    block.source = "[gone](lesson:nowhere)"
    block.save()
    [problem] = content_problems(draft)
    assert (problem.lesson, "lesson:nowhere" in problem.sentence) == (block.lesson, True)
    with CaptureQueriesContext(connection) as queries:
        assert content_problems(draft) == [problem]
    assert len(queries) == 2
    section = draft.sections.first()
    authoring.add_lesson(section=section, title="Nowhere", slug="nowhere", blocks="Here.")
    assert content_problems(draft) == []
    block.source = "![](gone.png)"
    block.save()
    assert content_problems(draft)


def test_publishing_draws_no_text(draft):
    with CaptureQueriesContext(connection) as queries:
        assert publishing.missing(draft) == []
    assert not [query for query in queries if "source" in query["sql"]]


def test_the_list_before_publishing_names_what_is_required_first(draft):
    checks = publishing.readiness(draft, problems=[])
    assert [check.is_required for check in checks] == [True] * 3 + [False] * 5
    draft.lessons.all().delete()
    assert len(publishing.missing(draft)) == 1
