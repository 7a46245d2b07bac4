"""Quizzes for programs: the same verbs as the pages, and no answer key before its time."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import APIException
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from activity.requests import record_request
from courses.addresses import by_slug
from quizzes import attempts, hints
from quizzes.due import dues_of
from quizzes.models import Attempt, Quiz
from quizzes.presentation import present_all
from quizzes.refreshers import refreshers
from quizzes.review import reveal, standing
from quizzes.serializers import (
    AnswerSerializer,
    AttemptDetailSerializer,
    AttemptSerializer,
    DueSerializer,
    HintSerializer,
    QuestionSerializer,
    QuizDetailSerializer,
    QuizQuery,
    QuizSerializer,
    RefresherSerializer,
    ResultSerializer,
    SavedSerializer,
    StartSerializer,
    StepSerializer,
    SubmitSerializer,
    TurnSerializer,
    form_fields,
)
from quizzes.views import client_address

MOST_REFRESHERS = 20


class Late(APIException):
    """Another device has written since; `members` tell from which step to go on."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "late"

    def __init__(self, sequence):
        super().__init__(_("Another page or device has saved since: read the attempt again."))
        self.members = {"sequence": sequence}


class Closed(APIException):
    status_code = status.HTTP_410_GONE
    default_code = "closed"

    def __init__(self):
        super().__init__(_("This attempt is already submitted."))


