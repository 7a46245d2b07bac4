from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from notices.models import Notice, Preference


class NoticesQuery(serializers.Serializer):
    unread = serializers.BooleanField(required=False, default=False, help_text="Only what is not read yet.")


class NoticeSerializer(serializers.ModelSerializer):
    class Meta:
        model = Notice
        fields = ["id", "kind", "title", "body", "url", "created_at", "read_at"]
        read_only_fields = fields


class MarkedSerializer(serializers.Serializer):
    marked = serializers.IntegerField(help_text="How many were new.")


@extend_schema_field({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
class ClockField(serializers.TimeField):
    """Hour and minute of a wall clock, such as 22:00; OpenAPI's own format of times demands a time zone."""

    def __init__(self):
        super().__init__(format="%H:%M", input_formats=["%H:%M"], required=False, allow_null=True)


class PreferenceSerializer(serializers.ModelSerializer):
    """Quiet hours are by the clock of the learner's time zone. Without both ends there are none."""

    quiet_from = ClockField()
    quiet_until = ClockField()

    class Meta:
        model = Preference
        fields = ["email", "digest", "quiet_from", "quiet_until"]
