"""The first page: what this is, for a visitor; where they stopped and what comes next, for a learner."""

from django.db.models import Sum, prefetch_related_objects
from django.shortcuts import render
from django.views.decorators.http import require_GET

from courses.goals import week
from courses.models import Course, Enrolment, Topic
from quizzes.due import due_soon
from quizzes.models import Quiz
from quizzes.refreshers import refreshers


@require_GET
def home(request):
    if request.user.is_authenticated:
        return _learner_home(request)
    return _visitor_home(request)


def _visitor_home(request):
    courses = Course.objects.published()
    open_quizzes = Quiz.objects.open().filter(open_to_visitors=True)
    context = {
        "courses": courses.prefetch_related("topics").order_by("-learner_count", "-published_at", "pk")[:4],
        "topics": Topic.objects.with_course_counts()
        .filter(course_count__gt=0)
        .order_by("-course_count")[:10],
        "quiz": open_quizzes.with_question_count().order_by("published_at", "pk").first(),
        "course_total": courses.count(),
        "quiz_total": Quiz.objects.open().count(),
        "credit_total": Quiz.objects.open().aggregate(total=Sum("credits"))["total"] or 0,
    }
    return render(request, "embark/home_visitor.html", context)


def _learner_home(request):
    current = Enrolment.objects.filter(learner=request.user).current()
    enrolments = list(current.select_related("course", "last_lesson").prefetch_related("course__topics")[:4])
    prefetch_related_objects([request.user], "accommodations")  # two below ask for them
    known = refreshers(request.user)
    context = {
        "newest": enrolments[0] if enrolments else None,
        "others": enrolments[1:],
        "week": week(request.user),
        "dues": due_soon(request.user),
        "refreshers": known,
        "completed_total": Enrolment.objects.filter(learner=request.user, completed_at__isnull=False).count(),
        "passed_total": known.passed,
    }
    return render(request, "embark/home_learner.html", context)