class Running(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "running"

    def __init__(self):
        super().__init__(_("This attempt is still under way: submit it first."))


class QuizList(generics.ListAPIView):
    """Quizzes that can be started now."""

    permission_classes = [AllowAny]
    serializer_class = QuizSerializer
    queryset = Quiz.objects.none()

    @extend_schema(parameters=[QuizQuery], tags=["quizzes"], operation_id="list_quizzes")
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        query = QuizQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        quizzes = Quiz.objects.open().select_related("course").with_question_count()
        if topic := query.validated_data["topic"]:
            quizzes = quizzes.filter(topics__slug=topic)
        if course := query.validated_data["course"]:
            quizzes = quizzes.filter(course__slug=course)
        return quizzes.for_learner(self.request.user).order_by("title", "pk")


class DueList(APIView):
    """By when the quizzes of the caller's courses have to be handed in, earliest first."""

    @extend_schema(
        responses=DueSerializer(many=True), tags=["quizzes"], operation_id="list_due_dates", filters=False
    )
    def get(self, request):
        return Response(DueSerializer(dues_of(request.user), many=True).data)


class RefresherList(APIView):
    """Quizzes that the caller once passed and by now is likely to forget, best remembered first."""

    @extend_schema(
        responses=RefresherSerializer(many=True),
        tags=["quizzes"],
        operation_id="list_refreshers",
        filters=False,
    )
    def get(self, request):
        found = refreshers(request.user, limit=MOST_REFRESHERS)
        return Response(RefresherSerializer(found.due, many=True).data)


class QuizDetail(APIView):
    """One quiz and where the caller stands with it; its questions come with an attempt."""

    permission_classes = [AllowAny]

    @extend_schema(responses=QuizDetailSerializer, tags=["quizzes"], operation_id="read_quiz")
    def get(self, request, slug):
        quizzes = Quiz.objects.published().select_related("course", "lesson__course").with_question_count()
        quiz = by_slug(quizzes.for_learner(request.user), slug)
        stand = None
        if request.user.is_authenticated:
            stand = standing(quiz, request.user)
            record_request(request, verb="viewed", kind="quiz", object_id=quiz.pk)
        return Response(QuizDetailSerializer(quiz, context={"standing": stand}).data)


def _shown_now(attempt):
    """What a running attempt may show: with sequential navigation the questions of its page alone."""
    if not attempt.is_running:
        return []
    questions = list(attempt.questions.select_related("version"))
    shown = present_all(questions, checked=attempt.quiz.checks_answers, hint_price=hints.price_in(attempt))
    if attempt.quiz.navigation == Quiz.Navigation.SEQUENTIAL:
        return [question for question in shown if question.page == attempt.page]
    return shown


def _detail(attempt, *, status=status.HTTP_200_OK):
    context = {"questions": _shown_now(attempt)}
    return Response(AttemptDetailSerializer(attempt, context=context).data, status=status)


class QuizStart(APIView):
    """The learner's attempt under way (200), or a new one (201)."""

    @extend_schema(
        request=StartSerializer,
        responses={200: AttemptDetailSerializer, 201: AttemptDetailSerializer},
        tags=["quizzes"],
        operation_id="start_attempt",
    )
    def post(self, request, slug):
        quiz = by_slug(Quiz.objects.published().select_related("course", "lesson__course"), slug)
        asked = StartSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        before = Attempt.objects.filter(quiz=quiz, learner=request.user).order_by("-number").first()
        attempt = attempts.start(
            quiz=quiz,
            learner=request.user,
            password=asked.validated_data["password"],
            address=client_address(request) if quiz.ip_ranges else None,
        )
        is_new = before is None or attempt.pk != before.pk
        return _detail(attempt, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


class AttemptList(generics.ListAPIView):
    """The learner's attempts, newest first."""

    serializer_class = AttemptSerializer
    queryset = Attempt.objects.none()

    @extend_schema(tags=["quizzes"], operation_id="list_attempts")
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        mine = Attempt.objects.of(self.request.user).select_related("quiz")
        return mine.order_by("-started_at", "-pk")


class _OwnAttempt(APIView):
    def attempt(self, public_id):
        """The learner's own attempt, submitted first if its time is up; anybody else's is not found."""
        mine = Attempt.objects.select_related("quiz__course").filter(learner=self.request.user)
        return attempts.finish_if_due(attempt=get_object_or_404(mine, public_id=public_id))

    def check_position(self, attempt, position):
        if not attempt.questions.filter(position=position).exists():
            raise Http404


class AttemptDetail(_OwnAttempt):
    """An attempt with the questions that it may show now."""

    @extend_schema(responses=AttemptDetailSerializer, tags=["quizzes"], operation_id="read_attempt")
    def get(self, request, public_id):
        return _detail(self.attempt(public_id))


class AttemptSave(_OwnAttempt):
    """Keep answers as one numbered step. 409 with the last step's number if another device wrote since."""

    @extend_schema(
        request=StepSerializer, responses=SavedSerializer, tags=["quizzes"], operation_id="save_answers"
    )
    def post(self, request, public_id):
        attempt = self.attempt(public_id)
        step = StepSerializer(data=request.data)
        step.is_valid(raise_exception=True)
        saved = attempts.save(
            attempt=attempt,
            fields=step.fields_by_position(),
            sequence=step.validated_data["sequence"],
            token=step.validated_data["token"],
            client_time=step.validated_data.get("client_time"),
        )
        if saved.outcome == attempts.LATE:
            raise Late(saved.sequence)
        if saved.outcome == attempts.CLOSED:
            raise Closed
        return Response(SavedSerializer(saved).data)


class AttemptPage(_OwnAttempt):
    """Go on to a page; with sequential navigation there is no way back."""

    @extend_schema(
        request=TurnSerializer, responses=AttemptDetailSerializer, tags=["quizzes"], operation_id="turn_page"
    )
    def post(self, request, public_id):
        attempt = self.attempt(public_id)
        asked = TurnSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        if not attempt.is_running:
            raise Closed
        attempt.page = attempts.turn_page(attempt=attempt, page=asked.validated_data["page"])
        return _detail(attempt)


class AttemptCheck(_OwnAttempt):
    """Keep one answer and have it marked at once, where the quiz's behaviour allows."""

    @extend_schema(
        request=AnswerSerializer,
        responses=AttemptDetailSerializer,
        tags=["quizzes"],
        operation_id="check_answer",
    )
    def post(self, request, public_id):
        attempt = self.attempt(public_id)
        answer = AnswerSerializer(data=request.data)
        answer.is_valid(raise_exception=True)
        position = answer.validated_data["position"]
        self.check_position(attempt, position)
        fields = {position: form_fields(answer.validated_data)}
        attempts.check(attempt=attempt, position=position, fields=fields)
        attempt.refresh_from_db()
        return _detail(attempt)


class AttemptHint(_OwnAttempt):
    """Buy the next hint of a question at its present price; one that is bought already costs nothing."""

    @extend_schema(
        request=HintSerializer, responses=AttemptDetailSerializer, tags=["quizzes"], operation_id="buy_hint"
    )
    def post(self, request, public_id):
        attempt = self.attempt(public_id)
        asked = HintSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        self.check_position(attempt, asked.validated_data["position"])
        hints.buy(attempt=attempt, **asked.validated_data)
        attempt.refresh_from_db()
        return _detail(attempt)


def _result(attempt):
    stand = standing(attempt.quiz, attempt.learner)
    context = {"standing": stand, "reveal": reveal(attempt.quiz, stand)}
    return Response(ResultSerializer(attempt, context=context).data)


class AttemptSubmit(_OwnAttempt):
    """Submit and mark; with `answers`, they are kept first. A second time gives the same result."""

    @extend_schema(
        request=SubmitSerializer, responses=ResultSerializer, tags=["quizzes"], operation_id="submit_attempt"
    )
    def post(self, request, public_id):
        attempt = self.attempt(public_id)
        last = SubmitSerializer(data=request.data)
        last.is_valid(raise_exception=True)
        return _result(attempts.submit(attempt=attempt, fields=last.fields_by_position()))


class AttemptResult(_OwnAttempt):
    """The outcome of a submitted attempt."""

    @extend_schema(responses=ResultSerializer, tags=["quizzes"], operation_id="read_result")
    def get(self, request, public_id):
        attempt = self.attempt(public_id)
        if attempt.is_running:
            raise Running
        return _result(attempt)


class AttemptReview(_OwnAttempt):
    """The answers of a submitted attempt, with what may be shown of their marking by now."""

    @extend_schema(
        responses=QuestionSerializer(many=True),
        tags=["quizzes"],
        operation_id="review_attempt",
        filters=False,
    )
    def get(self, request, public_id):
        attempt = self.attempt(public_id)
        if attempt.is_running:
            raise Running
        shown = reveal(attempt.quiz, standing(attempt.quiz, request.user))
        questions = attempt.questions.select_related("version", "marked_by")
        return Response(QuestionSerializer(present_all(questions, reveal=shown), many=True).data)
