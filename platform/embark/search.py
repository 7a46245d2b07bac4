"""Search over courses, lessons and quizzes: full text in each item's own language, then similar titles.

The trigram half finds what a typing mistake hides from the full text.
"""

from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.core.paginator import Paginator
from django.db.models import F, FloatField, Q, Value
from django.db.models.functions import Coalesce, Greatest
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from courses.models import Course, Lesson
from courses.models.search_vectors import SEARCH_CONFIGS, UNSTEMMED
from quizzes.models import Quiz

MAX_LENGTH = 200
PER_PAGE = 12
# A title is similar enough when 0.45 of the words' trigrams agree: "pythn" finds "Python", "art" not "start".
SIMILAR = 0.45
KINDS = {"course": _("Courses"), "lesson": _("Lessons"), "quiz": _("Quizzes")}


def matching(queryset, words):
    """Rows of `queryset` that match `words`, best first, annotated with `score`."""
    config = SEARCH_CONFIGS.get((get_language() or "en").split("-")[0], UNSTEMMED)
    query = SearchQuery(words, config=config, search_type="websearch")
    query |= SearchQuery(words, config="english", search_type="websearch")
    query |= SearchQuery(words, config=UNSTEMMED, search_type="websearch")
    similarity = TrigramWordSimilarity(words, "title")
    rank = Coalesce(SearchRank(F("search_vector"), query), Value(0.0), output_field=FloatField())
    return (
        queryset.annotate(
            similarity=similarity, score=Greatest(rank * 2, similarity, output_field=FloatField())
        )
        .filter(Q(search_vector=query) | Q(title__trigram_word_similar=words, similarity__gte=SIMILAR))
        .order_by("-score", "title", "pk")
    )


def _found(kind, words):
    match kind:
        case "course":
            return matching(Course.objects.published().prefetch_related("topics"), words)
        case "lesson":
            return matching(Lesson.objects.published().select_related("course"), words)
        case _:
            return matching(Quiz.objects.open().select_related("course").with_question_count(), words)


@require_GET
def search(request):
    words = request.GET.get("q", "").replace("\x00", "").strip()[:MAX_LENGTH]
    kind = request.GET.get("kind") if request.GET.get("kind") in KINDS else ""
    context = {"words": words, "kind": kind, "kinds": [("", _("Everything")), *KINDS.items()]}
    if words and kind:
        context["page"] = Paginator(_found(kind, words), PER_PAGE).get_page(request.GET.get("page"))
        context["total"] = context["page"].paginator.count
    elif words:
        groups = [(name, label, list(_found(name, words)[:6])) for name, label in KINDS.items()]
        context["groups"] = [group for group in groups if group[2]]
        context["total"] = sum(len(group[2]) for group in groups)
    return render(request, "embark/search.html", context)
