"""All tables of changes as one, for reading: a view that a migration makes."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audited import ADDED, CHANGED, REMOVED


class ChangeQuerySet(models.QuerySet):
    def about(self, kind, object_id):
        """Changes of one object, and of what is a part of it."""
        return self.filter(
            models.Q(kind=kind, object_id=object_id) | models.Q(parent_kind=kind, parent_id=object_id)
        )


class Change(models.Model):
    class Act(models.TextChoices):
        ADDED = ADDED, _("added")
        CHANGED = CHANGED, _("changed")
        REMOVED = REMOVED, _("removed")

    id = models.CharField(primary_key=True, max_length=100)  # kind:number
    kind = models.CharField(_("kind"), max_length=60)  # label of the audited model, in lower case
    number = models.BigIntegerField()  # in the table of its kind
    act = models.CharField(_("act"), max_length=10, choices=Act)
    at = models.DateTimeField(_("time"))
    object_id = models.BigIntegerField()
    name = models.CharField(_("object"), max_length=300)
    parent_kind = models.CharField(max_length=60)
    parent_id = models.BigIntegerField(null=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("by"),
    )
    request = models.CharField(_("request"), max_length=64)
    network = models.CharField(_("network"), max_length=50)
    job_id = models.BigIntegerField(_("job"), null=True)
    said = models.JSONField()  # by column: before the change, or what was added

    objects = ChangeQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "embark_change"
        ordering = ["-at"]
        default_permissions = ["view"]
        verbose_name = _("change")
        verbose_name_plural = _("audit log")

    def __str__(self):
        return self.name or f"{self.kind}:{self.object_id}"
