from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.audited import audited
from courses.models import Course, Skill
from quizzes.types import question_type


class QuestionBankQuerySet(models.QuerySet):
    def editable_by(self, user):
        """Everything for an editor; for an author, the banks of the courses that name them."""
        if user.has_perm("quizzes.edit_any_quiz"):
            return self
        return self.filter(course__author_roles__user=user)


@audited()
class QuestionBank(models.Model):
    """A named collection of questions that quizzes draw from."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    description = models.TextField(_("description"), blank=True)
    course = models.ForeignKey(
        Course,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="question_banks",
        verbose_name=_("course"),
        help_text=_("Its authors see and change the questions, answers included; empty: editors alone."),
    )

    objects = QuestionBankQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("question bank")
        verbose_name_plural = _("question banks")

    def __str__(self):
        return self.name


class QuestionImport(models.Model):
    """One import of a question file: what its report said, and which questions it brought (for undo)."""

    bank = models.ForeignKey(QuestionBank, models.CASCADE, related_name="imports")
    file_name = models.CharField(_("file"), max_length=255)
    format = models.CharField(_("format"), max_length=20)
    report = models.JSONField(_("report"), default=dict)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    undone_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("question import")
        verbose_name_plural = _("question imports")

    def __str__(self):
        return f"{self.file_name} → {self.bank}"


def file_path(file, filename):
    return f"questions/{file.name[:2]}/{file.name}"


class QuestionFile(models.Model):
    """A picture that questions show. Named by its content, so equal pictures are stored once."""

    name = models.CharField(
        max_length=70, unique=True, help_text=_("SHA-256 of the content, and its ending.")
    )
    file = models.FileField(upload_to=file_path, max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()

    def __str__(self):
        return self.name


class QuestionQuerySet(models.QuerySet):
    def in_use(self):
        """Questions that may be drawn: not retired, with a version."""
        return self.filter(is_retired=False, current__isnull=False)

    def with_current(self):
        return self.select_related("current", "bank")

    def editable_by(self, user):
        """The questions of the banks that a person may edit."""
        if user.has_perm("quizzes.edit_any_quiz"):
            return self
        return self.filter(bank__course__author_roles__user=user)


# Texts and answers are in the versions, which nobody changes: `current` says which of them counts.
@audited(fields=["bank", "name", "tags", "current", "is_retired"], parent="bank")
class Question(models.Model):
    bank = models.ForeignKey(QuestionBank, models.PROTECT, related_name="questions", verbose_name=_("bank"))
    name = models.CharField(_("name"), max_length=255)
    tags = ArrayField(models.CharField(max_length=100), verbose_name=_("tags"), default=list, blank=True)
    skills = models.ManyToManyField(Skill, blank=True, related_name="questions", verbose_name=_("skills"))
    # The newest version, written by the verb that makes it: a list of questions needs no subquery.
    current = models.ForeignKey(
        "QuestionVersion", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    is_retired = models.BooleanField(
        _("retired"), default=False, help_text=_("Kept for past attempts, no longer drawn.")
    )
    source = models.ForeignKey(
        QuestionImport, models.SET_NULL, null=True, blank=True, editable=False, related_name="questions"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["bank", "name", "pk"]
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        indexes = [GinIndex("tags", name="question_tags")]

    def __str__(self):
        return self.name


class QuestionVersion(models.Model):
    """What a question said at one time. Never changed: attempts keep pointing at what they saw."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    type = models.CharField(_("type"), max_length=40)
    text = models.TextField(_("text"), help_text=_("Markdown."))
    text_html = models.TextField(editable=False, blank=True)
    data = models.JSONField(_("answers"), default=dict)
    explanation = models.TextField(_("explanation"), blank=True, help_text=_("Markdown; shown afterwards."))
    explanation_html = models.TextField(editable=False, blank=True)
    hints = ArrayField(models.TextField(), verbose_name=_("hints"), default=list, blank=True)
    # Markdown in `data` and `hints` -> sanitised HTML, rendered when the version was saved.
    fragments = models.JSONField(editable=False, default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["question", "-number"]
        verbose_name = _("question version")
        verbose_name_plural = _("question versions")
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="question_version_once"),
        ]

    def __str__(self):
        return f"{self.question_id} v{self.number}"

    @property
    def kind(self):
        """The question type that knows how to read `data`."""
        return question_type(self.type)
