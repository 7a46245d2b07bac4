"""The ledger in the admin: everything can be read, and a correction is a further entry."""

import uuid

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.decorators import action
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from accounts.lists import ModelAdmin
from accounts.read_only import ReadOnlyModelAdmin
from accounts.searching import TwoStepSearch
from credits import corrections, ledger
from credits.models import Account, Entry, Line, Proposal, Rules

# Far above any balance, far below what a column holds.
MOST = 1_000_000_000


class LineInline(TabularInline):
    model = Line
    extra = 0

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ReasonForm(forms.Form):
    """`key` names the form, so that one that is sent twice is one correction."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    description = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("The learner reads it in the wallet."),
        widget=UnfoldAdminTextInputWidget,
    )


class AdjustmentForm(ReasonForm):
    field_order = ["amount", "description"]

    amount = forms.IntegerField(
        label=gettext_lazy("Credits"),
        help_text=gettext_lazy("Positive to give, negative to take."),
        min_value=-MOST,
        max_value=MOST,
        widget=UnfoldAdminIntegerFieldWidget,
    )

    def clean_amount(self):
        amount = self.cleaned_data["amount"]
        if amount == 0:
            raise forms.ValidationError(_("Enter a number of credits other than 0."))
        return amount


def _after(request, done):
    """Say what became of a correction, and go to it."""
    if isinstance(done, Proposal):
        messages.warning(
            request, _("This takes a second admin: it is proposed, and nothing has changed yet.")
        )
        return redirect("admin:credits_proposal_decide", done.pk)
    messages.success(request, _("The balance was adjusted."))
    return redirect("admin:credits_account_change", done.account_id)


@admin.register(Entry)
class EntryAdmin(TwoStepSearch, ReadOnlyModelAdmin):
    list_display = ["created_at", "account", "reason", "amount", "source", "description", "actor"]
    list_filter = ["reason"]
    search_fields = ["account__learner__email", "=source"]
    list_select_related = ["account__learner", "actor"]
    inlines = [LineInline]
    actions_detail = ["refund"]
    show_full_result_count = False

    def get_queryset(self, request):
        # One line an entry and account, so that nothing is to be summed.
        own = Line.objects.filter(entry=OuterRef("pk"), account=OuterRef("account"))
        return super().get_queryset(request).annotate(amount=Subquery(own.values("amount")))

    @admin.display(description=gettext_lazy("credits"))
    def amount(self, entry):
        return f"{entry.amount:+d}"

    def get_urls(self):
        view = self.admin_site.admin_view(self.refund_view)
        return [path("<int:pk>/refund/", view, name="credits_entry_refund"), *super().get_urls()]

    @action(description=gettext_lazy("Refund"))
    def refund(self, request, object_id):
        return redirect("admin:credits_entry_refund", object_id)

    def refund_view(self, request, pk):
        entries = Entry.objects.select_related("account__learner")
        entry = get_object_or_404(entries, pk=pk, account__learner__isnull=False)
        if not request.user.has_perm(corrections.PERMISSION):
            raise PermissionDenied
        if not corrections.refundable(entry):
            messages.error(request, _("Only a spend can be refunded."))
            return redirect("admin:credits_entry_change", pk)
        form = ReasonForm(request.POST or None, initial={"key": uuid.uuid4()})
        if request.method == "POST" and form.is_valid():
            try:
                return _after(
                    request, corrections.refund(entry=entry, actor=request.user, **form.cleaned_data)
                )
            except corrections.Refused as refusal:
                form.add_error(None, str(refusal))
        context = self.admin_site.each_context(request) | {
            "form": form,
            "entry": entry,
            "amount": corrections.refundable(entry),
            "refunded": corrections.refund_of(entry),
            "title": _("Refund"),
        }
        return render(request, "admin/credits/refund.html", context)


@admin.register(Account)
class AccountAdmin(TwoStepSearch, ReadOnlyModelAdmin):
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
        if not request.user.has_perm(corrections.PERMISSION):
            raise PermissionDenied
        form = AdjustmentForm(request.POST or None, initial={"key": uuid.uuid4()})
        if request.method == "POST" and form.is_valid():
            try:
                return _after(
                    request,
                    corrections.adjust(learner=account.learner, actor=request.user, **form.cleaned_data),
                )
            except ledger.NotEnoughCredits:
                form.add_error("amount", _("The learner has only %(n)s credits.") % {"n": account.balance})
            except corrections.Refused as refusal:
                form.add_error(None, str(refusal))
        context = self.admin_site.each_context(request) | {
            "form": form,
            "account": account,
            "title": _("Adjust the balance of %(name)s") % {"name": account.learner},
        }
        return render(request, "admin/credits/adjust.html", context)


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyModelAdmin):
    """What one admin proposed; another one decides on a page of its own."""

    list_display = [
        "__str__",
        "description",
        "state",
        "proposed_by",
        "proposed_at",
        "decided_by",
        "decided_at",
    ]
    list_filter = ["state"]
    search_fields = ["account__learner__email", "description"]
    list_select_related = ["account__learner", "proposed_by", "decided_by"]
    actions_detail = ["decide"]
    show_full_result_count = False

    def get_urls(self):
        view = self.admin_site.admin_view(self.decide_view)
        return [path("<int:pk>/decide/", view, name="credits_proposal_decide"), *super().get_urls()]

    @action(description=gettext_lazy("Decide"))
    def decide(self, request, object_id):
        return redirect("admin:credits_proposal_decide", object_id)

    def decide_view(self, request, pk):
        proposals = Proposal.objects.select_related("account__learner", "spend", "proposed_by", "decided_by")
        proposal = get_object_or_404(proposals, pk=pk)
        if not request.user.has_perm(corrections.PERMISSION):
            raise PermissionDenied
        verbs = {"approve": corrections.approve, "decline": corrections.decline}
        verb = verbs.get(request.POST.get("decision"))
        if request.method == "POST" and verb is not None:
            try:
                verb(proposal=proposal, actor=request.user)
            except ledger.NotEnoughCredits:
                messages.error(request, _("The learner has too few credits by now: decline the proposal."))
            except corrections.Refused as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("Your decision was carried out."))
            return redirect("admin:credits_proposal_decide", pk)
        context = self.admin_site.each_context(request) | {
            "proposal": proposal,
            "refusal": corrections.refusal(proposal, request.user),
            "title": _("Decide on a proposal"),
        }
        return render(request, "admin/credits/decide.html", context)


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
