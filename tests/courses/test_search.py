"""Finding courses and lessons: stemmed in their language, with typing mistakes, safely marked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses import authoring, publishing
from courses.models import Course
from courses.search import Results, marked, search, similar_titles

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


def published(title, *, language="en", lesson="Start", text="Text.", summary=""):
    made = authoring.create_course(title=title, summary=summary, language=language)
    authoring.add_lesson(section=authoring.add_section(course=made, title="One"), title=lesson, blocks=text)
    return publishing.publish(course=made)


@pytest.mark.parametrize("words", ["bowlnie", "bowlien", "a bowlnie konts", "bowline kntos", "knots bolwine"])
def test_a_mistake_in_any_word_of_a_text_is_forgiven(library, words):
    published("Ropework", lesson="On deck", text="A bowline is the king of knots.")
    hits = search(words)["lesson"]
    assert [hit.title for hit in hits] == ["On deck"]
    assert "<mark>bowline</mark>" in hits[0].snippet


def test_words_that_never_stand_together_find_titles_with_some_of_them(library):
    assert set(titles("python navigation sailing")) == {"Python for beginners", "Sailing by the stars"}


def test_what_has_all_words_comes_before_what_is_called_like_one(library):
    published("Engines", summary="All about turbines.")
    published("Machines", summary="Engines, pumps and whatever else turns.")
    assert titles("engines pumps")[0] == "Machines"


@pytest.mark.parametrize(
    ("language", "title", "words"),
    [
        ("de", "Die Bücher der Römer", "Buch"),
        ("de", "Die Bücher der Römer", "Römers"),
        ("es", "Las canciones populares", "canción"),
        ("fr", "Les chevaux sauvages", "sauvage"),
        ("it", "Ricette regionali", "ricetta"),
        ("ru", "Русские сказки", "сказка"),
        ("en", "Running engines", "run engine"),
    ],
)
def test_inflections_are_found_in_the_language_of_the_course_whatever_that_of_the_site(
    library, language, title, words
):
    published(title, language=language)
    assert titles(words, language="en") == [title]
    assert titles(words, language="fr")[0] == title


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("机器学习基础", "机器学习"),
        ("机器学习基础", "学习"),
        ("日本語の文法", "文法"),
        ("日本語の文法", "日本語の文法"),
        ("مدخل إلى البرمجة", "البرمجة"),
        ("מבוא לתכנות", "לתכנות"),
    ],
)
def test_titles_of_any_script_are_found_by_their_parts(library, title, words):
    published(title, language={"机": "zh", "日": "ja", "م": "ar", "מ": "he"}[title[0]])
    assert titles(words) == [title]


def test_a_phrase_is_meant_as_it_stands(library):
    published("Ropework", text="The king of knots is tied by sailors.")
    assert [hit.kind for hit in search('"king of knots"')["lesson"]] == ["lesson"]
    assert search('"knots of king"')["lesson"] == []
    assert titles('"sailing python"') == []


@pytest.mark.parametrize("words", ["functions -loops", "loops -function", "-loops python", "pythn -beginner"])
def test_what_has_a_word_with_a_minus_is_not_found(library, words):
    assert titles(words) == []
    assert titles(words.replace("-", "")) == ["Python for beginners"]


def test_a_word_with_a_minus_leaves_the_rest(library):
    assert titles("python -chess") == ["Python for beginners"]
    assert titles("-python") == []


def test_either_word_is_enough_with_or(library):
    assert set(titles("python or sailing")) == {"Python for beginners", "Sailing by the stars"}


@pytest.mark.parametrize("words", ["pyt" * 350_000, "\x00python\x00", "PYTHON!!!", "python'"])
def test_long_and_odd_queries_are_read_as_far_as_they_can_be(library, words):
    assert titles(words) == (["Python for beginners"] if "python" in words.lower() else [])


def test_the_beginning_of_a_title_is_enough(library):
    assert titles("beginn")[0] == "Python for beginners"


@pytest.mark.parametrize("status", ["draft", "archived"])
@pytest.mark.parametrize(
    "words", ["python", "pythn", "pyth", "engines", "egnines", "python zebra", '"for beginners"']
)
def test_what_is_not_published_is_nowhere(client, library, status, words):
    Course.objects.filter(title__startswith="Python").update(status=status)
    found = search(words)
    names = {hit.title for hit in found["course"]} | {hit.item.course.title for hit in found["lesson"]}
    assert "Python for beginners" not in names
    assert "Python for beginners" not in similar_titles(words)
    page = client.get(reverse("courses:catalogue"), {"q": words})
    facets = {facet["name"]: facet["choices"] for facet in page.context["facets"]}
    assert "programming" not in {choice["value"] for choice in facets["topic"]}
    assert "Python for" not in page.text


def test_many_drafts_hide_nothing_that_is_published(library):
    """More of them match than candidates are read."""
    Course.objects.bulk_create(
        Course(title=f"Zither {number}", slug=f"zither-{number}", status="draft") for number in range(500)
    )
    made = published("Strings", summary="Play the zither.")
    assert [hit.item for hit in search("zither")["course"]] == [made]


def test_only_hits_that_are_taken_get_snippets(library):
    for number in range(30):
        published(f"Chess {number}")
    results = Results.of_kind("course", "chess", limit=100)
    with CaptureQueriesContext(connection) as queries:
        assert [hit.title for hit in results[:2]] == ["Chess 0", "Chess 1"]
    assert len(queries) == 1
    assert len(results) == 30


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
