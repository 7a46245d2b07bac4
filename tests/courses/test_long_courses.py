"""Pages and lists of courses that are very long, and searches among very many titles."""

import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses import authoring, publishing
from courses.checks import content_problems
from courses.models import Block, Course, Lesson, SearchWord
from courses.search import Asked, _similar_titles
from courses.spelling import corrections
from quizzes.models import Quiz

pytestmark = pytest.mark.django_db


@pytest.fixture
def whatever_the_size():
    """Small tables are read whole whatever indexes they have."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")


def test_titles_of_courses_with_a_typing_mistake_are_found_by_an_index(whatever_the_size):
    assert "course_title_trigrams" in _similar_titles(Course.objects.order_by(), "pythn").explain()


@pytest.mark.parametrize(
    ("rows", "kind"), [(Lesson.objects, "lesson"), (Quiz.objects, "quiz"), (Course.objects, "course")]
)
def test_texts_and_titles_are_found_by_an_index(whatever_the_size, rows, kind):
    rows = rows.order_by()
    assert f"{kind}_search" in rows.filter(search_vector=Asked("strange python").query).explain()
    assert f"{kind}_title_trigrams" in rows.filter(title__icontains="python").explain()


def test_words_like_a_mistyped_one_are_found_by_an_index(whatever_the_size):
    SearchWord.objects.bulk_create(
        SearchWord(word="".join(letters)) for letters in itertools.product("aeiklmnoprst", repeat=4)
    )
    with connection.cursor() as cursor:
        # What autovacuum does: the index's list of new entries would be read whole.
        cursor.execute("SELECT gin_clean_pending_list('search_word_trigrams')")
        cursor.execute("ANALYZE courses_searchword")
    with CaptureQueriesContext(connection) as queries:
        corrections(["pythn"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = "\n".join(line for [line] in cursor)
    assert "search_word_trigrams" in plan
    assert "Seq Scan on courses_searchword" not in plan


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
