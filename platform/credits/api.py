"""The wallet for programs."""

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.response import Response
from rest_framework.views import APIView

from credits import expiry, ledger
from credits.models import Entry
from credits.serializers import EntrySerializer, WalletSerializer


class Wallet(APIView):
    """The learner's balance, and when which part of it expires."""

    @extend_schema(responses=WalletSerializer, tags=["wallet"], operation_id="read_wallet")
    def get(self, request):
        wallet = {"balance": ledger.balance(request.user), "expiring": expiry.upcoming(request.user)}
        return Response(WalletSerializer(wallet).data)


class EntryList(generics.ListAPIView):
    """Every movement behind the balance, newest first."""

    serializer_class = EntrySerializer
    queryset = Entry.objects.none()

    @extend_schema(tags=["wallet"], operation_id="list_entries")
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        return ledger.statement(self.request.user)
