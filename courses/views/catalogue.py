"""The catalogue: what there is to learn, searched, filtered and sorted."""

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from courses.addresses import by_slug, moved
from courses.catalogue import SORTS, candidates_of, filtered, in_order, sort_of
from courses.languages import language_name
from courses.models import Course, Level, Topic
from courses.search import clean_words, similar_titles

PER_PAGE = 24


@require_safe
def catalogue(request):
    words = clean_words(request.GET.get("q"))
    chosen = {
        name: clean_words(request.GET.get(name))[:100] for name in ("topic", "level", "language", "price")
    }
    candidates = candidates_of(words, chosen)
    courses = filtered(Course.objects.published(), words, chosen, found=candidates)
    sort = sort_of(request.GET.get("sort", ""), words)
    found = in_order(courses, sort).for_learner(request.user).prefetch_related("topics")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "words": words,
        "chosen": chosen,
        "is_filtered": bool(words or any(chosen.values())),
        "facets": _facets(words, candidates, chosen),
        "sort": sort,
        "sorts": [(name, label) for name, label in SORTS.items() if words or name != "relevance"],
        "did_you_mean": similar_titles(words) if words and not page.paginator.count else [],
    }
    template = "courses/catalogue_results.html" if request.htmx and not request.htmx.boosted else None
    return render(request, template or "courses/catalogue.html", context)


@require_safe
def titles(request):
    """Titles that begin or sound like what is being typed, as a JSON list."""
    return JsonResponse({"titles": similar_titles(request.GET.get("q", ""), limit=8)})


@require_safe
def topics(request):
    found = Topic.objects.with_course_counts().filter(course_count__gt=0).order_by("name")
    return render(request, "courses/topics.html", {"topics": found})


@require_safe
def topic(request, slug):
    topic = by_slug(Topic.objects.all(), slug)
    if topic.slug != slug:
        return moved(request, topic.get_absolute_url())
    courses = Course.objects.published().filter(topics=topic).for_learner(request.user)
    courses = in_order(courses, "popular").prefetch_related("topics")
    page = Paginator(courses, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "courses/topic.html", {"topic": topic, "page": page})


def _facets(words, candidates, chosen):
    """Choices of each filter with how many courses they would leave, given the other filters."""
    levels = dict(Level.choices)

    def counts(name, *columns):
        others = chosen | {name: ""}
        rows = filtered(Course.objects.published(), words, others, found=candidates).order_by()
        return rows.values_list(*columns).annotate(n=Count("pk", distinct=True)).order_by("-n", columns[-1])

    topics = [
        {"value": slug, "label": title, "count": n}
        for slug, title, n in counts("topic", "topics__slug", "topics__name")[:30]
        if slug
    ]
    found_levels = dict(counts("level", "level"))
    return [
        {"name": "topic", "label": _("Topic"), "choices": topics},
        {
            "name": "level",
            "label": _("Level"),
            "choices": [
                {"value": value, "label": label, "count": found_levels[value]}
                for value, label in levels.items()
                if value and value in found_levels
            ],
        },
        {
            "name": "language",
            "label": _("Language"),
            "choices": [
                {"value": code, "label": language_name(code), "count": n}
                for code, n in counts("language", "language")
                if code
            ],
        },
    ]
