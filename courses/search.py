"""Search: full text in each row's own language, typing mistakes forgiven by trigrams, snippets with marks.

Ranking reads at most CANDIDATES rows of a kind from each of its questions to the database: a word that half
of all lessons contain is answered as fast as a rare one. The questions are asked one by one, because in one
statement PostgreSQL answers an OR of two indexes by reading the whole table.
"""

import html
import re
from dataclasses import dataclass

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank, TrigramWordSimilarity
from django.db.models import F, FloatField, Q, Value
from django.db.models.functions import Coalesce, Greatest, Left, Upper
from django.utils.safestring import mark_safe

from courses.models import Course, Lesson
from courses.models.search_vectors import SEARCH_CONFIGS, UNSTEMMED

CANDIDATES = 400
# With fewer matches than these the words may be mistyped: titles that are only like them are asked for too.
ENOUGH = 20
# So many hits beyond the limit may still be lifted into it by what suits the learner.
BLENDED = 10
SNIPPET_SOURCE = 8_000
# A title is similar enough from this word similarity on: "pythn" finds "Python".
SIMILAR = 0.43
# The index answers from 0.6 on (PostgreSQL's own threshold): a query is asked whole and word by word, and the
# whole of it judged by SIMILAR afterwards.
ASKED_WORDS = 5
MAX_CHARACTERS = 200
START, STOP = "\ue000", "\ue001"


@dataclass(frozen=True)
class Hit:
    """One result. `snippet` is safe HTML with <mark> around the words that matched."""

    kind: str
    item: object
    title: str
    url: str
    snippet: str
    score: float


def clean_words(text):
    """What a person typed, as it can be asked: no control characters, not endlessly long."""
    return re.sub(r"[\x00-\x1f\s]+", " ", text or "").strip()[:MAX_CHARACTERS]


def text_query(words, language=None):
    """A tsquery that matches `words` stemmed in `language` (a code; None: English) or as they are."""
    config = SEARCH_CONFIGS.get((language or "en").split("-")[0].lower(), UNSTEMMED)
    query = SearchQuery(words, config=config, search_type="websearch")
    for other in ("english", UNSTEMMED):
        if other != config:
            query |= SearchQuery(words, config=other, search_type="websearch")
    return query


def candidates(model, words, *, language=None):
    """Ids of rows of `model` (it has title and search_vector) that may match: one or two statements."""
    rows = model.objects.order_by()
    text = rows.filter(search_vector=text_query(words, language)).values_list("pk", flat=True)
    found = set(text[:CANDIDATES])
    if len(found) == CANDIDATES:
        # The cut may have lost what is called like the query.
        named = rows.filter(*[Q(title__icontains=word) for word in words.split()[:ASKED_WORDS]])
        found.update(named.values_list("pk", flat=True)[:CANDIDATES])
    elif len(found) < ENOUGH:
        alike = _similar_titles(rows, words).order_by("-similarity")
        found.update(alike.values_list("pk", flat=True)[:CANDIDATES])
    return found


def ranked(queryset, words, ids, *, language=None):
    """The rows of `queryset` among `ids` (see `candidates`), annotated with `score`, best first."""
    similarity = TrigramWordSimilarity(words, "title")
    rank = SearchRank(F("search_vector"), text_query(words, language))
    rank = Coalesce(rank, Value(0.0), output_field=FloatField())
    return (
        queryset.filter(pk__in=ids)
        .annotate(
            similarity=similarity,
            rank=rank,
            score=Greatest(rank * 2, similarity, output_field=FloatField()),
        )
        .filter(Q(rank__gt=0) | Q(similarity__gte=SIMILAR))
        .order_by("-score", "title", "pk")
    )


def matching(queryset, words, *, language=None):
    """Rows of `queryset` (its model has title and search_vector) that match, with `score`, best first."""
    return ranked(queryset, words, candidates(queryset.model, words, language=language), language=language)


def _similar_titles(rows, words):
    """Rows whose title is like the query, or like one of its first few words, annotated with `similarity`."""
    alike = Q(upper_title__trigram_word_similar=words)
    parts = [part for part in words.split() if len(part) > 3]
    if len(parts) > 1:
        for part in parts[:ASKED_WORDS]:
            alike |= Q(upper_title__trigram_word_similar=part)
    # UPPER(title) is what is indexed, because that is what `icontains` compares; trigrams ignore case.
    return rows.annotate(upper_title=Upper("title"), similarity=TrigramWordSimilarity(words, "title")).filter(
        alike
    )


def search(words, *, language=None, limit=10, preferred=None):
    """Hits of every kind: a dict of kind to list, best first.

    `preferred`, a function from (kind, id) to 0..1, blends in what suits the learner: it can lift a hit past
    one that matches a little better, never past a much better one.
    """
    words = clean_words(words)
    if not words:
        return {kind: [] for kind in _sources}
    found = {}
    for kind, source in _sources.items():
        hits = source(words, language, limit if preferred is None else limit + BLENDED)
        if preferred is not None:
            hits = sorted(hits, key=lambda hit: -(hit.score * (1 + 0.5 * preferred(hit.kind, hit.item.pk))))
        found[kind] = hits[:limit]
    return found


def similar_titles(words, *, limit=5):
    """Titles of courses close to what was typed: for "did you mean", and for suggestions while typing."""
    words = clean_words(words)
    if len(words) < 2:
        return []
    found = _similar_titles(Course.objects.published(), words).order_by("-similarity", "title")
    begun = Course.objects.published().filter(title__istartswith=words).order_by("title")
    titles = [*begun.values_list("title", flat=True)[:limit], *found.values_list("title", flat=True)[:limit]]
    return list(dict.fromkeys(titles))[:limit]


def headline(column, query):
    """A snippet of a text column around the matches, with private characters for marks (see `marked`)."""
    return SearchHeadline(
        Left(column, SNIPPET_SOURCE),
        query,
        start_sel=START,
        stop_sel=STOP,
        max_words=32,
        min_words=12,
        max_fragments=2,
        fragment_delimiter=" … ",
    )


def marked(snippet):
    """Safe HTML of a headline: everything escaped, then the marks put in."""
    return mark_safe(  # noqa: S308 (escaped here)
        html.escape(snippet or "").replace(START, "<mark>").replace(STOP, "</mark>")
    )


def _courses(words, language, limit):
    query = text_query(words, language)
    rows = matching(Course.objects.published(), words, language=language)
    rows = rows.annotate(snippet=headline("summary", query))[:limit]
    return [
        Hit("course", row, row.title, row.get_absolute_url(), marked(row.snippet), row.score) for row in rows
    ]


def _lessons(words, language, limit):
    query = text_query(words, language)
    best = list(
        matching(Lesson.objects.published(), words, language=language).values_list("pk", "score")[:limit]
    )
    # Snippets are made for the few rows shown, not for every candidate.
    scores = dict(best)
    rows = (
        Lesson.objects.filter(pk__in=scores)
        .select_related("course")
        .annotate(snippet=headline("search_text", query))
    )
    by_id = {row.pk: row for row in rows}
    return [
        Hit(
            "lesson",
            by_id[pk],
            by_id[pk].title,
            by_id[pk].get_absolute_url(),
            marked(by_id[pk].snippet),
            score,
        )
        for pk, score in best
        if pk in by_id
    ]


_sources = {"course": _courses, "lesson": _lessons}


def register(kind, source):
    """Add a kind of thing to search: `source(words, language, limit)` returns hits, best first."""
    _sources[kind] = source
