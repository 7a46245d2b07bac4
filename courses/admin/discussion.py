"""The moderation queue: what waits, what was reported, shown or hidden with one click."""

from django.contrib import admin, messages
from django.db.models import OuterRef
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import TabularInline
from unfold.decorators import action, display

from accounts.bulk import states_counts
from accounts.lists import ModelAdmin
from accounts.searching import TwoStepSearch
from courses import discussion
from courses.admin import plans
from courses.models import Comment, CommentReport
from courses.querysets import count_subquery


class ReportInline(TabularInline):
    model = CommentReport
    extra = 0
    fields = readonly_fields = ["reporter", "reason", "created_at", "resolved_at"]

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Comment)
class CommentAdmin(TwoStepSearch, ModelAdmin):
    list_display = ["start", "author", "lesson", "state", "open_reports", "created_at"]
    list_filter = ["status", "is_question"]
    list_select_related = ["author", "lesson"]
    search_fields = ["body", "author__email", "author__display_name", "lesson__title"]
    show_full_result_count = False
    fields = readonly_fields = [
        "lesson", "author", "body", "status", "is_question", "vote_count", "created_at", "edited_at",
    ]  # fmt: skip
    inlines = [ReportInline]
    actions = ["show_selected", "hide_selected"]
    ordering = ["-created_at"]

    def get_queryset(self, request):
        reports = CommentReport.objects.filter(comment=OuterRef("pk"), resolved_at=None)
        comments = super().get_queryset(request).annotate(open_reports=count_subquery(reports, "comment"))
        if request.user.has_perm("courses.moderate_comment"):
            return comments
        return comments.filter(lesson__course__author_roles__user=request.user)

    def has_add_permission(self, request):
        return False

    def has_moderate_permission(self, request):
        return request.user.has_perm("courses.moderate_comment") or self.has_change_permission(request)

    @admin.display(description=gettext_lazy("comment"))
    def start(self, comment):
        return comment.body[:80] or "–"

    @display(
        description=gettext_lazy("status"),
        label={"visible": "success", "pending": "warning", "hidden": "danger", "deleted": "info"},
        ordering="status",
    )
    def state(self, comment):
        return comment.status, comment.get_status_display()

    @admin.display(description=gettext_lazy("open reports"), ordering="open_reports")
    def open_reports(self, comment):
        return comment.open_reports

    @action(description=gettext_lazy("Show, and close their reports"), permissions=["moderate"])
    @states_counts(plans.show_comments)
    def show_selected(self, request, queryset):
        self._moderate(request, queryset, show=True)

    @action(description=gettext_lazy("Hide, and close their reports"), permissions=["moderate"])
    @states_counts(plans.hide_comments)
    def hide_selected(self, request, queryset):
        self._moderate(request, queryset, show=False)

    def _moderate(self, request, queryset, *, show):
        count = discussion.moderate(comments=list(queryset), show=show)
        text = ngettext("%(n)d comment is changed.", "%(n)d comments are changed.", count) % {"n": count}
        messages.success(request, text)
