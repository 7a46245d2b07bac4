from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quizzes.models.attempts import Attempt


class Pause(models.Model):
    """A time in which learners could not reach the site, and which was given back to running attempts."""

    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"))
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-ended_at"]
        constraints = [
            models.UniqueConstraint(fields=["began_at"], name="pause_once"),
            models.CheckConstraint(condition=Q(ended_at__gt=F("began_at")), name="pause_ends_after_it_began"),
        ]

    def __str__(self):
        return f"{self.began_at:%Y-%m-%d %H:%M} – {self.ended_at:%H:%M}"


class Prolongation(models.Model):
    """What one attempt got back of a pause: once, whoever asks twice.

    A row beside the attempt's steps and no step itself: a page counts steps, and would take one that it did
    not send for another tab.
    """

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="prolongations")
    pause = models.ForeignKey(Pause, models.PROTECT, related_name="prolongations")
    deadline_before = models.DateTimeField(_("deadline before"))
    deadline_after = models.DateTimeField(_("deadline afterwards"))
    created_at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("prolongation")
        verbose_name_plural = _("prolongations")
        constraints = [models.UniqueConstraint(fields=["attempt", "pause"], name="prolongation_once")]

    def __str__(self):
        return f"{self.attempt_id}: {self.deadline_after:%Y-%m-%d %H:%M}"
