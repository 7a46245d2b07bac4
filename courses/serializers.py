"""Courses as JSON. Every field is for reading; what is written goes through the verbs."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from courses.catalogue import SORTS
from courses.models import Course, Enrolment, Level, Skill, Topic


class TopicSerializer(serializers.ModelSerializer):
    class Meta:
        model = Topic
        fields = ["slug", "name", "description"]
        read_only_fields = fields


class TopicNameSerializer(serializers.ModelSerializer):
    class Meta:
        model = Topic
        fields = ["slug", "name"]
        read_only_fields = fields


class SkillSerializer(serializers.ModelSerializer):
    class Meta:
        model = Skill
        fields = ["slug", "name"]
        read_only_fields = fields


@extend_schema_field({"type": "string", "pattern": "^[^\\u0000]*$"})
class TextFilter(serializers.CharField):
    """Any text but a NUL, which PostgreSQL does not know; empty filters nothing."""

    def __init__(self, **options):
        super().__init__(required=False, allow_blank=True, default="", **options)


class CatalogueQuery(serializers.Serializer):
    """The filters of the catalogue."""

    q = TextFilter(help_text="Words; typing mistakes are forgiven.")
    topic = TextFilter(help_text="Slug of a topic.")
    level = serializers.ChoiceField(required=False, choices=Level.values, default="")
    language = TextFilter(help_text="A code such as en.")
    price = serializers.ChoiceField(required=False, choices=["", "free"], default="")
    sort = serializers.ChoiceField(required=False, choices=["", *SORTS], default="")


class CourseSerializer(serializers.ModelSerializer):
    """A course on a card. The last three fields are the caller's own, null without an enrolment."""

    key = serializers.SerializerMethodField(help_text="Its name for suggestions, such as course:12.")
    topics = TopicNameSerializer(many=True, read_only=True)
    rating = serializers.FloatField(read_only=True, allow_null=True, help_text="From 1 to 5.")
    url = serializers.CharField(source="get_absolute_url", read_only=True, help_text="Its page.")
    enrolled_at = serializers.DateTimeField(read_only=True, allow_null=True)
    completed_at = serializers.DateTimeField(read_only=True, allow_null=True)
    percent = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = Course
        fields = [
            "key", "slug", "title", "summary", "topics", "level", "language", "provider", "instructors",
            "price", "learner_count", "rating", "url", "enrolled_at", "completed_at", "percent",
        ]  # fmt: skip
        read_only_fields = fields

    def get_key(self, course) -> str:
        return f"course:{course.pk}"


class PrerequisiteSerializer(serializers.ModelSerializer):
    class Meta:
        model = Course
        fields = ["slug", "title"]
        read_only_fields = fields


class OutlineLessonSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    title = serializers.CharField()
    slug = serializers.CharField()
    url = serializers.CharField()
    minutes = serializers.IntegerField()
    is_preview = serializers.BooleanField()
    is_done = serializers.BooleanField(source="done")
    is_locked = serializers.BooleanField(source="locked")
    is_new = serializers.BooleanField()


class OutlineSectionSerializer(serializers.Serializer):
    title = serializers.CharField()
    slug = serializers.CharField()
    lessons = OutlineLessonSerializer(many=True)


class CourseDetailSerializer(CourseSerializer):
    """A course with its outline."""

    skills_taught = SkillSerializer(many=True, read_only=True)
    skills_required = SkillSerializer(many=True, read_only=True)
    prerequisites = serializers.SerializerMethodField()
    minutes = serializers.SerializerMethodField()
    outline = serializers.SerializerMethodField()

    class Meta(CourseSerializer.Meta):
        fields = [
            *CourseSerializer.Meta.fields, "description_html", "skills_taught", "skills_required",
            "prerequisites", "minutes", "outline",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(PrerequisiteSerializer(many=True))
    def get_prerequisites(self, course):
        return PrerequisiteSerializer(self.context["prerequisites"], many=True).data

    def get_minutes(self, course) -> int:
        return course.estimated_minutes or self.context["outline"].minutes

    @extend_schema_field(OutlineSectionSerializer(many=True))
    def get_outline(self, course):
        return OutlineSectionSerializer(self.context["outline"].sections, many=True).data


class EnrolmentSerializer(serializers.ModelSerializer):
    course = PrerequisiteSerializer(read_only=True)
    last_lesson = serializers.IntegerField(
        source="last_lesson_id", read_only=True, allow_null=True, help_text="Id of the lesson last opened."
    )

    class Meta:
        model = Enrolment
        fields = [
            "course",
            "enrolled_at",
            "completed_at",
            "percent",
            "credits_paid",
            "last_lesson",
            "last_opened_at",
        ]
        read_only_fields = fields


class EnrolSerializer(serializers.Serializer):
    cohort = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=2**62,
        help_text="Id of a group of the course.",
    )


class BlockSerializer(serializers.Serializer):
    """A piece of a lesson. `html` is sanitised; files are addresses of this site, `frame` of another."""

    id = serializers.IntegerField(source="pk")
    kind = serializers.CharField()
    html = serializers.CharField()
    extra_html = serializers.SerializerMethodField(
        help_text="A transcript; an exercise's model answer once the learner has answered."
    )
    file = serializers.SerializerMethodField()
    alt = serializers.CharField()
    frame = serializers.CharField(source="frame_url")
    quiz = serializers.SerializerMethodField(help_text="Slug of the quiz to take here.")
    own_answer = serializers.SerializerMethodField()

    def get_extra_html(self, block) -> str:
        hidden = block.kind == "exercise" and block.own_answer is None
        return "" if hidden else block.extra_html

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_file(self, block):
        return block.asset.get_absolute_url() if block.asset else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_quiz(self, block):
        return block.settings.get("quiz") if block.kind == "quiz" else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_own_answer(self, block):
        return block.own_answer.body if block.own_answer else None


class LessonSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    key = serializers.SerializerMethodField()
    title = serializers.CharField()
    slug = serializers.CharField()
    course = PrerequisiteSerializer()
    url = serializers.CharField(source="get_absolute_url")
    minutes = serializers.IntegerField(source="reading_minutes")
    is_preview = serializers.BooleanField()
    blocks = serializers.SerializerMethodField()

    def get_key(self, lesson) -> str:
        return f"lesson:{lesson.pk}"

    @extend_schema_field(BlockSerializer(many=True))
    def get_blocks(self, lesson):
        return BlockSerializer(self.context["blocks"], many=True).data


class ProgressSerializer(serializers.Serializer):
    """How far the learner is in a course; null fields where they are not enrolled (a free preview)."""

    lessons_done = serializers.IntegerField(source="done")
    lessons_total = serializers.IntegerField(source="total")
    percent = serializers.IntegerField()
    new_lessons = serializers.IntegerField()
    completed_at = serializers.DateTimeField(allow_null=True)


class ReadingSerializer(serializers.Serializer):
    """What became of opening or completing a lesson."""

    lesson = serializers.IntegerField()
    is_new = serializers.BooleanField(help_text="Whether this changed something.")
    progress = ProgressSerializer(allow_null=True)
