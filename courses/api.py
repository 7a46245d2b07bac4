"""Courses for programs: the same querysets and verbs as the pages."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from activity.requests import moment, record_request
from courses import enrolment as enrolments
from courses import progress
from courses.access import Access, active_enrolment, can_read, decide, is_published
from courses.addresses import by_slug
from courses.catalogue import filtered, in_order, sort_of
from courses.models import Cohort, Course, Enrolment, Lesson, Topic
from courses.outline import outline
from courses.search import clean_words
from courses.serializers import (
    CatalogueQuery,
    CourseDetailSerializer,
    CourseSerializer,
    EnrolmentSerializer,
    EnrolSerializer,
    LessonSerializer,
    ReadingSerializer,
    TopicSerializer,
)
from courses.views.lesson import readable_blocks


class CourseList(generics.ListAPIView):
    """The catalogue: published courses, searched, filtered and sorted."""

    permission_classes = [AllowAny]
    serializer_class = CourseSerializer

    @extend_schema(parameters=[CatalogueQuery], tags=["catalogue"], operation_id="list_courses")
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        query = CatalogueQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        chosen = query.validated_data
        words = clean_words(chosen["q"])
        courses = filtered(Course.objects.published(), words, chosen)
        courses = in_order(courses, sort_of(chosen["sort"], words))
        return courses.for_learner(self.request.user).prefetch_related("topics")


class TopicList(generics.ListAPIView):
    """Topics that have published courses."""

    permission_classes = [AllowAny]
    serializer_class = TopicSerializer
    queryset = Topic.objects.none()

    @extend_schema(tags=["catalogue"], operation_id="list_topics")
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        return Topic.objects.with_course_counts().filter(course_count__gt=0).order_by("name", "pk")


class CourseDetail(APIView):
    """One course with its outline. A signed-in learner's reading of it counts as a view."""

    permission_classes = [AllowAny]

    @extend_schema(responses=CourseDetailSerializer, tags=["catalogue"], operation_id="read_course")
    def get(self, request, slug):
        courses = Course.objects.published().for_learner(request.user)
        course = by_slug(
            courses.prefetch_related("topics", "skills_taught", "skills_required", "prerequisites"), slug
        )
        learner = request.user if request.user.is_authenticated else None
        enrolment = active_enrolment(course, learner) if learner else None
        if learner:
            record_request(request, verb="viewed", kind="course", object_id=course.pk)
        context = {
            "outline": outline(course, request.user, enrolment=enrolment),
            "prerequisites": [other for other in course.prerequisites.all() if is_published(other)],
        }
        return Response(CourseDetailSerializer(course, context=context).data)


class CourseEnrolment(APIView):
    """Join a course (paying its price once) or leave it; progress is kept for a return."""

    @extend_schema(
        request=EnrolSerializer,
        responses={200: EnrolmentSerializer, 201: EnrolmentSerializer},
        tags=["learning"],
        operation_id="enrol",
    )
    def post(self, request, slug):
        course = by_slug(Course.objects.published(), slug)
        asked = EnrolSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        cohort = asked.validated_data.get("cohort")
        if cohort is not None:
            cohort = get_object_or_404(Cohort, pk=cohort, course=course)
        enrolment, created = enrolments.enrol(
            learner=request.user, course=course, cohort=cohort, context=moment(request)
        )
        return Response(
            EnrolmentSerializer(enrolment).data,
            status=status.HTTP_201_CREATED if created else status.HTTP_200_OK,
        )

    @extend_schema(
        request=None,
        responses={204: OpenApiResponse(description="Left")},
        tags=["learning"],
        operation_id="leave",
    )
    def delete(self, request, slug):
        course = by_slug(Course.objects.filter(enrolments__learner=request.user), slug)
        enrolments.leave(learner=request.user, course=course)
        return Response(status=status.HTTP_204_NO_CONTENT)


class EnrolmentList(generics.ListAPIView):
    """The learner's courses, the most recently opened first."""

    serializer_class = EnrolmentSerializer
    queryset = Enrolment.objects.none()

    @extend_schema(tags=["learning"], operation_id="list_enrolments")
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        mine = Enrolment.objects.active().filter(learner=self.request.user)
        return mine.select_related("course").order_by("-last_opened_at", "-enrolled_at", "-pk")


class _OneLesson(APIView):
    def lesson(self, pk):
        return get_object_or_404(Lesson.objects.published().select_related("course"), pk=pk)

    def reading(self, lesson, *, is_new):
        state = progress.course_progress(lesson.course, self.request.user)
        return Response(ReadingSerializer({"lesson": lesson.pk, "is_new": is_new, "progress": state}).data)


class LessonDetail(_OneLesson):
    """The content of a lesson that is open to the caller. It is not noted as opened: `open` does that."""

    permission_classes = [AllowAny]

    @extend_schema(responses=LessonSerializer, tags=["learning"], operation_id="read_lesson")
    def get(self, request, pk):
        lesson = self.lesson(pk)
        decision = decide(lesson, request.user)
        if decision.access is Access.SIGN_IN:
            raise NotAuthenticated(_("Sign in and enrol in the course to read this lesson."))
        if not decision.is_open:
            raise PermissionDenied(_REFUSALS[decision.access]())
        learner = request.user if request.user.is_authenticated else None
        context = {"blocks": readable_blocks(lesson, learner)}
        return Response(LessonSerializer(lesson, context=context).data)


_REFUSALS = {
    Access.ENROL: lambda: _("Enrol in the course to read this lesson."),
    Access.WAIT: lambda: _("Your group can't read this lesson now: it has not started, or is over."),
    Access.FIRST: lambda: _("Complete the lessons that come before this one first."),
}


class LessonOpen(_OneLesson):
    """Note that the learner opened a lesson: where to continue from, and an event for suggestions."""

    @extend_schema(request=None, responses=ReadingSerializer, tags=["learning"], operation_id="open_lesson")
    def post(self, request, pk):
        lesson = self.lesson(pk)
        if not can_read(lesson, request.user):
            raise PermissionDenied(_("Enrol in the course to read this lesson."))
        progress.open_lesson(lesson=lesson, learner=request.user, context=moment(request))
        return self.reading(lesson, is_new=True)


class LessonComplete(_OneLesson):
    """Mark a lesson as completed; the course completes with its last one. A second time changes nothing."""

    @extend_schema(
        request=None, responses=ReadingSerializer, tags=["learning"], operation_id="complete_lesson"
    )
    def post(self, request, pk):
        lesson = self.lesson(pk)
        fresh = progress.complete_lesson(lesson=lesson, learner=request.user, context=moment(request))
        return self.reading(lesson, is_new=fresh)
