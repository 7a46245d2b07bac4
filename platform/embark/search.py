"""The page of search results, over everything that registered itself with `courses.search`."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from courses.search import Results, clean_words, similar_titles
from courses.search import search as find
from recommender.suggesting import leaning

# On the page of one kind; whoever reads past a hundred hits is better served by other words.
MOST = 100
PER_PAGE = 12
IN_OVERVIEW = 5
KINDS = {"course": _("Courses"), "lesson": _("Lessons"), "quiz": _("Quizzes")}


@require_GET
def search(request):
    words = clean_words(request.GET.get("q"))
    kind = request.GET.get("kind") if request.GET.get("kind") in KINDS else ""
    context = {"words": words, "kind": kind, "kinds": [("", _("Everything")), *KINDS.items()]}
    preferred = leaning(request)
    if kind:
        found = Results.of_kind(kind, words, language=get_language(), limit=MOST, preferred=preferred)
        context["page"] = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        context["total"] = len(found)
    else:
        found = find(words, language=get_language(), limit=IN_OVERVIEW, preferred=preferred)
        context["groups"] = [(name, label, found[name]) for name, label in KINDS.items() if found.get(name)]
        context["total"] = sum(len(hits) for _name, _label, hits in context["groups"])
    if words and not context["total"]:
        context["similar"] = similar_titles(words)
    return render(request, "embark/search.html", context)
