from allauth.account.admin import EmailAddressAdmin as AllauthEmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.admin import AuthenticatorAdmin as AllauthAuthenticatorAdmin
from allauth.mfa.models import Authenticator
from allauth.usersessions.admin import UserSessionAdmin as AllauthUserSessionAdmin
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.admin import StackedInline
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.bulk import Plan, parted, sentence_about, states_counts
from accounts.lists import ModelAdmin
from accounts.models import Profile, User

admin.site.unregister(Group)
admin.site.unregister(EmailAddress)
admin.site.unregister(UserSession)
admin.site.unregister(Authenticator)


@admin.register(Group)
class GroupAdmin(ModelAdmin):
    search_fields = ["name"]
    filter_horizontal = ["permissions"]


def _verifying(addresses):
    verified, others = parted(addresses, lambda address: address.verified)
    already = ngettext_lazy("%(n)d is verified already.", "%(n)d are verified already.", "n")
    sentence = ngettext_lazy(
        "This will mark %(n)d address as verified.", "This will mark %(n)d addresses as verified.", "n"
    )
    return Plan(others, sentence, left_out=sentence_about(verified, already))


@admin.register(EmailAddress)
class EmailAddressAdmin(AllauthEmailAddressAdmin, ModelAdmin):
    @action(description=_("Mark as verified"), permissions=["change"])
    @states_counts(_verifying)
    def make_verified(self, request, queryset):
        return super().make_verified(request, queryset)


@admin.register(UserSession)
class UserSessionAdmin(AllauthUserSessionAdmin, ModelAdmin):
    # Allauth's own names a column that our users don't have.
    search_fields = ["user__email", "user__display_name", "ip"]
    show_full_result_count = False
    # Whoever has the key is the learner.
    exclude = ["session_key"]

    def has_add_permission(self, request):
        return False


@admin.register(Authenticator)
class AuthenticatorAdmin(AllauthAuthenticatorAdmin, ModelAdmin):
    """To see a second factor, and to take it away from whoever lost it: the secret is nobody's."""

    search_fields = ["user__email", "user__display_name"]
    exclude = ["data"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


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
    change_form_outer_before_template = "admin/accounts/user_acts.html"
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
