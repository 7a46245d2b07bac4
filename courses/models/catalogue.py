from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Deferrable, F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.audited import ADDED, REMOVED, audited
from courses.languages import language_name
from courses.models.search_vectors import search_vector_field
from courses.querysets import BlockQuerySet, CourseManager, LessonManager, SkillQuerySet, TopicQuerySet


class Status(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SCHEDULED = "scheduled", _("Scheduled")
    PUBLISHED = "published", _("Published")
    ARCHIVED = "archived", _("Archived")


class Level(models.TextChoices):
    UNKNOWN = "", _("Any level")
    BEGINNER = "beginner", _("Beginner")
    INTERMEDIATE = "intermediate", _("Intermediate")
    ADVANCED = "advanced", _("Advanced")


# "en" or "pt-br": what the lang attribute of a page and the search configuration are taken from.
language_code = RegexValidator(
    r"^[a-z]{2,3}(-[a-z0-9]{2,8})*$", _("Write a language as a code, such as en or pt-br.")
)


@audited()
class Topic(models.Model):
    slug = models.SlugField(max_length=100, unique=True, allow_unicode=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("courses:topic", args=[self.slug])


@audited()
class Skill(models.Model):
    slug = models.SlugField(max_length=100, unique=True, allow_unicode=True)
    name = models.CharField(max_length=200)

    objects = SkillQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


@audited(
    exclude=[
        "description_html", "estimated_minutes", "external_id", "is_sample", "learner_count", "rating_count",
        "rating_sum", "created_at", "updated_at", "search_vector",
    ]
)  # fmt: skip
class Course(models.Model):
    slug = models.SlugField(max_length=160, unique=True, allow_unicode=True)
    title = models.CharField(max_length=300)
    summary = models.CharField(max_length=500, blank=True, help_text=_("One sentence, shown on cards."))
    description = models.TextField(blank=True, help_text=_("Markdown."))
    description_html = models.TextField(blank=True, editable=False)
    cover = models.ForeignKey("Asset", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    topics = models.ManyToManyField(Topic, blank=True, related_name="courses")
    level = models.CharField(max_length=16, choices=Level, blank=True, default=Level.UNKNOWN)
    language = models.CharField(max_length=16, blank=True, default="en", validators=[language_code])
    translation_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="translations"
    )
    provider = models.CharField(max_length=200, blank=True)
    instructors = ArrayField(
        models.CharField(max_length=200), blank=True, default=list, help_text=_("Names, separated by commas.")
    )
    authors = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="CourseAuthor", related_name="authored_courses", blank=True
    )
    price = models.PositiveIntegerField(default=0, help_text=_("In credits; 0 is free."))
    status = models.CharField(max_length=16, choices=Status, default=Status.DRAFT)
    publish_at = models.DateTimeField(null=True, blank=True, help_text=_("When a scheduled course appears."))
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    prerequisites = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="unlocks")
    skills_taught = models.ManyToManyField(Skill, blank=True, related_name="taught_by")
    skills_required = models.ManyToManyField(Skill, blank=True, related_name="required_by")
    estimated_minutes = models.PositiveIntegerField(
        default=0,
        help_text=_("0: the sum of the lessons at publication. Real reading times replace it once known."),
    )
    external_id = models.CharField(max_length=200, blank=True, default="", editable=False)
    is_sample = models.BooleanField(default=False, editable=False)
    # Counted by the verbs that change them, in the same transaction: sorting a catalogue of 10,000 courses by
    # popularity or rating must not aggregate enrolments and reviews on every request.
    learner_count = models.PositiveIntegerField(default=0, editable=False)
    rating_count = models.PositiveIntegerField(default=0, editable=False)
    rating_sum = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    search_vector = search_vector_field(title="A", summary="B", description="C")

    objects = CourseManager()

    class Meta:
        ordering = ["title", "pk"]
        permissions = [("edit_any_course", _("Can edit the courses of others"))]
        indexes = [
            GinIndex("search_vector", name="course_search"),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="course_title_trigrams"),
            models.Index("status", "publish_at", name="course_status"),
            models.Index(F("published_at").desc(nulls_last=True), name="course_newest"),
        ]
        constraints = [
            models.UniqueConstraint("external_id", condition=~Q(external_id=""), name="course_external_id"),
            models.CheckConstraint(
                condition=~Q(status="scheduled") | Q(publish_at__isnull=False),
                name="course_scheduled_has_date",
                violation_error_message=_("Give a scheduled course the date and time at which it appears."),
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("courses:course", args=[self.slug])

    @property
    def language_name(self):
        return language_name(self.language)

    def in_other_languages(self):
        """The published courses that say the same in other languages: the original, and its translations."""
        family = Q(translation_of=self)
        if self.translation_of_id:
            family |= Q(pk=self.translation_of_id) | Q(translation_of=self.translation_of_id)
        return Course.objects.published().filter(family).exclude(pk=self.pk).order_by("language", "pk")

    @property
    def rating(self):
        """Mean of the ratings pulled towards 3.5 by five imagined ones, or None while nobody has rated."""
        if not self.rating_count:
            return None
        return (3.5 * 5 + self.rating_sum) / (5 + self.rating_count)


@audited(fields=["from_course", "to_course"], parent="from_course", kinds=(ADDED, REMOVED))
class CoursePrerequisite(Course.prerequisites.through):
    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("prerequisite")


@audited(parent="course")
class CourseAuthor(models.Model):
    """Who may edit a course in the admin, and what for."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        AUTHOR = "author", _("Co-author")
        INSTRUCTOR = "instructor", _("Instructor")

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="author_roles")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="course_roles")
    role = models.CharField(max_length=16, choices=Role, default=Role.AUTHOR)

    class Meta:
        constraints = [models.UniqueConstraint("course", "user", name="course_author_once")]

    def __str__(self):
        return f"{self.user} ({self.get_role_display()})"


@audited(parent="course")
class Cohort(models.Model):
    """A group that starts a course together: lessons open to it on `starts_at`."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="cohorts")
    name = models.CharField(max_length=200)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint("course", "name", name="cohort_name_once"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="cohort_ends_after_start",
                violation_error_message=_("A cohort ends after it starts."),
            ),
        ]

    def __str__(self):
        return self.name


@audited(parent="course")
class Section(models.Model):
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="sections")
    title = models.CharField(max_length=300)
    slug = models.SlugField(max_length=160, allow_unicode=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["course", "slug"], name="section_slug_in_course"),
            # Deferred, so that a reorder may pass through equal positions inside its transaction.
            models.UniqueConstraint(
                fields=["course", "position"], name="section_position", deferrable=Deferrable.DEFERRED
            ),
        ]

    def __str__(self):
        return self.title


