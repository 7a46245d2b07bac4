"""An admin's announcement to everybody or to the learners of a course, counted before it is sent."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from courses.models import Course
from embark.models import Announcement
from notices.messages import announce

PERMISSION = "notices.add_notice"
on_this_site = RegexValidator(r"^/(?!/)", gettext_lazy("Write an address of this site, such as /courses/."))


class AnnouncementForm(forms.Form):
    course = forms.ModelChoiceField(
        Course.objects.published().order_by("title"),
        required=False,
        label=gettext_lazy("To the learners of"),
        empty_label=gettext_lazy("everybody"),
        widget=UnfoldAdminSelectWidget,
    )
    title = forms.CharField(max_length=200, label=gettext_lazy("Title"), widget=UnfoldAdminTextInputWidget)
    body = forms.CharField(
        required=False, max_length=5000, label=gettext_lazy("Text"), widget=UnfoldAdminTextareaWidget
    )
    url = forms.CharField(
        required=False,
        max_length=300,
        label=gettext_lazy("Leads to"),
        validators=[on_this_site],
        widget=UnfoldAdminTextInputWidget,
    )

    def learners(self):
        """Real accounts that can sign in, or those of them who are in the chosen course."""
        people = User.objects.filter(is_active=True, is_imported=False)
        course = self.cleaned_data["course"]
        if course is None:
            return people
        return people.filter(enrolments__course=course, enrolments__left_at=None)


def announcement(request):
    """Write, see how many it goes to, send."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    form = AnnouncementForm(request.POST or None)
    count = None
    if request.method == "POST" and form.is_valid():
        count = form.learners().count()
        # Sent only to as many as the admin was told of: after a change it is counted again.
        if request.POST.get("send") == str(count):
            words = {name: form.cleaned_data[name] for name in ("title", "body", "url")}
            sent = _send(form.learners(), course=form.cleaned_data["course"], **words)
            sentence = ngettext("Announced to %(count)d learner.", "Announced to %(count)d learners.", sent)
            messages.success(request, sentence % {"count": sent})
            return redirect("admin:notices_notice_changelist")
    context = {**admin.site.each_context(request), "title": _("Announcement"), "form": form, "count": count}
    return render(request, "admin/announcement.html", context)


@transaction.atomic
def _send(learners, *, course, **words):
    sent = announce(learners=learners, **words)
    Announcement.objects.create(course=course, learners=sent, **words)
    return sent
