"""`{% suggestions placement="lesson" item=lesson limit=4 %}`: a row of suggestions for the reader."""

from django import template
from django.conf import settings
from django.middleware.csrf import get_token

from recommender import catalog
from recommender.suggesting import suggest

register = template.Library()


def key_of(item):
    """The text key of a course, lesson or quiz, or of an attempt's quiz; None for anything else."""
    kind = getattr(getattr(item, "_meta", None), "model_name", None)
    if kind == "attempt":
        return catalog.item_key("quiz", item.quiz_id)
    return catalog.item_key(kind, item.pk) if kind in ("course", "lesson", "quiz") else None


def rail_context(request, *, placement, item, limit, heading=None, next=None):
    """The variables of templates/recommender/rail.html; `item` is the key of what the page shows, or None."""
    return {
        "row": suggest(request, placement=placement, item=item, limit=limit),
        "placement": placement,
        "page_item": item or "",
        "limit": limit,
        "heading": heading,
        "next": next or request.get_full_path(),
        "request": request,
        "csrf_token": get_token(request),
    }


@register.inclusion_tag("recommender/rail.html", takes_context=True)
def suggestions(context, *, placement, item=None, limit=4, heading=None):
    """A rail of suggestions, or nothing where there is no request (mails) or they are switched off."""
    request = context.get("request")
    if request is None or not settings.SUGGESTIONS_ENABLED:
        return {"row": None}
    key = item if isinstance(item, str) else key_of(item)
    return rail_context(request, placement=placement, item=key or None, limit=limit, heading=heading)
