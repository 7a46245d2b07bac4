"""The base of the project's lists in the admin; in the lowest layer, because every layer has lists."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from unfold import admin as unfold

from accounts import saved_filters
from accounts.models import SavedFilter


class ModelAdmin(unfold.ModelAdmin):
    """Unfold's, whose lists keep filters and searches under names (`templates/admin/change_list.html`)."""

    def get_urls(self):
        wrap, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("filters/save/", wrap(self.save_filter_view), name=f"{name}_save_filter"),
            path("filters/<int:pk>/delete/", wrap(self.delete_filter_view), name=f"{name}_delete_filter"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        found = {
            "saved_filters": saved_filters.visible_to(request.user, of=self.opts.label_lower),
            "present_query": saved_filters.essence(request.GET.urlencode()),
        }
        return super().changelist_view(request, {**found, **(extra_context or {})})

    def _may_filter(self, request):
        if request.method != "POST" or not self.has_view_or_change_permission(request):
            raise PermissionDenied

    def _list(self, query):
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return redirect(f"{address}?{query}" if query else address)

    def save_filter_view(self, request):
        self._may_filter(request)
        query = request.POST.get("query", "")
        try:
            kept = saved_filters.save(
                owner=request.user,
                of=self.opts.label_lower,
                name=request.POST.get("name", ""),
                query=query,
                is_shared="is_shared" in request.POST,
            )
        except saved_filters.Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The filter “%(name)s” is saved.") % {"name": kept.name})
        return self._list(saved_filters.essence(query))

    def delete_filter_view(self, request, pk):
        self._may_filter(request)
        mine = SavedFilter.objects.filter(owner=request.user, list=self.opts.label_lower)
        kept = get_object_or_404(mine, pk=pk)
        kept.delete()
        messages.success(request, _("The filter “%(name)s” is deleted.") % {"name": kept.name})
        return self._list(saved_filters.essence(request.POST.get("query", "")))
