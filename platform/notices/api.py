"""Notices for programs."""

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.response import Response
from rest_framework.views import APIView

from notices.messages import mark_read, preference_of
from notices.models import Notice
from notices.serializers import MarkedSerializer, NoticeSerializer, NoticesQuery, PreferenceSerializer


class NoticeList(generics.ListAPIView):
    """The learner's notices, newest first. Reading them here does not mark them."""

    serializer_class = NoticeSerializer
    queryset = Notice.objects.none()

    @extend_schema(parameters=[NoticesQuery], tags=["notices"], operation_id="list_notices")
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        query = NoticesQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        mine = Notice.objects.filter(learner=self.request.user)
        return mine.unread() if query.validated_data["unread"] else mine


class NoticesRead(APIView):
    """Mark all notices as read."""

    @extend_schema(
        request=None, responses=MarkedSerializer, tags=["notices"], operation_id="mark_notices_read"
    )
    def post(self, request):
        return Response(MarkedSerializer({"marked": mark_read(learner=request.user)}).data)


class Preferences(APIView):
    """What the learner wants by mail, and when not."""

    @extend_schema(responses=PreferenceSerializer, tags=["notices"], operation_id="read_preferences")
    def get(self, request):
        return Response(PreferenceSerializer(preference_of(request.user)).data)

    @extend_schema(
        request=PreferenceSerializer,
        responses=PreferenceSerializer,
        tags=["notices"],
        operation_id="change_preferences",
    )
    def patch(self, request):
        changed = PreferenceSerializer(preference_of(request.user), data=request.data, partial=True)
        changed.is_valid(raise_exception=True)
        changed.save()
        return Response(changed.data)
