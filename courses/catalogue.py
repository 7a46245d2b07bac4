"""Finding courses: what both the catalogue's page and its API filter and sort by."""

from django.db.models import F
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from courses.models import Course
from courses.search import Asked, candidates, ranked

SORTS = {
    "relevance": _("Best match"),
    "popular": _("Most learners"),
    "rating": _("Best rated"),
    "newest": _("Newest"),
    "title": _("Title"),
}


def filtered(courses, words, chosen, *, found=None):
    """Courses that match the words and every chosen filter: topic, level, language, price ("free").

    `found` are the search's candidates, where they are known already (see `candidates_of`).
    """
    if chosen["topic"]:
        courses = courses.filter(topics__slug=chosen["topic"])
    if chosen["level"]:
        courses = courses.filter(level=chosen["level"])
    if chosen["language"]:
        courses = courses.filter(language=chosen["language"])
    if chosen["price"] == "free":
        courses = courses.filter(price=0)
    if words:
        courses = ranked(courses, candidates_of(words, chosen) if found is None else found)
    return courses


def candidates_of(words, chosen):
    """The courses that may match the words, for several filters to share; None without words."""
    return candidates([Course.objects.published()], Asked(words, _language(chosen)))[0] if words else None


def _language(chosen):
    return chosen["language"] or get_language()


def in_order(courses, sort):
    """Courses in the order of SORTS; "relevance" is the order of a search."""
    match sort:
        case "relevance":
            return courses
        case "rating":
            return courses.with_rating().order_by("-bayesian_rating", "-learner_count", "pk")
        case "newest":
            return courses.order_by(F("published_at").desc(nulls_last=True), "-pk")
        case "title":
            return courses.order_by("title", "pk")
        case _:
            return courses.order_by("-learner_count", F("published_at").desc(nulls_last=True), "pk")


def sort_of(asked, words):
    """The sort that holds: the one asked for, else by relevance of a search, else by popularity."""
    if asked not in SORTS or (asked == "relevance" and not words):
        return "relevance" if words else "popular"
    return asked
