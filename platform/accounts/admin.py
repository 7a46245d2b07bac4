from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.models import Profile, User

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(ModelAdmin):
    search_fields = ["name"]
    filter_horizontal = ["permissions"]


class ProfileInline(StackedInline):
    model = Profile
    can_delete = False


class CreateForm(UserCreationForm):
    class Meta:
        model = User
        fields = ["email", "display_name"]


class ChangeForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    form = ChangeForm
    add_form = CreateForm
    change_password_form = AdminPasswordChangeForm
    inlines = [ProfileInline]
    list_display = ["__str__", "email", "date_joined", "is_active", "is_staff", "is_simulated", "is_imported"]
    list_filter = ["is_active", "is_staff", "is_simulated", "is_imported"]
    search_fields = ["email", "display_name", "external_id"]
    ordering = ["-pk"]
    show_full_result_count = False
    readonly_fields = ["date_joined", "last_login", "is_simulated", "is_imported", "external_id"]
    fieldsets = [
        (None, {"fields": ["email", "display_name", "password"]}),
        (_("Access"), {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        (
            _("Origin"),
            {"fields": ["date_joined", "last_login", "is_simulated", "is_imported", "external_id"]},
        ),
    ]
    add_fieldsets = [(None, {"fields": ["email", "display_name", "password1", "password2"]})]

    def get_inlines(self, request, obj):
        # The manager makes the profile with the user.
        return self.inlines if obj else []

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change:
            Profile.objects.get_or_create(user=obj)

    def has_delete_permission(self, request, obj=None):
        # Deleting a person's row would break the ledger: erasure anonymises instead.
        return False
