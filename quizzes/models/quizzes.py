from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Deferrable, F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.audited import audited
from courses.models import Course, Lesson, Level, Skill, Topic
from courses.models.catalogue import language_code
from courses.models.search_vectors import search_vector_field
from quizzes.models.questions import Question, QuestionBank
from quizzes.querysets import QuizManager


@audited(
    exclude=[
        "description_html", "password", "external_id", "is_sample", "created_at", "updated_at",
        "search_vector",
    ]
)  # fmt: skip
class Quiz(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        ARCHIVED = "archived", _("Archived")

    class Behaviour(models.TextChoices):
        DEFERRED = "deferred", _("Feedback after submission")
        IMMEDIATE = "immediate", _("Feedback after each answer")
        INTERACTIVE = "interactive", _("Several tries with hints, each wrong one costs")
        ADAPTIVE = "adaptive", _("Any number of tries, each wrong one costs")
        CERTAINTY = "certainty", _("Certainty-based marking")

    class Grading(models.TextChoices):
        BEST = "best", _("Best attempt")
        LAST = "last", _("Last attempt")
        FIRST = "first", _("First attempt")
        MEAN = "mean", _("Mean of all attempts")

    class Navigation(models.TextChoices):
        FREE = "free", _("Questions in any order")
        SEQUENTIAL = "sequential", _("Forward only, page by page")

    class Show(models.TextChoices):
        FINAL = "final", _("Once passed, or when no attempt is left")
        CLOSED = "closed", _("After the quiz has closed")
        NEVER = "never", _("Never")

    slug = models.SlugField(_("address"), max_length=160, unique=True, allow_unicode=True)
    title = models.CharField(_("title"), max_length=300)
    description = models.TextField(_("description"), blank=True, help_text=_("Markdown."))
    description_html = models.TextField(blank=True, editable=False)
    course = models.ForeignKey(
        Course, models.SET_NULL, null=True, blank=True, related_name="quizzes", verbose_name=_("course")
    )
    lesson = models.ForeignKey(
        Lesson, models.SET_NULL, null=True, blank=True, related_name="quizzes", verbose_name=_("lesson")
    )
    topics = models.ManyToManyField(Topic, blank=True, related_name="quizzes", verbose_name=_("topics"))
    level = models.CharField(_("level"), max_length=16, choices=Level, blank=True, default=Level.UNKNOWN)
    language = models.CharField(
        _("language"), max_length=16, blank=True, default="en", validators=[language_code]
    )

    credits = models.PositiveIntegerField(_("credits"), default=10, help_text=_("For the first pass."))
    perfect_credits = models.PositiveIntegerField(
        _("credits for a perfect mark"),
        null=True,
        blank=True,
        help_text=_("Once, on top of the first pass; empty: what the site's rules say; 0: none."),
    )
    improvement_credits = models.PositiveIntegerField(
        _("credits for an improved mark"),
        null=True,
        blank=True,
        help_text=_(
            "Once, for a better mark of record after a pass; empty: what the site's rules say; 0: none."
        ),
    )
    pass_mark = models.PositiveSmallIntegerField(
        _("pass mark"), default=60, validators=[MaxValueValidator(100)], help_text=_("In percent.")
    )
    attempts_allowed = models.PositiveSmallIntegerField(
        _("attempts allowed"), default=0, help_text=_("0: as often as wanted.")
    )
    attempt_delay = models.PositiveIntegerField(
        _("minutes between attempts"), default=0, help_text=_("Counted from the last submission.")
    )
    attempt_price = models.PositiveIntegerField(
        _("price of one more attempt"), default=0, help_text=_("In credits; 0: can't be bought.")
    )
    hint_price = models.PositiveIntegerField(
        _("price of a hint"),
        default=0,
        help_text=_(
            "In credits; 0: can't be bought. Where hints come with several tries, they are free and not sold."
        ),
    )
    time_limit = models.PositiveIntegerField(
        _("time limit"), null=True, blank=True, help_text=_("In minutes; empty: none.")
    )
    opens_at = models.DateTimeField(_("opens at"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes at"), null=True, blank=True)

    behaviour = models.CharField(_("behaviour"), max_length=16, choices=Behaviour, default=Behaviour.DEFERRED)
    tries = models.PositiveSmallIntegerField(_("tries"), default=3, help_text=_("With several tries only."))
    penalty = models.FloatField(
        _("cost of a wrong try"), default=1 / 3, help_text=_("Share of the question's mark, from 0 to 1.")
    )
    grading = models.CharField(_("mark of record"), max_length=8, choices=Grading, default=Grading.BEST)
    navigation = models.CharField(_("navigation"), max_length=16, choices=Navigation, default=Navigation.FREE)
    shuffle_questions = models.BooleanField(_("shuffle questions"), default=False)
    shuffle_answers = models.BooleanField(_("shuffle answers"), default=True)
    one_per_page = models.BooleanField(_("one question a page"), default=False)

    show_marks = models.BooleanField(_("show marks after submission"), default=True)
    show_answers = models.CharField(_("show right answers"), max_length=8, choices=Show, default=Show.FINAL)
    grade_bands = models.JSONField(
        _("feedback by mark"),
        default=list,
        blank=True,
        help_text=_('A list such as [{"from": 80, "text": "Well done."}], in percent.'),
    )

    password = models.CharField(_("password"), max_length=100, blank=True)
    ip_ranges = ArrayField(
        models.CharField(max_length=50),
        verbose_name=_("allowed addresses"),
        default=list,
        blank=True,
        help_text=_("Such as 192.0.2.0/24, separated by commas; empty: from anywhere."),
    )
    logs_focus = models.BooleanField(
        _("note when the page loses focus"),
        default=False,
        help_text=_("The learner is told before starting."),
    )
    open_to_visitors = models.BooleanField(
        _("open to visitors"), default=False, help_text=_("Can be tried without an account, for no credits.")
    )

    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.DRAFT)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    external_id = models.CharField(max_length=200, blank=True, default="", editable=False)
    is_sample = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    search_vector = search_vector_field(title="A", description="C")

    objects = QuizManager()

    class Meta:
        ordering = ["title", "pk"]
        verbose_name = _("quiz")
        verbose_name_plural = _("quizzes")
        permissions = [
            ("edit_any_quiz", _("Can edit the quizzes of others")),
            ("grade_quiz", _("Can mark essays and change marks")),
        ]
        indexes = [
            GinIndex("search_vector", name="quiz_search"),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="quiz_title_trigrams"),
            models.Index(F("published_at").desc(nulls_last=True), name="quiz_newest"),
        ]
        constraints = [
            models.UniqueConstraint("external_id", condition=~Q(external_id=""), name="quiz_external_id"),
            models.CheckConstraint(
                condition=Q(pass_mark__lte=100),
                name="quiz_pass_mark_percent",
                violation_error_message=_("The pass mark is a percentage, at most 100."),
            ),
            models.CheckConstraint(
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(closes_at__gt=F("opens_at")),
                name="quiz_closes_after_opening",
                violation_error_message=_("A quiz closes after it opens."),
            ),
            models.CheckConstraint(
                condition=Q(penalty__gte=0, penalty__lte=1),
                name="quiz_penalty_share",
                violation_error_message=_("A wrong try costs a share from 0 to 1."),
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("quizzes:quiz", args=[self.slug])

    @property
    def is_published(self):
        return self.status == self.Status.PUBLISHED

    @property
    def checks_answers(self):
        """Whether a single answer can be checked before the whole attempt is submitted."""
        return self.behaviour in (
            self.Behaviour.IMMEDIATE,
            self.Behaviour.INTERACTIVE,
            self.Behaviour.ADAPTIVE,
        )

    @property
    def sells_hints(self):
        """Whether learners may buy hints; where they come after wrong tries, those have cost marks."""
        return self.hint_price > 0 and self.behaviour not in (
            self.Behaviour.INTERACTIVE,
            self.Behaviour.ADAPTIVE,
        )


@audited(parent="quiz")
class QuizSlot(models.Model):
    """A place in a quiz: one question, or a rule by which each attempt draws one."""

    quiz = models.ForeignKey(Quiz, models.CASCADE, related_name="slots")
    position = models.PositiveIntegerField(_("position"), default=0)
    section = models.CharField(
        _("section"), max_length=200, blank=True, help_text=_("A heading above this question.")
    )
    page = models.PositiveIntegerField(_("page"), default=1)
    question = models.ForeignKey(
        Question, models.PROTECT, null=True, blank=True, related_name="slots", verbose_name=_("question")
    )
    draw_bank = models.ForeignKey(
        QuestionBank,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("draw from bank"),
    )
    draw_tag = models.CharField(_("draw by tag"), max_length=100, blank=True)
    draw_skill = models.ForeignKey(
        Skill, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("draw by skill")
    )
    max_mark = models.FloatField(_("mark"), default=1.0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("question of the quiz")
        verbose_name_plural = _("questions of the quiz")
        constraints = [
            models.UniqueConstraint(
                fields=["quiz", "position"], name="quiz_slot_position", deferrable=Deferrable.DEFERRED
            ),
            models.CheckConstraint(
                condition=Q(question__isnull=False)
                | Q(draw_bank__isnull=False)
                | Q(draw_skill__isnull=False)
                | ~Q(draw_tag=""),
                name="quiz_slot_has_question",
                violation_error_message=_("Choose a question, or a bank, tag or skill to draw one from."),
            ),
            models.CheckConstraint(
                condition=Q(max_mark__gte=0),
                name="quiz_slot_mark",
                violation_error_message=_("A mark is not negative."),
            ),
        ]

    def __str__(self):
        return f"{self.position}"

    def candidates(self):
        """The questions that this slot may draw."""
        questions = Question.objects.in_use()
        if self.draw_bank_id:
            questions = questions.filter(bank_id=self.draw_bank_id)
        if self.draw_tag:
            questions = questions.filter(tags__contains=[self.draw_tag])
        if self.draw_skill_id:
            questions = questions.filter(skills=self.draw_skill_id)
        return questions


class Accommodation(models.Model):
    """What is different for one learner, in one quiz or in all of them."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="accommodations")
    quiz = models.ForeignKey(
        Quiz,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="accommodations",
        help_text=_("Empty: every quiz."),
    )
    extra_time_percent = models.PositiveSmallIntegerField(_("extra time in percent"), default=0)
    extra_attempts = models.PositiveSmallIntegerField(_("extra attempts"), default=0)
    extra_days = models.PositiveSmallIntegerField(
        _("extra days"),
        default=0,
        validators=[MaxValueValidator(365)],
        help_text=_("Added to the quiz's due date."),
    )
    closes_at = models.DateTimeField(_("closes at"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("accommodation")
        verbose_name_plural = _("accommodations")
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "quiz"], name="accommodation_once", nulls_distinct=False
            ),
        ]

    def __str__(self):
        return f"{self.learner}: {self.quiz or _('every quiz')}"
