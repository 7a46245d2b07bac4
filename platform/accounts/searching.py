"""Search of the admin's lists over what other tables hold, in two steps.

Django joins the tables and compares every row of the list with every word, twice: to show and to count. Here
the words are first looked for where they stand (people, courses, quizzes: few rows beside what belongs to
them), and the list is then read by the keys that were found, for which it has indexes.
"""

from collections import defaultdict

from django.contrib.admin.options import ModelAdmin
from django.db.models import Q
from django.utils.text import smart_split, unescape_string_literal

# Of one word: above this it says so little that reading the list from its front finds a page soonest.
MOST_KEYS = 2_000
PREFIXES = {"^": "istartswith", "=": "iexact"}


class TwoStepSearch(ModelAdmin):
    """Finds what Django's search finds; every path of `search_fields` leads over foreign keys alone."""

    def get_search_results(self, request, queryset, search_term):
        paths = self.get_search_fields(request)
        for word in smart_split(search_term):
            if word.startswith(('"', "'")) and word[0] == word[-1]:
                word = unescape_string_literal(word)
            queryset = queryset.filter(_found(queryset.model, paths, word))
        return queryset, False


def _found(model, paths, word):
    """The condition that one of the paths holds the word."""
    near, far = Q(), defaultdict(list)
    for path in paths:
        lookup = PREFIXES.get(path[0], "icontains")
        column, _separator, beyond = path.lstrip("^=").partition("__")
        if beyond:
            far[column].append(Q(**{f"{beyond}__{lookup}": word}))
        else:
            near |= Q(**{f"{column}__{lookup}": word})
    for column, conditions in far.items():
        related = model._meta.get_field(column).related_model
        rows = related._base_manager.filter(Q.create(conditions, connector=Q.OR))
        keys = list(rows.order_by().values_list("pk", flat=True)[: MOST_KEYS + 1])
        near |= Q(**{f"{column}__in": keys if len(keys) <= MOST_KEYS else rows.values("pk")})
    return near
