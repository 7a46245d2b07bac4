"""Enrolments, reviews and certificates: to read, and the two things to decide: hide words, revoke."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action, display

from accounts.bulk import states_counts
from accounts.lists import ModelAdmin
from accounts.read_only import ReadOnlyModelAdmin
from accounts.searching import TwoStepSearch
from accounts.tables import TableAdminMixin
from courses import certificates
from courses.admin import plans
from courses.admin.forms import RevokeForm
from courses.models import Certificate, Enrolment, Review
from courses.tables import EnrolmentResource


@admin.register(Enrolment)
class EnrolmentAdmin(TwoStepSearch, TableAdminMixin, ReadOnlyModelAdmin):
    resource_classes = [EnrolmentResource]
    list_display = ["learner", "course", "percent", "enrolled_at", "completed_at", "left_at", "credits_paid"]
    list_filter = ["completed_at", "left_at"]
    list_select_related = ["learner", "course"]
    search_fields = ["learner__email", "learner__display_name", "course__title"]
    show_full_result_count = False

    def get_queryset(self, request):
        enrolments = super().get_queryset(request)
        if request.user.has_perm("courses.edit_any_course") or request.user.has_perm(
            "courses.view_all_learners"
        ):
            return enrolments
        return enrolments.filter(course__author_roles__user=request.user)

    def get_export_queryset(self, request):
        return super().get_export_queryset(request).active().select_related("learner", "course", "cohort")

    def has_import_permission(self, request):
        return request.user.has_perm("courses.add_enrolment")


@admin.register(Review)
class ReviewAdmin(ModelAdmin):
    list_display = ["course", "stars", "start", "learner", "is_hidden", "created_at"]
    list_filter = ["stars", "is_hidden"]
    list_select_related = ["course", "learner"]
    search_fields = ["course__title", "body"]
    show_full_result_count = False
    fields = ["course", "learner", "stars", "body", "is_hidden", "created_at"]
    readonly_fields = ["course", "learner", "stars", "body", "created_at"]
    actions = ["hide_selected"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("words"))
    def start(self, review):
        return review.body[:80] or "–"

    @action(description=gettext_lazy("Hide the words"), permissions=["change"])
    @states_counts(plans.hide_reviews)
    def hide_selected(self, request, queryset):
        count = queryset.filter(is_hidden=False).update(is_hidden=True)
        messages.success(
            request, ngettext("%(n)d review is hidden.", "%(n)d reviews are hidden.", count) % {"n": count}
        )


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyModelAdmin):
    list_display = ["learner_name", "course_title", "issued_at", "state"]
    list_filter = ["issued_at"]
    search_fields = ["learner_name", "course_title", "code"]
    show_full_result_count = False
    change_form_outer_before_template = "admin/courses/certificate_acts.html"

    @display(description=gettext_lazy("state"), label={"valid": "success", "revoked": "danger"})
    def state(self, certificate):
        return ("revoked", _("revoked")) if certificate.revoked_at else ("valid", _("valid"))

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/revoke/", wrap(self.revoke_view), name="courses_certificate_revoke"),
            *super().get_urls(),
        ]

    def revoke_view(self, request, pk):
        if not request.user.has_perm("courses.change_certificate"):
            raise PermissionDenied
        certificate = get_object_or_404(Certificate, pk=pk)
        form = RevokeForm(request.POST or None)
        if form.is_valid():
            certificates.revoke(certificate=certificate, reason=form.cleaned_data["reason"])
            messages.success(request, _("The certificate is revoked; its page says so from now on."))
            return redirect("admin:courses_certificate_change", pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Revoke the certificate"),
            "opts": self.opts,
            "certificate": certificate,
            "form": form,
        }
        return render(request, "admin/courses/revoke.html", context)
