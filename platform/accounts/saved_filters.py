"""The filters and the search of a list in the admin, kept under a name."""

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import SavedFilter

LONGEST = SavedFilter._meta.get_field("query").max_length
LONGEST_NAME = SavedFilter._meta.get_field("name").max_length
MOST_OF_A_LIST = 20
# What says where in the list somebody is, or how it was opened, rather than what it shows.
_PASSING = ("p", "e", "all", "_popup", "_to_field", "_changelist_filters")


class Refused(Exception):
    """Why a filter can't be saved, as a sentence for the person."""


def essence(query):
    """The part of a query string that chooses rows and their order; "" for a list as it opens."""
    kept = QueryDict(query, mutable=True)
    for name in list(kept):
        values = [value for value in kept.getlist(name) if value]
        if name in _PASSING or not values:
            del kept[name]
        else:
            kept.setlist(name, values)
    return kept.urlencode()


def visible_to(user, *, of):
    """A person's own filters of a list, and those that others share; by name."""
    return SavedFilter.objects.of(user).filter(list=of).select_related("owner").order_by("name", "pk")


def save(*, owner, of, name, query, is_shared=False):
    """Keep what a list shows under a name; the same name again replaces it. Raises Refused."""
    name, query = name.replace("\x00", "").strip(), essence(query)
    if not name:
        raise Refused(_("Give the filter a name."))
    if len(name) > LONGEST_NAME:
        raise Refused(_("Give the filter a name of at most %(most)d characters.") % {"most": LONGEST_NAME})
    if not query:
        raise Refused(_("Choose a filter or search for something first: there is nothing to save."))
    if len(query) > LONGEST:
        raise Refused(_("That search is too long to be saved."))
    others = SavedFilter.objects.filter(owner=owner, list=of).exclude(name=name)
    if others.count() >= MOST_OF_A_LIST:
        raise Refused(
            _("You have saved %(most)d filters of this list: delete one first.") % {"most": MOST_OF_A_LIST}
        )
    kept, _created = SavedFilter.objects.update_or_create(
        owner=owner, list=of, name=name, defaults={"query": query, "is_shared": is_shared}
    )
    return kept
