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


class PreferenceSerializer(serializers.ModelSerializer):
    """Quiet hours are by the clock of the learner's time zone. They need both ends: with one there are none."""

    class Meta:
        model = Preference
        fields = ["email", "digest", "quiet_from", "quiet_until"]
