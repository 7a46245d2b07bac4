"""Jobs in the admin: a page that follows the work, with cancel and retry; messages on their way."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from accounts.read_only import ReadOnlyModelAdmin
from jobs import control
from jobs.models import Job, Outbox, PeriodicRun
from jobs.problems import problems
from jobs.subjects import subject_of


@admin.register(Job)
class JobAdmin(ReadOnlyModelAdmin):
    list_display = ["title", "kind", "state", "done", "message", "owner", "created_at", "finished_at"]
    list_filter = ["status", "kind"]
    search_fields = ["title", "message"]
    list_select_related = ["owner"]
    fields = [
        "kind",
        "task",
        "queue",
        "owner",
        "parameters",
        "result",
        "attempts",
        "created_at",
        "started_at",
        "heartbeat_at",
        "finished_at",
    ]
    list_before_template = "admin/jobs/problems.html"
    change_form_outer_before_template = "admin/jobs/watch.html"

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/live/", wrap(self.live_view), name="jobs_job_live"),
            path("<int:pk>/cancel/", wrap(self.cancel_view), name="jobs_job_cancel"),
            path("<int:pk>/retry/", wrap(self.retry_view), name="jobs_job_retry"),
            *super().get_urls(),
        ]

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"problems": problems()} | (extra_context or {}))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        job = self.get_object(request, object_id)
        extra = {
            "may_control": self._may_control(request),
            "subject": subject_of(job, request.user) if job is not None else None,
        }
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    @display(
        description=gettext_lazy("state"),
        label={
            Job.Status.QUEUED: "info",
            Job.Status.RUNNING: "warning",
            Job.Status.SUCCEEDED: "success",
            Job.Status.FAILED: "danger",
        },
        ordering="status",
    )
    def state(self, job):
        return job.status, job.get_status_display()

    @admin.display(description=gettext_lazy("progress"), ordering="progress")
    def done(self, job):
        return f"{job.percent} %"

    def live_view(self, request, pk):
        """The part of the page that a browser asks for again while the job isn't finished."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = get_object_or_404(Job, pk=pk)
        return render(
            request, "admin/jobs/live.html", {"original": job, "may_control": self._may_control(request)}
        )

    def cancel_view(self, request, pk):
        return self._control(request, pk, control.cancel, _("The job was told to stop."))

    def retry_view(self, request, pk):
        return self._control(request, pk, control.retry, _("The job is queued again."))

    def _control(self, request, pk, verb, done):
        if request.method != "POST" or not self._may_control(request):
            raise PermissionDenied
        get_object_or_404(Job, pk=pk)
        try:
            verb(job_id=pk)
        except control.NotPossible as error:
            messages.error(request, str(error))
        else:
            messages.success(request, done)
        return redirect("admin:jobs_job_change", pk)

    @staticmethod
    def _may_control(request) -> bool:
        return request.user.has_perm("jobs.change_job")


@admin.register(Outbox)
class OutboxAdmin(ReadOnlyModelAdmin):
    list_display = ["id", "task", "queue", "created_at", "sent_at", "attempts", "last_error"]
    list_filter = [("sent_at", admin.EmptyFieldListFilter), "task"]


@admin.register(PeriodicRun)
class PeriodicRunAdmin(ReadOnlyModelAdmin):
    list_display = ["name", "last_run_at"]
