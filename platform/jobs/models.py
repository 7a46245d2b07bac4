"""Long work that a person can watch, and messages on their way to a worker."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class JobQuerySet(models.QuerySet):
    def unfinished(self):
        return self.filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING])

    def stalled(self, *, silent_since):
        """Running, but without a heartbeat from `silent_since` on."""
        return self.filter(status=Job.Status.RUNNING, heartbeat_at__lt=silent_since)

    def undelivered(self, *, queued_before):
        """Queued so long ago that the message must be presumed lost."""
        return self.filter(status=Job.Status.QUEUED, queued_at__lt=queued_before)


class Job(models.Model):
    """One piece of long work. Its task takes the job's primary key as its only argument."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.SlugField(_("kind"), max_length=60, help_text=_("What it does, such as train or import."))
    title = models.CharField(_("title"), max_length=200)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="jobs",
        verbose_name=_("owner"),
    )
    task = models.CharField(_("task"), max_length=200, help_text=_("The Celery task that does the work."))
    queue = models.CharField(_("queue"), max_length=60, default="default")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.QUEUED)
    progress = models.FloatField(_("progress"), default=0)
    message = models.CharField(_("message"), max_length=500, blank=True)
    log = models.TextField(_("log"), blank=True)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    result = models.JSONField(_("result"), default=dict, blank=True)
    cancel_requested = models.BooleanField(_("cancel requested"), default=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    queued_at = models.DateTimeField(_("queued"), default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last heartbeat"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["kind", "-id"]),
            models.Index(
                fields=["status", "heartbeat_at"],
                condition=models.Q(status__in=["queued", "running"]),
                name="jobs_job_unfinished",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(progress__gte=0, progress__lte=1), name="jobs_job_progress_is_a_fraction"
            ),
            models.CheckConstraint(
                condition=models.Q(finished_at__isnull=True, status__in=["queued", "running"])
                | models.Q(finished_at__isnull=False, status__in=["succeeded", "failed", "cancelled"]),
                name="jobs_job_finished_has_a_time",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_finished(self) -> bool:
        return self.status not in (self.Status.QUEUED, self.Status.RUNNING)

    @property
    def percent(self) -> int:
        return round(100 * self.progress)


class OutboxQuerySet(models.QuerySet):
    def due(self, *, now):
        return self.filter(sent_at__isnull=True, due_at__lte=now).order_by("id")


class Outbox(models.Model):
    """A task message, written in the transaction that makes it true and sent after its commit."""

    task = models.CharField(_("task"), max_length=200)
    args = models.JSONField(_("arguments"), default=list, blank=True)
    kwargs = models.JSONField(_("named arguments"), default=dict, blank=True)
    queue = models.CharField(_("queue"), max_length=60, default="default")
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(sent_at__isnull=True), name="jobs_outbox_unsent"
            ),
            models.Index(fields=["sent_at"], name="jobs_outbox_sent"),
        ]

    def __str__(self):
        return f"{self.task} #{self.pk}"


class PeriodicRun(models.Model):
    """When the scheduler last sent a periodic task: a daily one survives a restart of the scheduler."""

    name = models.CharField(_("name"), max_length=200, primary_key=True)
    last_run_at = models.DateTimeField(_("last sent"))

    class Meta:
        verbose_name = _("periodic task")
        verbose_name_plural = _("periodic tasks")
        ordering = ["name"]

    def __str__(self):
        return self.name
