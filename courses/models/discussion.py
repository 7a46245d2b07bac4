from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models.catalogue import Lesson
from courses.models.search_vectors import search_vector_field
from courses.querysets import CommentManager


class Comment(models.Model):
    """A comment below a lesson, or a reply to one (one level). Without an author: "deleted user"."""

    class Status(models.TextChoices):
        VISIBLE = "visible", _("Visible")
        PENDING = "pending", _("Waiting for a moderator")
        HIDDEN = "hidden", _("Hidden")
        # Kept only to hold up its replies; the words are gone.
        DELETED = "deleted", _("Deleted")

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="comments"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="replies"
    )
    body = models.TextField(max_length=10_000)
    body_html = models.TextField(blank=True, editable=False)
    status = models.CharField(max_length=16, choices=Status, default=Status.VISIBLE)
    is_question = models.BooleanField(default=False)
    is_accepted = models.BooleanField(_("accepted answer"), default=False)
    vote_count = models.IntegerField(default=0, editable=False)
    mentions = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="mentioned_in", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The course's language, for the search vector.
    language = models.CharField(max_length=16, blank=True, default="en", editable=False)
    search_vector = search_vector_field(body="A")

    objects = CommentManager()

    class Meta:
        ordering = ["created_at", "pk"]
        permissions = [("moderate_comment", _("Can moderate comments"))]
        indexes = [
            models.Index("lesson", "parent", "created_at", name="comment_thread"),
            models.Index("status", "created_at", condition=Q(status="pending"), name="comment_queue"),
            models.Index("author", name="comment_author"),
            models.Index(fields=["-created_at", "-id"], name="comment_newest"),
            GinIndex("search_vector", name="comment_search"),
        ]
        constraints = [
            models.UniqueConstraint(
                "parent", condition=Q(is_accepted=True), name="comment_one_accepted_answer"
            ),
            models.CheckConstraint(
                condition=Q(is_accepted=False) | Q(parent__isnull=False), name="comment_accepted_is_reply"
            ),
        ]

    def __str__(self):
        return self.body[:60]


class CommentVote(models.Model):
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="votes")
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["comment", "learner"], name="comment_vote_once")]

    def __str__(self):
        return f"{self.learner}: {self.comment}"


class CommentReport(models.Model):
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["comment", "reporter"], name="comment_report_once")]

    def __str__(self):
        return f"{self.comment}: {self.reason[:40]}"
