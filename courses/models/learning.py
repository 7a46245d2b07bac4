import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models.catalogue import Block, Cohort, Course, Lesson
from courses.querysets import CertificateQuerySet, EnrolmentQuerySet


class Enrolment(models.Model):
    """A learner in a course. Leaving keeps the row (and what was paid), so that coming back loses nothing."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enrolments")
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="enrolments")
    cohort = models.ForeignKey(
        Cohort, null=True, blank=True, on_delete=models.SET_NULL, related_name="enrolments"
    )
    enrolled_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    credits_paid = models.PositiveIntegerField(default=0)
    # The highest share of lessons ever completed. New lessons never lower it.
    percent = models.PositiveSmallIntegerField(default=0)
    last_lesson = models.ForeignKey(
        Lesson, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    last_block = models.ForeignKey(Block, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    last_opened_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["-enrolled_at"]
        permissions = [("view_all_learners", _("Can see the learners of every course"))]
        indexes = [
            models.Index(F("learner"), F("last_opened_at").desc(nulls_last=True), name="enrolment_recent")
        ]
        constraints = [
            models.UniqueConstraint(fields=["learner", "course"], name="enrolment_once"),
            models.CheckConstraint(condition=Q(percent__lte=100), name="enrolment_percent"),
        ]

    def __str__(self):
        return f"{self.learner} in {self.course}"


class LessonProgress(models.Model):
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lesson_progress"
    )
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="progress")
    opened_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True, blank=True)
    seconds = models.PositiveIntegerField(default=0, help_text=_("Time spent with the lesson in view."))
    block = models.ForeignKey(Block, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    position = models.PositiveIntegerField(
        default=0, help_text=_("Second at which a video or audio block stopped.")
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = _("lesson progress")
        constraints = [models.UniqueConstraint(fields=["learner", "lesson"], name="lesson_progress_once")]

    def __str__(self):
        return f"{self.learner}: {self.lesson}"


class Note(models.Model):
    """A learner's private note on a lesson; with `quote`, a highlight of those words in `block`."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notes")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="notes")
    block = models.ForeignKey(Block, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    quote = models.CharField(max_length=1000, blank=True)
    body = models.TextField(blank=True, max_length=10_000)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [models.Index("learner", "lesson", name="note_of_learner")]

    def __str__(self):
        return self.body[:60] or self.quote[:60]


class Bookmark(models.Model):
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bookmarks")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="bookmarks")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["learner", "lesson"], name="bookmark_once")]

    def __str__(self):
        return f"{self.learner}: {self.lesson}"


class Review(models.Model):
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reviews")
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="reviews")
    stars = models.PositiveSmallIntegerField()
    body = models.TextField(blank=True, max_length=5_000)
    is_hidden = models.BooleanField(default=False, help_text=_("The words only: the stars keep counting."))
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["learner", "course"], name="review_once"),
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="review_stars"),
        ]

    def __str__(self):
        return f"{self.stars} for {self.course}"


class ExerciseAnswer(models.Model):
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exercise_answers"
    )
    block = models.ForeignKey(Block, on_delete=models.CASCADE, related_name="exercise_answers")
    body = models.TextField(max_length=20_000)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["learner", "block"], name="exercise_answer_once")]

    def __str__(self):
        return f"{self.learner}: {self.block}"


class StudyDay(models.Model):
    """A day (in the learner's own time zone) on which something was learned, or a freeze was spent."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="study_days")
    day = models.DateField()
    lessons_completed = models.PositiveIntegerField(default=0)
    seconds = models.PositiveIntegerField(default=0)
    is_freeze = models.BooleanField(default=False)

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["learner", "day"], name="study_day_once")]

    def __str__(self):
        return f"{self.learner}: {self.day}"


class LearningGoal(models.Model):
    """How many days a week a learner means to study, the freezes left, and whether others may see it."""

    learner = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="learning_goal"
    )
    days_per_week = models.PositiveSmallIntegerField(default=3)
    freezes = models.PositiveSmallIntegerField(default=2)
    freezes_filled_on = models.DateField(null=True, blank=True)
    on_leaderboard = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(days_per_week__gte=1, days_per_week__lte=7), name="goal_days"),
        ]

    def __str__(self):
        return f"{self.learner}: {self.days_per_week}"


def certificate_code():
    """26 characters that nobody guesses; short enough to read from a printed page."""
    return secrets.token_hex(13)


class Certificate(models.Model):
    """Names are copied: a certificate says what was true on the day, whatever is renamed or deleted later."""

    code = models.CharField(max_length=32, unique=True, default=certificate_code, editable=False)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="certificates",
    )
    course = models.ForeignKey(
        Course, null=True, blank=True, on_delete=models.SET_NULL, related_name="certificates"
    )
    learner_name = models.CharField(max_length=200)
    course_title = models.CharField(max_length=300)
    issued_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=300, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "course"], condition=Q(revoked_at__isnull=True), name="certificate_once"
            )
        ]

    def __str__(self):
        return f"{self.course_title}: {self.learner_name}"

    def get_absolute_url(self):
        return reverse("courses:certificate", args=[self.code])
