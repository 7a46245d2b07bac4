from django.contrib import admin
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from accounts.read_only import ReadOnlyModelAdmin
from accounts.searching import TwoStepSearch
from notices.models import Notice


@admin.register(Notice)
class NoticeAdmin(TwoStepSearch, ReadOnlyModelAdmin):
    list_display = ["created_at", "learner", "kind", "title", "read_at", "mailed_at"]
    list_filter = ["kind"]
    search_fields = ["learner__email", "title"]
    list_select_related = ["learner"]
    show_full_result_count = False
    actions_list = ["announce"]

    @action(description=_("Announce"), url_path="announce", permissions=["announce"])
    def announce(self, request):
        return redirect("announcement")

    def has_announce_permission(self, request):
        return request.user.has_perm("notices.add_notice")
