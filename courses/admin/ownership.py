"""Authors see and change what belongs to the courses that name them; who may edit any, everything."""


class OwnedAdmin:
    """For models whose querysets say what a person may edit (`editable_by`)."""

    def get_queryset(self, request):
        return self.model.objects.editable_by(request.user)

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) and self._is_mine(request, obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._is_mine(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self._is_mine(request, obj)

    def _is_mine(self, request, obj):
        return (
            obj is None
            or obj.pk is None
            or self.model.objects.editable_by(request.user).filter(pk=obj.pk).exists()
        )
