import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quizzes.models.questions import QuestionVersion
from quizzes.models.quizzes import Quiz
from quizzes.querysets import AttemptQuerySet


class Attempt(models.Model):
    """One go at a quiz. What happened in it is its steps; the other columns repeat their outcome."""

    class State(models.TextChoices):
        IN_PROGRESS = "in_progress", _("in progress")
        SUBMITTED = "submitted", _("waiting for a mark")
        GRADED = "graded", _("marked")

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    quiz = models.ForeignKey(Quiz, models.PROTECT, related_name="attempts")
    # Null once the learner is erased: marks stay in the statistics, without a name.
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="quiz_attempts"
    )
    number = models.PositiveIntegerField(_("attempt"))
    seed = models.BigIntegerField()
    is_preview = models.BooleanField(_("preview"), default=False)
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.IN_PROGRESS)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    deadline = models.DateTimeField(_("deadline"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    page = models.PositiveIntegerField(_("page reached"), default=1)
    sequence = models.PositiveIntegerField(_("last step"), default=0)
    mark = models.FloatField(_("mark"), null=True, blank=True)
    max_mark = models.FloatField(_("out of"), default=0)
    passed = models.BooleanField(_("passed"), null=True, blank=True)
    credits_earned = models.PositiveIntegerField(_("credits earned"), default=0)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        indexes = [
            models.Index(fields=["quiz", "state"], name="attempt_of_quiz"),
            models.Index(fields=["-started_at", "-id"], name="attempt_newest"),
            models.Index(fields=["deadline"], name="attempt_due", condition=Q(state="in_progress")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["learner", "quiz", "number"], name="attempt_number_once"),
            models.UniqueConstraint(
                fields=["learner", "quiz"],
                condition=Q(state="in_progress"),
                name="attempt_one_in_progress",
            ),
        ]

    def __str__(self):
        return f"{self.quiz} · {self.number}"

    def get_absolute_url(self):
        name = "attempt" if self.is_running else "result"
        return reverse(f"quizzes:{name}", args=[self.public_id])

    @property
    def is_running(self):
        return self.state == self.State.IN_PROGRESS

    @property
    def percent(self):
        """The mark in percent, None while it is unknown."""
        if self.mark is None or not self.max_mark:
            return None
        return max(0.0, round(100 * self.mark / self.max_mark, 6))


class AttemptQuestion(models.Model):
    """A question in an attempt: the version it saw, what the seed drew, and where the answers stand."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="questions")
    position = models.PositiveIntegerField()
    # Position of the quiz's slot: statistics compare slots, wherever shuffling put them.
    slot = models.PositiveIntegerField(default=0)
    page = models.PositiveIntegerField(default=1)
    section = models.CharField(max_length=200, blank=True)
    version = models.ForeignKey(QuestionVersion, models.PROTECT, related_name="attempt_questions")
    # The version whose key marked the answer, where a regrade used a corrected one.
    marked_by = models.ForeignKey(QuestionVersion, models.PROTECT, null=True, blank=True, related_name="+")
    variant = models.JSONField(default=dict)
    max_mark = models.FloatField(default=1.0)
    response = models.JSONField(null=True, blank=True)
    certainty = models.PositiveSmallIntegerField(null=True, blank=True)
    is_flagged = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(default=0)
    # The first so many of the version's hints are paid for. The ledger has one entry each.
    hints_bought = models.PositiveSmallIntegerField(default=0)
    is_locked = models.BooleanField(default=False)
    fraction = models.FloatField(null=True, blank=True)
    mark = models.FloatField(null=True, blank=True)
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="attempt_question_once"),
        ]

    def __str__(self):
        return f"{self.attempt_id}:{self.position}"


class AttemptStep(models.Model):
    """One numbered thing that happened in an attempt. Append-only: the database refuses changes."""

    class Kind(models.TextChoices):
        SAVE = "save", _("saved")
        CHECK = "check", _("checked")
        HINT = "hint", _("bought a hint")
        SUBMIT = "submit", _("submitted")
        GRADE = "grade", _("marked")
        OVERRIDE = "override", _("mark changed by a person")
        REGRADE = "regrade", _("marked again")
        FOCUS = "focus", _("page lost focus")

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="steps")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    payload = models.JSONField(default=dict)
    token = models.CharField(max_length=64, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    client_time = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["sequence"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "sequence"], name="attempt_step_once"),
        ]

    def __str__(self):
        return f"{self.sequence} {self.get_kind_display()}"


class Regrade(models.Model):
    """A run of the marker over past attempts, and what it changed."""

    quiz = models.ForeignKey(Quiz, models.CASCADE, related_name="regrades")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    report = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self):
        return f"{self.quiz} · {self.created_at:%Y-%m-%d %H:%M}"
