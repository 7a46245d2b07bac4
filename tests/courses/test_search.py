"""Finding courses and lessons: stemmed in their language, with typing mistakes, safely marked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses import authoring, publishing
from courses.search import marked, search, similar_titles

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(course):
    """The sailing course, one on Python, and one in German."""
    for fields in (
        {
            "title": "Python for beginners",
            "summary": "Loops and functions.",
            "level": "beginner",
            "topics": ["Programming"],
        },
        {
            "title": "Häuser bauen",
            "summary": "Vom Fundament zum Dach.",
            "language": "de",
            "topics": ["Bauen"],
        },
    ):
        made = authoring.create_course(**fields)
        section = authoring.add_section(course=made, title="One")
        authoring.add_lesson(
            section=section, title="Start", blocks=f"The text of {made.title}: running engines."
        )
        publishing.publish(course=made)
    return course


def titles(words, kind="course", **options):
    return [hit.title for hit in search(words, **options)[kind]]


@pytest.mark.parametrize("words", ["python", "PYTHON", "pythn", "Pyhton beginner", "function", "loops"])
def test_words_stems_and_typing_mistakes_find_a_course(library, words):
    assert titles(words)[0] == "Python for beginners"


def test_a_german_course_is_stemmed_in_german(library):
    assert titles("Haus", language="de") == ["Häuser bauen"]


def test_lessons_are_found_by_their_text_with_the_words_marked(library):
    hits = search("engine")["lesson"]
    assert [hit.title for hit in hits] == ["Start", "Start"]
    assert "<mark>engines</mark>" in hits[0].snippet


@pytest.mark.parametrize(
    "words", ["", "   ", "\x00", "zzzzqqqq", "'", "(((", "a & | !", "<script>", "%", "x" * 5000]
)
def test_odd_queries_find_nothing_and_break_nothing(library, words):
    assert titles(words) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_any_query_is_answered(library, words):
    search(words)
    similar_titles(words)


def test_snippets_are_escaped_before_they_are_marked():
    assert marked("\ue000<script>\ue001 & x") == "<mark>&lt;script&gt;</mark> &amp; x"


def test_what_suits_the_learner_comes_first_among_equals(library):
    for number in range(3):
        publishing.publish(course=authoring.create_course(title=f"Chess {number}", summary="Openings"))
    plain = search("chess")["course"]
    favourite = plain[-1].item.pk
    fitted = search("chess", preferred=lambda kind, pk: float((kind, pk) == ("course", favourite)))["course"]
    assert fitted[0].item.pk == favourite


def test_catalogue_filters_and_counts(client, library):
    page = client.get(reverse("courses:catalogue"), {"level": "beginner"})
    assert {course.title for course in page.context["page"]} == {
        "Python for beginners",
        "Sailing by the stars",
    }
    facets = {facet["name"]: facet["choices"] for facet in page.context["facets"]}
    assert {choice["value"]: choice["count"] for choice in facets["language"]} == {"en": 2}
    assert {choice["value"]: choice["count"] for choice in facets["level"]} == {"beginner": 2}
    assert {choice["value"]: choice["count"] for choice in facets["topic"]} == {
        "navigation": 1,
        "programming": 1,
    }


def test_catalogue_search_and_filter_combine(client, library):
    page = client.get(reverse("courses:catalogue"), {"q": "pythn", "topic": "programming"})
    assert [course.title for course in page.context["page"]] == ["Python for beginners"]


def test_an_empty_result_says_what_to_do(client, library):
    page = client.get(reverse("courses:catalogue"), {"q": "zzzzqqqq"})
    assert "No course matches" in page.text
    assert "Show all courses" in page.text


def test_htmx_gets_the_results_alone(client, library):
    page = client.get(reverse("courses:catalogue"), {"q": "python"}, headers={"hx-request": "true"})
    assert "<html" not in page.text
    assert "Python for beginners" in page.text


@pytest.mark.parametrize("number", ["0", "-1", "999999", "x", "1e9"])
def test_odd_page_numbers_are_answered(client, library, number):
    assert client.get(reverse("courses:catalogue"), {"page": number}).status_code == 200


def test_titles_while_typing(client, library):
    answer = client.get(reverse("courses:titles"), {"q": "pyth"})
    assert answer.json() == {"titles": ["Python for beginners"]}


def test_search_costs_a_fixed_number_of_queries(library):
    with CaptureQueriesContext(connection) as few:
        search("start")
    for number in range(20):
        publishing.publish(course=authoring.create_course(title=f"Start {number}"))
    with CaptureQueriesContext(connection) as many:
        search("start")
    assert len(many) <= len(few) <= 10  # with enough exact matches, titles like the query are not asked for
