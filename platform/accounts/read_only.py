"""The admin of records that nobody edits; in the lowest layer, because every layer has such records."""

from accounts.lists import ModelAdmin


class ReadOnlyModelAdmin(ModelAdmin):
    """For what is written by verbs and triggers alone: ledger, events, steps of attempts, model versions."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
