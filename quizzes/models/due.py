from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.audited import audited
from courses.models import Cohort
from quizzes.models.quizzes import Quiz


@audited(parent="quiz")
class DueDate(models.Model):
    """By when the learners of a quiz's course hand it in: all of them, or those of one cohort.

    Either a moment, or days after the start: that of the learner's cohort, of their enrolment where they have
    none.
    """

    quiz = models.ForeignKey(Quiz, models.CASCADE, related_name="due_dates")
    cohort = models.ForeignKey(
        Cohort,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="due_dates",
        verbose_name=_("cohort"),
        help_text=_("Empty: everybody for whom no other line is written."),
    )
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    days_after_start = models.PositiveSmallIntegerField(
        _("or days after the start"),
        null=True,
        blank=True,
        help_text=_("After the cohort starts; for who has none, after they enrol."),
    )

    class Meta:
        ordering = ["quiz", "cohort__starts_at", "pk"]
        verbose_name = _("due date")
        verbose_name_plural = _("due dates")
        constraints = [
            models.UniqueConstraint(fields=["quiz", "cohort"], name="due_date_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(due_at=None, days_after_start__isnull=False)
                | Q(due_at__isnull=False, days_after_start=None),
                name="due_date_one_way",
                violation_error_message=_("Give a date and time, or a number of days: one of the two."),
            ),
        ]

    def __str__(self):
        return f"{self.quiz}: {self.cohort or _('everybody')}"

    def clean(self):
        if self.quiz.course_id is None:
            raise ValidationError(_("Only a quiz of a course has due dates: choose its course first."))
        if self.cohort is not None and self.cohort.course_id != self.quiz.course_id:
            raise ValidationError({"cohort": _("Choose a cohort of the course that the quiz belongs to.")})


class DueReminder(models.Model):
    """That a learner was reminded of one due moment: once, whoever asks twice."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="due_reminders")
    quiz = models.ForeignKey(Quiz, models.CASCADE, related_name="+")
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["learner", "quiz", "due_at"], name="due_reminder_once"),
        ]

    def __str__(self):
        return f"{self.learner}: {self.quiz}, {self.due_at:%Y-%m-%d %H:%M}"


class DueCalendar(models.Model):
    """That a learner reads their due dates in a calendar. A new key makes the address of before worthless."""

    learner = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="due_calendar"
    )
    key = models.CharField(max_length=32)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return str(self.learner)
