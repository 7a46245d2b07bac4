from rest_framework import serializers

from credits.models import Entry


class WalletSerializer(serializers.Serializer):
    balance = serializers.IntegerField(min_value=0, help_text="Credits that can be spent now.")


class EntrySerializer(serializers.ModelSerializer):
    """A movement of credits; `amount` is what it added to the learner's balance, or took."""

    amount = serializers.IntegerField(read_only=True)

    class Meta:
        model = Entry
        fields = ["id", "created_at", "amount", "reason", "source", "description"]
        read_only_fields = fields
