"""Quizzes, attempts and questions as JSON.

Nothing here reads a version's `data`: what may be shown of a question comes from `presentation`, which knows
what the attempt's state allows.
"""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from courses.serializers import TextFilter
from quizzes.due import State
from quizzes.models import Attempt, Quiz

# A posted page of the site holds no more either.
MOST_ANSWERS = 500
LONGEST_VALUE = 100_000


class QuizQuery(serializers.Serializer):
    """The filters of the list."""

    topic = TextFilter(help_text="Slug of a topic.")
    course = TextFilter(help_text="Slug of a course.")


class QuizSerializer(serializers.ModelSerializer):
    """A quiz on a card. `is_passed` and the three after it are the caller's own."""

    key = serializers.SerializerMethodField(help_text="Its name for suggestions, such as quiz:7.")
    course = serializers.SerializerMethodField(help_text="Slug of its course.")
    lesson = serializers.IntegerField(source="lesson_id", read_only=True, allow_null=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True, help_text="Its page.")
    question_count = serializers.IntegerField(read_only=True)
    needs_password = serializers.SerializerMethodField()
    is_passed = serializers.BooleanField(read_only=True)
    attempts_made = serializers.IntegerField(read_only=True)
    best_percent = serializers.SerializerMethodField()
    running = serializers.UUIDField(read_only=True, allow_null=True, help_text="Id of the attempt under way.")

    class Meta:
        model = Quiz
        fields = [
            "key", "slug", "title", "description_html", "course", "lesson", "level", "language", "credits",
            "pass_mark", "attempts_allowed", "attempt_price", "hint_price", "time_limit", "opens_at",
            "closes_at", "behaviour", "navigation", "url", "question_count", "needs_password", "is_passed",
            "attempts_made", "best_percent", "running",
        ]  # fmt: skip
        read_only_fields = fields

    def get_key(self, quiz) -> str:
        return f"quiz:{quiz.pk}"

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_course(self, quiz):
        return quiz.course.slug if quiz.course else None

    def get_needs_password(self, quiz) -> bool:
        return bool(quiz.password)

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_best_percent(self, quiz):
        return quiz.best_percent if quiz.show_marks else None


class OfferSerializer(serializers.Serializer):
    reason = serializers.CharField(help_text="first_pass, perfect or improvement.")
    amount = serializers.IntegerField(help_text="Credits.")


class QuizStandingSerializer(serializers.Serializer):
    """Where the learner stands with a quiz."""

    passed = serializers.BooleanField()
    attempts_left = serializers.IntegerField(allow_null=True, help_text="Null: any number.")
    refusal = serializers.CharField(allow_null=True, help_text="Why no attempt can start now.")
    can_earn = serializers.BooleanField(help_text="Whether an attempt can still earn credits.")
    offers = OfferSerializer(many=True, help_text="What can still be earned.")
    minutes = serializers.FloatField(source="terms.minutes", allow_null=True)
    closes_at = serializers.DateTimeField(source="terms.closes_at", allow_null=True)


class QuizDetailSerializer(QuizSerializer):
    standing = serializers.SerializerMethodField()

    class Meta(QuizSerializer.Meta):
        fields = [*QuizSerializer.Meta.fields, "standing"]
        read_only_fields = fields

    @extend_schema_field(QuizStandingSerializer(allow_null=True))
    def get_standing(self, quiz):
        stand = self.context["standing"]
        return None if stand is None else QuizStandingSerializer(stand).data


class DueSerializer(serializers.Serializer):
    """By when the caller hands a quiz in. Handing in is the first submitted attempt."""

    quiz = serializers.CharField(source="quiz.slug", help_text="Slug of the quiz.")
    title = serializers.CharField(source="quiz.title")
    course = serializers.CharField(source="quiz.course.slug", help_text="Slug of its course.")
    due_at = serializers.DateTimeField(source="at", help_text="The caller's own extension included.")
    handed_in_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(choices=State.choices)
    url = serializers.CharField(source="quiz.get_absolute_url", help_text="Its page.")


class RefresherSerializer(serializers.Serializer):
    """A quiz that the learner once passed and by now is likely to forget."""

    quiz = serializers.CharField(source="quiz.slug", help_text="Slug of the quiz.")
    title = serializers.CharField(source="quiz.title")
    recall = serializers.FloatField(
        min_value=0, max_value=1, help_text="Estimated chance that what was known is known still."
    )
    practised_at = serializers.DateTimeField(help_text="When it was last answered, or its lesson read.")
    reason = serializers.CharField(help_text="A sentence for the learner.")
    by = serializers.ChoiceField(choices=["quiz", "lesson", "answers"], help_text="How to refresh it.")
    url = serializers.CharField(help_text="The page to refresh it on.")


class StartSerializer(serializers.Serializer):
    password = serializers.CharField(required=False, allow_blank=True, max_length=100, default="")


class HintOfferSerializer(serializers.Serializer):
    """The next hint that can be bought."""

    number = serializers.IntegerField(help_text="From 1, in order.")
    price = serializers.IntegerField(help_text="In credits.")