@audited(
    parent="course",
    exclude=[
        "measured_minutes", "external_id", "language", "created_at", "updated_at", "search_text",
        "search_vector",
    ],
)  # fmt: skip
class Lesson(models.Model):
    """One page of a course. `course` repeats `section.course`: one index finds a lesson by its URL."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="lessons")
    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="lessons")
    title = models.CharField(max_length=300)
    slug = models.SlugField(max_length=160, allow_unicode=True)
    position = models.PositiveIntegerField(default=0)
    is_preview = models.BooleanField(_("free preview"), default=False)
    minutes = models.PositiveIntegerField(default=0, help_text=_("Reading time; 0: counted from the words."))
    measured_minutes = models.PositiveIntegerField(
        null=True, blank=True, editable=False, help_text=_("Median of real reading times.")
    )
    topics = models.ManyToManyField(Topic, blank=True, related_name="lessons")
    skills = models.ManyToManyField(Skill, blank=True, related_name="lessons")
    prerequisites = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="unlocks")
    status = models.CharField(max_length=16, choices=Status, default=Status.PUBLISHED)
    publish_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    external_id = models.CharField(max_length=200, blank=True, default="", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    # Both repeat what blocks and course hold, for the search vector alone: written when blocks are saved.
    language = models.CharField(max_length=16, blank=True, default="en", editable=False)
    search_text = models.TextField(blank=True, editable=False)
    search_vector = search_vector_field(title="A", search_text="C")

    objects = LessonManager()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [
            GinIndex("search_vector", name="lesson_search"),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="lesson_title_trigrams"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["course", "slug"], name="lesson_slug_in_course"),
            models.UniqueConstraint(
                fields=["section", "position"], name="lesson_position", deferrable=Deferrable.DEFERRED
            ),
            models.UniqueConstraint("external_id", condition=~Q(external_id=""), name="lesson_external_id"),
            models.CheckConstraint(
                condition=~Q(status="scheduled") | Q(publish_at__isnull=False),
                name="lesson_scheduled_has_date",
                violation_error_message=_("Give a scheduled lesson the date and time at which it appears."),
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("courses:lesson", args=[self.course.slug, self.slug])

    @property
    def reading_minutes(self):
        return self.measured_minutes or self.minutes


def asset_path(asset, filename):
    return f"courses/{asset.course_id}/{asset.sha256[:2]}/{asset.sha256}{asset.extension}"


@audited(parent="course", fields=["course", "path", "size", "alt"])
class Asset(models.Model):
    """A file of a course. Markdown refers to it by `path`, as in the course's folder: `images/loop.png`."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="assets")
    path = models.CharField(max_length=300)
    file = models.FileField(upload_to=asset_path, max_length=300)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    alt = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["path"]
        constraints = [models.UniqueConstraint(fields=["course", "path"], name="asset_path_in_course")]

    def __str__(self):
        return self.path

    def get_absolute_url(self):
        return reverse("courses:asset", args=[self.pk, self.path.rsplit("/", 1)[-1]])

    @property
    def extension(self):
        name = self.path.rsplit("/", 1)[-1]
        return f".{name.rsplit('.', 1)[-1].lower()}" if "." in name else ""


