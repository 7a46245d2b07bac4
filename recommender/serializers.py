from rest_framework import serializers

from recommender.models import Feedback

ITEM = r"^(course|lesson|quiz):[0-9]{1,18}$"


class SuggestionsQuery(serializers.Serializer):
    placement = serializers.RegexField(
        r"^[a-z0-9-]{1,40}$",
        required=False,
        default="api",
        help_text="Where the suggestions are shown, such as home or lesson: the model knows places apart.",
    )
    item = serializers.RegexField(
        ITEM, required=False, default=None, help_text="What is open there, such as lesson:3."
    )
    limit = serializers.IntegerField(required=False, default=4, min_value=1, max_value=12)


class SuggestionSerializer(serializers.Serializer):
    """`url` leads to the item's page and says where the click came from."""

    key = serializers.CharField(source="card.key")
    kind = serializers.CharField(source="card.kind")
    title = serializers.CharField(source="card.title")
    slug = serializers.CharField(source="card.slug")
    summary = serializers.CharField(source="card.summary")
    topics = serializers.ListField(source="card.topics", child=serializers.CharField())
    level = serializers.CharField(source="card.level")
    credits = serializers.IntegerField(source="card.credits", help_text="A course's price, a quiz's reward.")
    url = serializers.CharField()
    reason = serializers.CharField()
    position = serializers.IntegerField()


class SuggestionsSerializer(serializers.Serializer):
    version = serializers.CharField(help_text="The model that answered; popular where none did.")
    is_personal = serializers.BooleanField(source="personal")
    items = SuggestionSerializer(many=True)


class GiveFeedbackSerializer(serializers.Serializer):
    item = serializers.RegexField(ITEM)
    answer = serializers.ChoiceField(choices=Feedback.Answer.choices)


class FeedbackSerializer(serializers.Serializer):
    item = serializers.CharField(source="key")
    answer = serializers.ChoiceField(choices=Feedback.Answer.choices)
    given_at = serializers.DateTimeField(source="created_at")