class QuestionSerializer(serializers.Serializer):
    """A question as a learner sees it. `inputs` holds what its widget draws: options with the `value` that is
    sent back, rows, or the text typed so far. Options carry a `state` in a review that may show it.
    """

    position = serializers.IntegerField()
    number = serializers.IntegerField(allow_null=True, help_text="Null for a text that asks nothing.")
    page = serializers.IntegerField()
    section = serializers.CharField()
    widget = serializers.SerializerMethodField(help_text="radio, checkbox, number, text, gaps ...")
    text_html = serializers.CharField(source="text")
    inputs = serializers.SerializerMethodField()
    max_mark = serializers.FloatField()
    is_answered = serializers.BooleanField()
    is_flagged = serializers.BooleanField()
    is_locked = serializers.BooleanField()
    certainty = serializers.IntegerField(allow_null=True)
    state = serializers.CharField(
        help_text="answered; or right, partly, wrong, waiting where it may be told."
    )
    hints = serializers.ListField(
        child=serializers.CharField(), help_text="Those that were paid, or came after wrong tries."
    )
    next_hint = HintOfferSerializer(allow_null=True)
    mark = serializers.FloatField(allow_null=True)
    comment = serializers.CharField()
    right_answer = serializers.CharField()
    feedback = serializers.ListField(child=serializers.CharField())
    explanation_html = serializers.CharField(source="explanation")

    def get_widget(self, question) -> str:
        return question.template.rsplit("/", 1)[-1].removesuffix(".html")

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_inputs(self, question):
        return question.context


class AttemptSerializer(serializers.ModelSerializer):
    """An attempt. Marks are null while they are unknown, or where the quiz does not show them."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    quiz = serializers.CharField(source="quiz.slug", read_only=True)
    sequence = serializers.IntegerField(read_only=True, help_text="Number of the last step that was kept.")
    percent = serializers.SerializerMethodField()
    mark = serializers.SerializerMethodField()

    class Meta:
        model = Attempt
        fields = [
            "id", "quiz", "number", "state", "started_at", "deadline", "submitted_at", "sequence", "page",
            "passed", "mark", "max_mark", "percent", "credits_earned",
        ]  # fmt: skip
        read_only_fields = fields

    def _shown(self, attempt, value):
        return value if attempt.quiz.show_marks else None

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_percent(self, attempt):
        return self._shown(attempt, attempt.percent)

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_mark(self, attempt):
        return self._shown(attempt, attempt.mark)


class AttemptDetailSerializer(AttemptSerializer):
    """An attempt with the questions it may show now: all, or those of its page; none once it is submitted."""

    questions = serializers.SerializerMethodField()

    class Meta(AttemptSerializer.Meta):
        fields = [*AttemptSerializer.Meta.fields, "questions"]
        read_only_fields = fields

    @extend_schema_field(QuestionSerializer(many=True))
    def get_questions(self, attempt):
        return QuestionSerializer(self.context["questions"], many=True).data


class ResultSerializer(AttemptSerializer):
    can_earn = serializers.SerializerMethodField(help_text="Whether another attempt can still earn credits.")
    shows_answers = serializers.SerializerMethodField(help_text="Whether the review shows right answers.")

    class Meta(AttemptSerializer.Meta):
        fields = [*AttemptSerializer.Meta.fields, "can_earn", "shows_answers"]
        read_only_fields = fields

    def get_can_earn(self, attempt) -> bool:
        return self.context["standing"].can_earn

    def get_shows_answers(self, attempt) -> bool:
        return self.context["reveal"].answers


class AnswerSerializer(serializers.Serializer):
    """The answer to one question: for each field of its widget the values chosen or typed."""

    position = serializers.IntegerField(min_value=1, max_value=9999)
    values = serializers.DictField(
        child=serializers.ListField(
            child=serializers.CharField(allow_blank=True, max_length=LONGEST_VALUE, trim_whitespace=False),
            max_length=200,
        ),
        help_text='Such as {"choice": ["0"]}; empty takes the answer back.',
    )
    certainty = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=3)
    is_flagged = serializers.BooleanField(required=False, default=False)


class AnswersSerializer(serializers.Serializer):
    answers = AnswerSerializer(many=True)

    def validate_answers(self, answers):
        if len(answers) > MOST_ANSWERS:
            raise serializers.ValidationError(_("Send fewer answers at once."))
        return answers

    def fields_by_position(self):
        """The answers as `quizzes.responses` reads them from a posted form."""
        return {answer["position"]: form_fields(answer) for answer in self.validated_data["answers"]}


def form_fields(answer):
    fields = {name: values for name, values in answer["values"].items() if name not in ("certainty", "flag")}
    fields["shown"] = ["1"]
    if answer.get("certainty"):
        fields["certainty"] = [str(answer["certainty"])]
    if answer["is_flagged"]:
        fields["flag"] = ["on"]
    return fields


class StepSerializer(AnswersSerializer):
    """A numbered step: one that comes late or twice changes nothing."""

    sequence = serializers.IntegerField(
        min_value=1, max_value=999_999_999, help_text="One more than the attempt's."
    )
    token = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=64,
        default="",
        help_text="By which a repetition is known.",
    )
    client_time = serializers.DateTimeField(required=False, allow_null=True)


class SavedSerializer(serializers.Serializer):
    outcome = serializers.ChoiceField(choices=["saved", "repeated"])
    sequence = serializers.IntegerField()
    at = serializers.DateTimeField()


class SubmitSerializer(AnswersSerializer):
    answers = AnswerSerializer(many=True, required=False, default=list)


class HintSerializer(serializers.Serializer):
    position = serializers.IntegerField(min_value=1, max_value=9999)
    number = serializers.IntegerField(min_value=1, max_value=9999, help_text="As in `next_hint`.")
    price = serializers.IntegerField(
        min_value=0, max_value=2_147_483_647, help_text="As in `next_hint`; nothing is taken at another one."
    )


class TurnSerializer(serializers.Serializer):
    page = serializers.IntegerField(min_value=1, max_value=9999)
