"""Messages to learners."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class NoticeQuerySet(models.QuerySet):
    def unread(self):
        return self.filter(read_at=None)

    def to_mail(self, at):
        """Notices whose mail is due at a moment, the longest waiting first."""
        return self.filter(mail_at__lte=at).order_by("mail_at", "pk")


class Notice(models.Model):
    """One message. The row is its own outbox: `mail_at` says when its mail is due, null that none is."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    kind = models.SlugField(_("kind"), max_length=40)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"), blank=True)
    url = models.CharField(_("link"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    mail_at = models.DateTimeField(_("mail due"), null=True, blank=True)
    mail_attempts = models.PositiveSmallIntegerField(_("mail attempts"), default=0, db_default=0)
    mailed_at = models.DateTimeField(_("mailed"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["learner", "-created_at"]),
            models.Index(fields=["-created_at", "-id"], name="notice_newest"),
            models.Index(
                fields=["mail_at"], condition=models.Q(mail_at__isnull=False), name="notice_mail_due"
            ),
        ]

    def __str__(self):
        return self.title


class Preference(models.Model):
    """What a learner wants to be told by mail, and when not. Without a row the defaults hold."""

    learner = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="notice_preference"
    )
    email = models.BooleanField(_("by e-mail"), default=True)
    digest = models.BooleanField(_("weekly digest"), default=False)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    digested_at = models.DateTimeField(_("last digest"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("notice preference")
        verbose_name_plural = _("notice preferences")
        indexes = [
            models.Index(fields=["digested_at"], condition=models.Q(digest=True), name="notice_digest_due")
        ]

    def __str__(self):
        return str(self.learner)
