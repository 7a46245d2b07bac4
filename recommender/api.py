"""Suggestions for programs: the engine of the pages, and the learner's word on what it shows."""

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from recommender import catalog
from recommender import feedback as answers
from recommender.serializers import (
    ITEM,
    FeedbackSerializer,
    GiveFeedbackSerializer,
    SuggestionsQuery,
    SuggestionsSerializer,
)
from recommender.suggesting import suggest


def _known(key):
    if key not in catalog.current().cards:
        raise Http404
    return key


class Suggestions(APIView):
    """What to learn next, for this caller, at this moment and place, with reasons.

    A learner's impressions are logged as on a page, unless they switched personal suggestions off.
    """

    permission_classes = [AllowAny]
    throttle_scope = "suggestions"

    @extend_schema(
        parameters=[SuggestionsQuery],
        responses=SuggestionsSerializer,
        tags=["suggestions"],
        operation_id="suggest",
    )
    def get(self, request):
        query = SuggestionsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        item = _known(asked["item"]) if asked["item"] else None
        row = suggest(request, placement=asked["placement"], item=item, limit=asked["limit"])
        return Response(SuggestionsSerializer(row).data)


class FeedbackList(APIView):
    """What the learner said of suggestions. An answer counts at once; a second one replaces the first."""

    @extend_schema(
        responses=FeedbackSerializer(many=True),
        tags=["suggestions"],
        operation_id="list_feedback",
        filters=False,
    )
    def get(self, request):
        rows = [row for row, _card in answers.given(request)]
        return Response(FeedbackSerializer(rows, many=True).data)

    @extend_schema(
        request=GiveFeedbackSerializer,
        responses={201: FeedbackSerializer},
        tags=["suggestions"],
        operation_id="give_feedback",
    )
    def post(self, request):
        asked = GiveFeedbackSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        key = _known(asked.validated_data["item"])
        row = answers.answer(request, key=key, value=asked.validated_data["answer"])
        return Response(FeedbackSerializer(row).data, status=status.HTTP_201_CREATED)


class FeedbackOfItem(APIView):
    """Take an answer back: the item may be suggested again."""

    @extend_schema(
        parameters=[OpenApiParameter("item", {"type": "string", "pattern": ITEM}, "path")],
        request=None,
        responses={204: OpenApiResponse(description="Taken back")},
        tags=["suggestions"],
        operation_id="take_back_feedback",
    )
    def delete(self, request, item):
        if not answers.take_back(request, key=_known(item)):
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)
