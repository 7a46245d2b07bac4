from django.contrib import admin

from accounts.read_only import ReadOnlyModelAdmin
from activity.models import Event, Impression


@admin.register(Event)
class EventAdmin(ReadOnlyModelAdmin):
    list_display = ["recorded_at", "learner_id", "verb", "item", "value", "bundle"]
    list_filter = ["verb", "kind"]
    search_fields = ["=learner_id"]
    ordering = ["-recorded_at", "-id"]
    show_full_result_count = False
    list_per_page = 50


@admin.register(Impression)
class ImpressionAdmin(ReadOnlyModelAdmin):
    list_display = [
        "recorded_at", "learner_id", "placement", "position", "kind", "object_id", "source", "reason",
        "model_version",
    ]  # fmt: skip
    list_filter = ["placement", "kind"]
    search_fields = ["=learner_id"]
    ordering = ["-recorded_at", "-id"]
    show_full_result_count = False
    list_per_page = 50