@audited(parent="lesson", exclude=["html", "extra_html"])
class Block(models.Model):
    """A piece of a lesson. `source` is what the author wrote, `html` what a learner sees, rendered at save.

    text      source: Markdown
    image     asset; alt
    video     asset or settings["url"] of an allowed host; settings: captions (asset path),
              transcript (Markdown)
    audio     as video
    file      asset, offered for download
    quiz      settings["quiz"]: slug of the quiz; drawn by the quizzes app
    exercise  source: the task; settings["answer"]: the model answer, both Markdown
    embed     settings: url (https), title, height; shown in a sandboxed frame on click
    """

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        IMAGE = "image", _("Image")
        VIDEO = "video", _("Video")
        AUDIO = "audio", _("Audio")
        FILE = "file", _("File")
        QUIZ = "quiz", _("Quiz")
        EXERCISE = "exercise", _("Exercise")
        EMBED = "embed", _("Embedded page")

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="blocks")
    position = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.TEXT)
    source = models.TextField(blank=True)
    html = models.TextField(blank=True, editable=False)
    # The second text of a block, shown on demand: a video's transcript, an exercise's model answer.
    extra_html = models.TextField(blank=True, editable=False)
    settings = models.JSONField(blank=True, default=dict)
    asset = models.ForeignKey(Asset, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    alt = models.CharField(max_length=500, blank=True)
    # Every asset the block shows, its own or linked from its Markdown: who may read the block may fetch them.
    assets = models.ManyToManyField(Asset, blank=True, related_name="blocks", editable=False)

    objects = BlockQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["lesson", "position"], name="block_position", deferrable=Deferrable.DEFERRED
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.position + 1}"


class Revision(models.Model):
    """A saved state of a course's own fields (`lesson` empty) or of one lesson with its blocks."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="revisions")
    lesson = models.ForeignKey(
        Lesson, null=True, blank=True, on_delete=models.CASCADE, related_name="revisions"
    )
    number = models.PositiveIntegerField()
    data = models.JSONField()
    message = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "lesson", "number"], name="revision_number", nulls_distinct=False
            )
        ]

    def __str__(self):
        return f"{self.lesson or self.course}: {self.number}"


class FormerSlug(models.Model):
    """A slug that a topic, course, lesson or quiz had. Written by triggers alone; read by `addresses`.

    `target` is the row's key and no foreign key: the kinds have tables of their own, one of another app.
    """

    kind = models.CharField(max_length=20)
    # The course of a lesson's slug; 0 for what has one slug in the whole site.
    scope = models.BigIntegerField(default=0)
    slug = models.CharField(max_length=160)
    target = models.BigIntegerField()
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "scope", "slug"], name="former_slug_once"),
        ]
        indexes = [models.Index(fields=["kind", "target"], name="former_slug_target")]

    def __str__(self):
        return f"{self.kind} {self.slug}"
