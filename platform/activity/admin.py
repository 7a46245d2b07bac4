from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.paginator import InfinitePaginator

from accounts.read_only import ReadOnlyModelAdmin
from activity.models import Event, Impression


class OfLearner(ReadOnlyModelAdmin):
    """Searched by the number of a learner, as a number: compared as text it would have no index."""

    search_fields = ["learner_id"]
    search_help_text = _("The number of a learner")
    # As they were recorded, by an index that every partition has anyway.
    ordering = ["-id"]
    show_full_result_count = False
    # Counting a log that only grows would read all of it for each page.
    paginator = InfinitePaginator

    def get_search_results(self, request, queryset, search_term):
        if not search_term:
            return queryset, False
        is_number = search_term.isascii() and search_term.isdecimal() and len(search_term) < 19
        return queryset.filter(learner_id=int(search_term)) if is_number else queryset.none(), False


@admin.register(Event)
class EventAdmin(OfLearner):
    list_display = ["recorded_at", "learner_id", "verb", "item", "value", "bundle"]
    list_filter = ["verb", "kind"]
    list_per_page = 50


@admin.register(Impression)
class ImpressionAdmin(OfLearner):
    list_display = [
        "recorded_at", "learner_id", "placement", "position", "kind", "object_id", "source", "reason",
        "model_version",
    ]  # fmt: skip
    list_filter = ["placement", "kind"]
    list_per_page = 50
