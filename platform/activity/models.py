"""The event log: what learners did, and what they were shown.

Both tables are append-only and partitioned by month on `recorded_at`; nothing has a foreign key to them. The
only code that deletes is `activity.erasure`.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.IntegerChoices):
    """What an item is. The numbers are those of `recommender.data.dataset.KINDS`."""

    COURSE = 0, _("course")
    LESSON = 1, _("lesson")
    QUIZ = 2, _("quiz")
    QUESTION = 3, _("question")


class Verb(models.IntegerChoices):
    """What a learner did. The numbers are those of `recommender.data.dataset.VERBS`."""

    VIEWED = 0, _("viewed")
    ENROLLED = 1, _("enrolled")
    COMPLETED = 2, _("completed")
    ANSWERED = 3, _("answered")
    PASSED = 4, _("passed")
    FAILED = 5, _("failed")
    RATED = 6, _("rated")
    DISMISSED = 7, _("dismissed")


class EventQuerySet(models.QuerySet):
    def of(self, *, learner=None, visitor=None):
        """Events of one learner, or of one anonymous visitor; of nobody if neither is given."""
        if learner is not None:
            return self.filter(learner_id=learner.pk)
        if visitor:
            return self.filter(visitor=visitor, learner_id=None)
        return self.none()

    def latest_first(self):
        return self.order_by("-recorded_at", "-id")


class Event(models.Model):
    """One thing a learner (or an anonymous visitor) did with one item.

    `occurred_at` is null in imported histories whose times are unknown; their order is `sequence`, which is
    also the order of `id`.
    """

    id = models.BigAutoField(primary_key=True)
    recorded_at = models.DateTimeField()
    occurred_at = models.DateTimeField(null=True)
    learner_id = models.BigIntegerField(null=True)
    visitor = models.UUIDField(null=True)
    verb = models.SmallIntegerField(choices=Verb)
    kind = models.SmallIntegerField(choices=Kind)
    object_id = models.BigIntegerField()
    value = models.FloatField(null=True)
    sequence = models.IntegerField(null=True)
    bundle = models.CharField(max_length=100, default="")
    context = models.JSONField(null=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        db_table = "activity_event"
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self):
        return f"{self.get_verb_display()} {self.item}"

    @property
    def item(self):
        return f"{Kind(self.kind).name.lower()}:{self.object_id}"


class Impression(models.Model):
    """One item shown to a learner at one place of a page, and how likely it was to be shown there."""

    id = models.BigAutoField(primary_key=True)
    recorded_at = models.DateTimeField()
    learner_id = models.BigIntegerField(null=True)
    visitor = models.UUIDField(null=True)
    placement = models.CharField(max_length=40)
    position = models.SmallIntegerField()
    kind = models.SmallIntegerField(choices=Kind)
    object_id = models.BigIntegerField()
    source = models.CharField(max_length=40)
    model_version = models.CharField(max_length=80)
    probability = models.FloatField()
    page_kind = models.SmallIntegerField(choices=Kind, null=True)
    page_object_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=200, default="")

    class Meta:
        db_table = "activity_impression"
        verbose_name = _("impression")
        verbose_name_plural = _("impressions")

    def __str__(self):
        return f"{self.placement} {self.position}: {Kind(self.kind).name.lower()}:{self.object_id}"
