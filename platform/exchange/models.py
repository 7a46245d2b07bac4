"""Imports through the admin: what was uploaded, what it would bring, and what it brought."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models import Course
from jobs.models import Job


def upload_path(upload, filename):
    """A private place; the name of the file is kept in `file_name`."""
    ending = "".join(c for c in filename.rpartition(".")[2].lower() if c.isalnum())[:8]
    return f"imports/{timezone.now():%Y%m%d}/{upload.token}.{ending or 'bin'}"


class CourseImport(models.Model):
    """One upload on its way: read (preview), written (imported), or taken back (undone)."""

    class Format(models.TextChoices):
        AUTO = "auto", _("Find out")
        OLX = "olx", _("Open edX (OLX)")
        COMMON_CARTRIDGE = "common-cartridge", _("IMS Common Cartridge")
        MARKDOWN = "markdown", _("Folder of Markdown")
        ARCHIVE = "archive", _("Embark archive")

    class State(models.TextChoices):
        READING = "reading", _("being read")
        PREVIEW = "preview", _("ready to import")
        WRITING = "writing", _("being imported")
        IMPORTED = "imported", _("imported")
        REFUSED = "refused", _("refused")
        UNDONE = "undone", _("undone")

    file = models.FileField(_("file"), upload_to=upload_path, max_length=200)
    file_name = models.CharField(_("file"), max_length=255, editable=False)
    token = models.UUIDField(editable=False, unique=True)
    format = models.CharField(_("format"), max_length=20, choices=Format, default=Format.AUTO)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READING, editable=False)
    problem = models.TextField(_("problem"), blank=True, editable=False)
    outline = models.JSONField(default=dict, editable=False)
    report = models.JSONField(default=dict, editable=False)
    course = models.ForeignKey(
        Course, models.SET_NULL, null=True, blank=True, editable=False, related_name="imports",
        verbose_name=_("course"),
    )  # fmt: skip
    made_course = models.BooleanField(_("made a new course"), default=False, editable=False)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, editable=False, related_name="+")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="course_imports",
        verbose_name=_("uploaded by"),
    )  # fmt: skip
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now, editable=False)
    imported_at = models.DateTimeField(_("imported"), null=True, editable=False)
    undone_at = models.DateTimeField(_("undone"), null=True, editable=False)

    class Meta:
        verbose_name = _("course import")
        verbose_name_plural = _("course imports")
        ordering = ["-id"]

    def __str__(self):
        return self.file_name
