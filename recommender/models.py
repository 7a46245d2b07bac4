"""What the recommender keeps in the database: model versions, feedback, popularity."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audited import CHANGED, audited
from activity.models import Kind as ItemKind


@audited(fields=["name", "verdict", "published_at"], kinds=(CHANGED,))
class ModelVersion(models.Model):
    """One trained model. Its files are an artifact directory of the same name; which one is live is said by a
    pointer file (`recommender.artifacts`), so that the switch is atomic for every process."""

    class Verdict(models.TextChoices):
        PENDING = "pending", _("not judged")
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")

    name = models.CharField(_("version"), max_length=80, unique=True)
    job = models.ForeignKey("jobs.Job", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("trained"), auto_now_add=True)
    events = models.PositiveBigIntegerField(_("events"), default=0)
    learners = models.PositiveIntegerField(_("learners"), default=0)
    items = models.PositiveIntegerField(_("items"), default=0)
    seconds = models.FloatField(_("training seconds"), default=0)
    metrics = models.JSONField(_("metrics"), default=dict)
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict, default=Verdict.PENDING)
    explanation = models.CharField(_("why"), max_length=300, blank=True)
    published_at = models.DateTimeField(_("last went live"), null=True, blank=True)

    class Meta:
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        ordering = ["-created_at", "-pk"]

    def __str__(self):
        return self.name


class Feedback(models.Model):
    """What a learner says of a suggested item, as it stands now. The event log keeps every change of mind."""

    class Answer(models.TextChoices):
        NOT_INTERESTED = "not_interested", _("not interested")
        KNOWN = "known", _("already known")
        MORE = "more", _("more like this")

    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="suggestion_feedback"
    )
    visitor = models.UUIDField(null=True, blank=True)
    kind = models.SmallIntegerField(choices=ItemKind)
    object_id = models.BigIntegerField()
    answer = models.CharField(max_length=20, choices=Answer)
    created_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("feedback on a suggestion")
        verbose_name_plural = _("feedback on suggestions")
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "visitor", "kind", "object_id"],
                name="feedback_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(learner=None, visitor__isnull=False)
                | models.Q(learner__isnull=False, visitor=None),
                name="feedback_of_somebody",
            ),
        ]
        indexes = [models.Index(fields=["visitor"], name="feedback_visitor")]

    def __str__(self):
        return f"{self.key}: {self.answer}"

    @property
    def key(self):
        return f"{ItemKind(self.kind).name.lower()}:{self.object_id}"


class ItemPopularity(models.Model):
    """How many learners met an item lately, each counted once and fading; refreshed by a job."""

    kind = models.SmallIntegerField(choices=ItemKind)
    object_id = models.BigIntegerField()
    weight = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="popularity_once")]

    def __str__(self):
        return f"{ItemKind(self.kind).name.lower()}:{self.object_id}"
