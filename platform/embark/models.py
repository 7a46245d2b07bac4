"""What the site itself keeps."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.audited import ADDED, audited
from embark.audit.models import Change

__all__ = ["Announcement", "Change", "LegalText", "StoredResponse"]


class StoredResponse(models.Model):
    """The answer to a write that carried an Idempotency-Key; a repetition gets it again. Kept for a day."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    content = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["learner", "key"], name="stored_response_once")]

    def __str__(self):
        return f"{self.learner_id}: {self.key}"


@audited(exclude=["sent_at"], kinds=(ADDED,))
class Announcement(models.Model):
    """What was announced, once; each learner's notice is a copy of it. The audit log says by whom."""

    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"), blank=True)
    url = models.CharField(_("link"), max_length=300, blank=True)
    course = models.ForeignKey(
        "courses.Course", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("course")
    )
    learners = models.PositiveIntegerField(_("learners"))
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        default_permissions = ["view"]

    def __str__(self):
        return self.title


@audited(exclude=["html", "written_at"])
class LegalText(models.Model):
    """Terms or privacy in one language, as an admin wrote it; `embark.legal` renders and shows it."""

    class Page(models.TextChoices):
        TERMS = "terms", _("Terms of use")
        PRIVACY = "privacy", _("Privacy")

    page = models.CharField(_("page"), max_length=10, choices=Page)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    source = models.TextField(_("text"), help_text=_("Markdown."))
    html = models.TextField(editable=False)
    written_at = models.DateTimeField(_("written"), auto_now=True)

    class Meta:
        verbose_name = _("legal text")
        verbose_name_plural = _("terms and privacy")
        ordering = ["page", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["page", "language"],
                name="legal_text_once",
                violation_error_message=_("There is such a text already: change that one."),
            )
        ]

    def __str__(self):
        return f"{self.get_page_display()} ({self.language})"
