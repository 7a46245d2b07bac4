"""The gradebook of a course in the admin: a page of learners at a time, and everything as CSV."""

import csv

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.spreadsheets import cell
from quizzes import gradebook

PER_PAGE = 50
NO_COHORT = 0


class FilterForm(forms.Form):
    q = forms.CharField(
        required=False, label=gettext_lazy("Name or address"), widget=UnfoldAdminTextInputWidget
    )
    cohort = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        label=gettext_lazy("Cohort"),
        widget=UnfoldAdminSelectWidget,
    )
    order = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Order"),
        choices=[
            ("newest", gettext_lazy("newest first")),
            ("name", gettext_lazy("by name")),
            ("progress", gettext_lazy("furthest first")),
            ("behind", gettext_lazy("least far first")),
        ],
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, data, *, cohorts):
        super().__init__(data)
        names = [(cohort.pk, cohort.name) for cohort in cohorts]
        self.fields["cohort"].choices = [("", _("all")), (NO_COHORT, _("without a cohort")), *names]

    def chosen(self):
        """Arguments of `gradebook.enrolments`; a choice that does not exist is as if not made."""
        self.is_valid()
        found = self.cleaned_data
        return {
            "words": found.get("q") or "",
            "cohort": found.get("cohort"),
            "order": found.get("order") or "newest",
        }


def _course(request, pk):
    if not request.user.has_perm("courses.view_enrolment"):
        raise PermissionDenied
    return get_object_or_404(gradebook.courses_of(request.user), pk=pk)


@require_GET
def page(request, pk):
    course = _course(request, pk)
    form = FilterForm(request.GET, cohorts=course.cohorts.all())
    quizzes = gradebook.columns(course)
    keys = gradebook.enrolments(course, **form.chosen()).values_list("pk", flat=True)
    if form.chosen()["words"]:
        keys = list(keys)  # a search reads every name: once, not once more to count
    rows = Paginator(keys, PER_PAGE).get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    context = {
        **admin.site.each_context(request),
        "title": _("Gradebook of “%(course)s”") % {"course": course.title},
        "course": course,
        "form": form,
        "quizzes": quizzes,
        "page": rows,
        "rows": gradebook.rows_of(list(rows), quizzes),
        "asked": asked.urlencode(),
    }
    return render(request, "quizzes/admin/gradebook.html", context)


@require_GET
def table(request, pk):
    """The same rows, all of them, for a spreadsheet."""
    course = _course(request, pk)
    form = FilterForm(request.GET, cohorts=course.cohorts.all())
    quizzes = gradebook.columns(course)
    found = gradebook.enrolments(course, **form.chosen())
    # Read here: language and time zone are the request's only until the view returns.
    zone = timezone.get_current_timezone()
    head = [_("learner"), _("address"), _("cohort"), _("enrolled"), _("progress (%)"), _("completed")]
    for quiz in quizzes:
        head += [f"{quiz.title} (%)", f"{quiz.title}: {_('attempts')}", f"{quiz.title}: {_('passed')}"]
        head += [f"{quiz.title}: {_('due')}", f"{quiz.title}: {_('handed in')}"]
    writer = csv.writer(_Echo())
    lines = (writer.writerow([cell(value) for value in line]) for line in _lines(head, found, quizzes, zone))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="gradebook-{course.pk}.csv"'
    return response


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text):
        return text


def _lines(head, found, quizzes, zone):
    def day(moment):
        return timezone.localdate(moment, zone).isoformat() if moment else ""

    yield head
    for row in gradebook.all_rows(found, quizzes):
        line = [
            row.learner.display_name,
            row.learner.email or "",
            row.cohort,
            day(row.enrolled_at),
            row.percent,
            day(row.completed_at),
        ]
        for mark in row.marks:
            percent = "" if mark.percent is None else round(mark.percent, 2)
            line += [percent, mark.attempts, int(mark.passed)]
            line += [mark.due.at.isoformat(), str(mark.due.state.label)] if mark.due else ["", ""]
        yield line
