"""The ledger in the admin: everything can be read, and a correction is a further entry."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, Sum
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from accounts.read_only import ReadOnlyModelAdmin
from credits import ledger
from credits.models import Account, Entry, Line, Rules


class LineInline(TabularInline):
    model = Line
    extra = 0

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Entry)
class EntryAdmin(ReadOnlyModelAdmin):
    list_display = ["created_at", "account", "reason", "amount", "source", "description", "actor"]
    list_filter = ["reason"]
    search_fields = ["account__learner__email", "=source"]
    list_select_related = ["account__learner", "actor"]
    inlines = [LineInline]
    show_full_result_count = False

    def get_queryset(self, request):
        own = Q(lines__account=F("account"))
        return super().get_queryset(request).annotate(amount=Sum("lines__amount", filter=own))

    @admin.display(description=gettext_lazy("credits"))
    def amount(self, entry):
        return f"{entry.amount:+d}"


class AdjustmentForm(forms.Form):
    amount = forms.IntegerField(
        label=gettext_lazy("Credits"),
        help_text=gettext_lazy("Positive to give, negative to take."),
        widget=UnfoldAdminIntegerFieldWidget,
    )
    description = forms.CharField(
        label=gettext_lazy("Reason"), max_length=200, widget=UnfoldAdminTextInputWidget
    )

    def clean_amount(self):
        amount = self.cleaned_data["amount"]
        if amount == 0:
            raise forms.ValidationError(_("Enter a number of credits other than 0."))
        return amount


@admin.register(Account)
class AccountAdmin(ReadOnlyModelAdmin):
    list_display = ["__str__", "kind", "balance", "created_at"]
    list_filter = ["kind"]
    search_fields = ["learner__email", "learner__display_name"]
    list_select_related = ["learner"]
    actions_detail = ["adjust"]
    show_full_result_count = False

    def get_urls(self):
        view = self.admin_site.admin_view(self.adjust_view)
        return [path("<int:pk>/adjust/", view, name="credits_account_adjust"), *super().get_urls()]

    @action(description=gettext_lazy("Adjust the balance"))
    def adjust(self, request, object_id):
        return redirect("admin:credits_account_adjust", object_id)

    def adjust_view(self, request, pk):
        account = get_object_or_404(Account.objects.select_related("learner"), pk=pk, learner__isnull=False)
        if not request.user.has_perm("credits.add_entry"):
            raise PermissionDenied
        form = AdjustmentForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                ledger.adjust(learner=account.learner, actor=request.user, **form.cleaned_data)
            except ledger.NotEnoughCredits:
                form.add_error("amount", _("The learner has only %(n)s credits.") % {"n": account.balance})
            else:
                messages.success(request, _("The balance was adjusted."))
                return redirect(reverse("admin:credits_account_change", args=[pk]))
        context = self.admin_site.each_context(request) | {"form": form, "account": account, "title": account}
        return render(request, "admin/credits/adjust.html", context)


@admin.register(Rules)
class RulesAdmin(ModelAdmin):
    """One row, made by the first look at the list."""

    list_display = ["__str__", "daily_cap", "perfect_credits", "improvement_credits", "streak_days"]
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        Rules.objects.get_or_create(pk=1)
        return super().changelist_view(request, extra_context)
