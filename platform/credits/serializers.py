from rest_framework import serializers

from credits.models import Entry


class LapseSerializer(serializers.Serializer):
    at = serializers.DateTimeField(help_text="They expire then or soon after, unless they are spent.")
    amount = serializers.IntegerField(min_value=1)


class WalletSerializer(serializers.Serializer):
    balance = serializers.IntegerField(min_value=0, help_text="Credits that can be spent now.")
    expiring = LapseSerializer(
        many=True, help_text="Soonest first; empty where the site's credits never expire."
    )


class EntrySerializer(serializers.ModelSerializer):
    """A movement of credits; `amount` is what it added to the learner's balance, or took."""

    amount = serializers.IntegerField(read_only=True)

    class Meta:
        model = Entry
        fields = ["id", "created_at", "amount", "reason", "source", "description"]
        read_only_fields = fields
