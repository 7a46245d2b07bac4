"""What the site itself keeps."""

from django.conf import settings
from django.db import models
from django.utils import timezone


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
