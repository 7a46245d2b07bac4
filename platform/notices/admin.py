from django.contrib import admin

from accounts.read_only import ReadOnlyModelAdmin
from notices.models import Notice


@admin.register(Notice)
class NoticeAdmin(ReadOnlyModelAdmin):
    list_display = ["created_at", "learner", "kind", "title", "read_at"]
    list_filter = ["kind"]
    search_fields = ["learner__email", "title"]
    list_select_related = ["learner"]
    show_full_result_count = False
