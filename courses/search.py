"""Search: full text in each row's own language, typing mistakes forgiven, snippets with marks.

What a person typed becomes a question to the index of texts. Where that finds little, words that the library
does not have are asked for as the words they are like (`courses.spelling`), and titles that have some of the
words are taken too. Each question reads at most CANDIDATES rows of a kind: a word that half of all lessons
contain is answered as fast as a rare one. Questions are parts of a UNION, each with its own limit, because
PostgreSQL answers an OR of two indexes by reading the whole table. Only the hits that are shown get their
snippets made.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import and_, or_

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank, TrigramWordSimilarity
from django.db.models import Case, F, FloatField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Greatest, Left, Upper
from django.utils.safestring import mark_safe

from courses.models import Course, Lesson
from courses.models.search_vectors import SEARCH_CONFIGS, UNSTEMMED
from courses.spelling import UNSPACED, containing, corrections

CANDIDATES = 400
# For the few hits of an overview.
CANDIDATES_OF_FEW = 200
# With fewer matches than these the words may be mistyped, or too many: titles with some are asked for.
ENOUGH = 20
# Kinds of answers: rows that have all words, and rows whose titles have some.
WHOLE, PARTLY = 0, 1
# Of titles that have some of the words, so many are looked at for each word.
PARTIAL = 40
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
# What PostgreSQL's web search reads as one: a phrase in quotes or a word, either with a minus.
TERM = re.compile(r'-?"[^"]*"?|\S+')


@dataclass(frozen=True)
class Hit:
    """One result. `snippet` is safe HTML with <mark> around the words that matched."""

    kind: str
    item: object
    title: str
    url: str
    snippet: str
    score: float


@dataclass(frozen=True)
class Source:
    """A kind of thing that is found: `rows`, those that anybody may find (their model has title, language
    and search_vector); `text`, the column of snippets; `related`, what a list of hits shows besides.
    """

    rows: Callable[[], QuerySet]
    text: str
    related: tuple = ()


def clean_words(text):
    """What a person typed, as it can be asked: no control characters, not endlessly long."""
    return re.sub(r"[\x00-\x1f\s]+", " ", (text or "")[: 50 * MAX_CHARACTERS]).strip()[:MAX_CHARACTERS]


def text_query(words, language=None):
    """A tsquery that matches `words` stemmed in `language` (a code; None: English) or as they are."""
    return _typed(words, list(dict.fromkeys([_config(language), "english", UNSTEMMED])))


class Asked:
    """What a person typed (cleaned), read once: the questions to the indexes that follow from it.

    Words are stemmed in every language that the library teaches in, because whoever reads the site in English
    looks for a German course in German.
    """

    def __init__(self, words, language=None):
        terms = TERM.findall(words)
        without = [term[1:] for term in terms if term.startswith("-") and len(term) > 1]
        wanted = [term for term in terms if not term.startswith("-")]
        self.words = " ".join(wanted)
        self.has_phrase = '"' in self.words
        # "or" makes alternatives of what stands on its sides: such a query is asked as it is.
        self._terms = [] if any(term.lower() == "or" for term in wanted) else wanted
        self._without = without
        self._language = language

    @cached_property
    def configs(self):
        """Names of the text search configurations to stem in. One statement."""
        taught = Course.objects.published().order_by().values_list("language", flat=True).distinct()
        return list(dict.fromkeys([*map(_config, [self._language, "en", *sorted(taught)]), UNSTEMMED]))

    @cached_property
    def query(self):
        """The tsquery of all words as they were typed."""
        return self._less(_typed(self.words, self.configs))

    @cached_property
    def unwanted(self):
        """The tsqueries of the words with a minus, one for each configuration."""
        return [
            SearchQuery(term, config=config, search_type="websearch")
            for term in self._without
            for config in self.configs
        ]

    @cached_property
    def meant(self):
        """What words that the library does not have may mean: a dict of word to words. Two statements."""
        unspaced = [term for term in self._terms if UNSPACED.search(term)][:ASKED_WORDS]
        words = [term.lower() for term in self._terms if term.isalpha() and term not in unspaced]
        return corrections(words) | containing(unspaced)

    @cached_property
    def corrected(self):
        """The tsquery of the words as they were typed or may be meant; None where none is mistyped."""
        if not self.meant:
            return None
        return self._less(reduce(or_, map(self._corrected_in, self.configs)))

    def title_words(self):
        """Words to look for in titles, and what they may mean: short ones only where there are no others."""
        words = [
            word for term in self._terms for word in re.findall(r"\w+", term) if not UNSPACED.search(word)
        ]
        long = [word for word in words if len(word) > 3] or [word for word in words if len(word) > 1]
        longest = sorted(dict.fromkeys(long), key=len, reverse=True)[:ASKED_WORDS]
        return [other for word in longest for other in [word, *self.meant.get(word.lower(), ())]]

    def _corrected_in(self, config):
        """In one configuration, so that what is too frequent to count in it (the, of) stays out."""
        return reduce(
            and_,
            (
                reduce(or_, (_typed(word, [config]) for word in [term, *self.meant.get(term.lower(), ())]))
                for term in self._terms
            ),
        )

    def _less(self, query):
        return reduce(and_, (~unwanted for unwanted in self.unwanted), query)


@dataclass(frozen=True)
class Candidates:
    """Ids of rows that may match: `whole`, those with all words; `partial`, those whose titles have some, or
    are like them; `query`, the tsquery that ranks and marks them.
    """

    asked: Asked
    query: SearchQuery
    whole: set = field(default_factory=set)
    partial: set = field(default_factory=set)


def candidates(querysets, asked, *, most=CANDIDATES):
    """What may match in each of `querysets`, whose models have title and search_vector: a list of Candidates.

    Two statements for all of them, in which at most `most` rows of each are read for each question.
    """
    if not asked.words:
        return [Candidates(asked, asked.query) for _ in querysets]
    querysets = [rows.order_by() for rows in querysets]
    first = _answers([[(WHOLE, rows.filter(search_vector=asked.query)[:most])] for rows in querysets])
    further = [
        _further(rows, asked, len(answer[WHOLE]), most) for rows, answer in zip(querysets, first, strict=True)
    ]
    found = []
    for one, other in zip(first, _answers(further), strict=True):
        whole = one[WHOLE] | other[WHOLE]
        mistyped = len(one[WHOLE]) < ENOUGH and asked.corrected is not None
        partial = other[PARTLY] - whole if len(whole) < ENOUGH else set()
        found.append(Candidates(asked, asked.corrected if mistyped else asked.query, whole, partial))
    return found


def _further(rows, asked, count, most):
    """What else is asked of `rows` where `count` of them match as it stands: (kind of answer, rows) each."""
    if count == most:
        # The cut may have lost what is called like the query.
        words = re.findall(r"\w+", asked.words)[:ASKED_WORDS]
        named = rows.filter(*[Q(title__icontains=word) for word in words])
        return [(WHOLE, (named.filter(search_vector=asked.query) if asked.has_phrase else named)[:most])]
    questions = []
    if count < ENOUGH:
        if asked.corrected is not None:
            questions.append((WHOLE, rows.filter(search_vector=asked.corrected)[:most]))
        # A phrase is meant as it stands.
        if not asked.has_phrase:
            questions += [(PARTLY, part) for part in _partly_named(rows, asked)]
    return questions


def ranked(queryset, found):
    """The rows of `queryset` among `found` (see `candidates`), annotated with `score`, best first."""
    asked = found.asked
    if not (found.whole or found.partial):
        return queryset.none().annotate(score=Value(0.0))
    if asked.unwanted:
        queryset = queryset.exclude(search_vector=reduce(or_, asked.unwanted))
    rank = SearchRank(F("search_vector"), found.query)
    score = Greatest(F("rank") * 2, F("similarity"), output_field=FloatField())
    if found.partial:
        # What has all words comes before a title that has some of them.
        score = Case(When(pk__in=found.whole, then=score), default=score * 0.25)
    return (
        queryset.filter(pk__in=found.whole | found.partial)
        .annotate(
            similarity=TrigramWordSimilarity(asked.words, "title"),
            rank=Coalesce(rank, Value(0.0), output_field=FloatField()),
        )
        .annotate(score=score)
        .filter(Q(rank__gt=0) | Q(similarity__gte=SIMILAR))
        .order_by("-score", "title", "pk")
    )


def search(words, *, language=None, limit=10, preferred=None):
    """Hits of every kind: a dict of kind to list, best first.

    `preferred`, a function from (kind, id) to 0..1, blends in what suits the learner: it can lift a hit past
    one that matches a little better, never past a much better one.
    """
    asked = Asked(clean_words(words), language)
    rows = [source.rows() for source in _sources.values()]
    found = candidates(rows, asked, most=CANDIDATES_OF_FEW if limit <= BLENDED else CANDIDATES)
    return {
        kind: Results(kind, candidates_of_kind, limit=limit, preferred=preferred)[:]
        for kind, candidates_of_kind in zip(_sources, found, strict=True)
    }


class Results:
    """What a query found of one kind, best first, at most `limit`: a sequence of hits, each slice of which is
    fetched, with snippets, when it is taken (as by a paginator). `found`: its Candidates; `preferred`: see
    `search`.
    """

    @classmethod
    def of_kind(cls, kind, words, *, language=None, limit, preferred=None):
        """Of that kind alone."""
        [found] = candidates([_sources[kind].rows()], Asked(words, language))
        return cls(kind, found, limit=limit, preferred=preferred)

    def __init__(self, kind, found, *, limit, preferred=None):
        self.kind, self.source, self.found = kind, _sources[kind], found
        rows = self.source.rows()
        beyond = 0 if preferred is None else BLENDED
        self.best = list(ranked(rows, self.found).values_list("pk", "score")[: limit + beyond])
        if preferred is not None:
            self.best.sort(key=lambda row: -(row[1] * (1 + 0.5 * preferred(kind, row[0]))))
        self.best = self.best[:limit]

    def __len__(self):
        return len(self.best)

    def __getitem__(self, place):
        taken = self.best[place] if isinstance(place, slice) else [self.best[place]]
        hits = self._hits(taken)
        return hits if isinstance(place, slice) else hits[0]

    def _hits(self, taken):
        if not taken:
            return []
        rows = (
            self.source.rows()
            .filter(pk__in=[pk for pk, _score in taken])
            .select_related(*self.source.related)
            .annotate(snippet=headline(self.source.text, self.found.query, config=_own_config()))
        )
        by_id = {row.pk: row for row in rows}
        return [
            Hit(self.kind, row, row.title, row.get_absolute_url(), marked(row.snippet), score)
            for pk, score in taken
            if (row := by_id.get(pk))
        ]


def similar_titles(words, *, limit=5):
    """Titles of courses close to what was typed: for "did you mean", and for suggestions while typing."""
    words = clean_words(words)
    if len(words) < 2:
        return []
    found = _similar_titles(Course.objects.published(), words).order_by("-similarity", "title")
    begun = Course.objects.published().filter(title__istartswith=words).order_by("title")
    titles = [*begun.values_list("title", flat=True)[:limit], *found.values_list("title", flat=True)[:limit]]
    return list(dict.fromkeys(titles))[:limit]


def headline(column, query, *, config=None):
    """A snippet of a text column around the matches, with private characters for marks (see `marked`), its
    words stemmed by the configuration `config`: a name or an expression (None: the database's own).
    """
    return SearchHeadline(
        Left(column, SNIPPET_SOURCE),
        query,
        config=config,
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


def _config(language):
    return SEARCH_CONFIGS.get((language or "en").split("-")[0].lower(), UNSTEMMED)


def _own_config():
    """The configuration that a row's vector was made with, by the row's language."""
    return Case(
        *[When(language=code, then=Value(config)) for code, config in SEARCH_CONFIGS.items()],
        default=Value(UNSTEMMED),
    )


def _typed(words, configs):
    return reduce(or_, (SearchQuery(words, config=config, search_type="websearch") for config in configs))


def _answers(asked):
    """Ids that answer: for each list of (kind of answer, rows) a dict of kind to set. One statement."""
    found = [{WHOLE: set(), PARTLY: set()} for _ in asked]
    parts = [
        rows.values_list(Value(place), Value(kind), "pk")
        for place, questions in enumerate(asked)
        for kind, rows in questions
    ]
    if parts:
        first, *others = parts
        for place, kind, pk in first.union(*others, all=True) if others else first:
            found[place][kind].add(pk)
    return found


def _partly_named(rows, asked):
    """The rows whose title has one of the words, for each word: as many for each."""
    parts = [rows.filter(title__icontains=word)[:PARTIAL] for word in asked.title_words()]
    if rows.model is Course:
        # Few enough to compare whole titles: for words run together, or apart.
        # Not by `_similar_titles`: for its alternatives PostgreSQL may compare all titles.
        alike = rows.alias(upper_title=Upper("title")).filter(upper_title__trigram_word_similar=asked.words)
        parts.append(alike[:PARTIAL])
    return parts


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


_sources = {
    "course": Source(rows=lambda: Course.objects.published(), text="summary"),
    "lesson": Source(rows=lambda: Lesson.objects.published(), text="search_text", related=("course",)),
}


def register(kind, source):
    """Add a kind of thing to search: its `Source`."""
    _sources[kind] = source
