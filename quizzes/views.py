"""The pages of quizzes; attempt_views.py has those of an attempt.

A view picks a queryset or calls a verb, and renders.
"""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.core.signing import BadSignature
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activity.requests import record_request
from courses.addresses import by_slug, moved
from courses.models import Topic
from credits.ledger import NotEnoughCredits
from quizzes import attempts, earning, trial
from quizzes.due import due_of
from quizzes.forms import StartForm
from quizzes.marks import mark_of_record
from quizzes.models import Attempt, QuestionFile, Quiz
from quizzes.presentation import present_all
from quizzes.responses import fields_by_position
from quizzes.review import Reveal, standing
from quizzes.terms import terms_for

PAGE_SIZE = 24


@require_GET
def quiz_list(request):
    quizzes = (
        Quiz.objects.open()
        .select_related("course")
        .with_question_count()
        .for_learner(request.user)
        .order_by("title", "pk")
    )
    topic = Topic.objects.filter(slug=request.GET.get("topic", "")).first()
    if topic is not None:
        quizzes = quizzes.filter(topics=topic)
    return render(
        request,
        "quizzes/list.html",
        {
            "page": Paginator(quizzes, PAGE_SIZE).get_page(request.GET.get("page")),
            "topics": Topic.objects.filter(quizzes__in=Quiz.objects.open()).distinct(),
            "topic": topic,
        },
    )


def _quiz_or_404(request, slug):
    """A published quiz, or a draft for whoever may edit it; the second value says which."""
    quiz = by_slug(Quiz.objects.select_related("course", "lesson__course").with_question_count(), slug)
    if quiz.is_published:
        return quiz, False
    if request.user.is_staff and Quiz.objects.editable_by(request.user).filter(pk=quiz.pk).exists():
        return quiz, True
    raise Http404


@require_GET
def quiz(request, slug):
    quiz, is_draft = _quiz_or_404(request, slug)
    if quiz.slug != slug:
        return moved(request, quiz.get_absolute_url())
    context = {"quiz": quiz, "is_draft": is_draft}
    if request.user.is_authenticated:
        stand = standing(quiz, request.user)
        context |= {
            "standing": stand,
            "terms": stand.terms,
            "offers": stand.offers,
            "due": due_of(quiz, request.user),
            "record": mark_of_record(quiz, stand.attempts[::-1]),
            "form": StartForm() if quiz.password else None,
        }
    else:
        context |= {"terms": terms_for(quiz, None), "offers": earning.offers(quiz, None, [])}
    if not is_draft:
        record_request(request, verb="viewed", kind="quiz", object_id=quiz.pk)
    return render(request, "quizzes/quiz.html", context)


def client_address(request):
    """The visitor's own address, also behind the proxies that the settings trust."""
    return get_adapter(request).get_client_ip(request)


@require_POST
@login_required
def start(request, slug):
    quiz, is_draft = _quiz_or_404(request, slug)
    try:
        attempt = attempts.start(
            quiz=quiz,
            learner=request.user,
            password=request.POST.get("password", ""),
            address=client_address(request) if quiz.ip_ranges else None,
            preview=is_draft,
        )
    except attempts.Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(quiz)
    return redirect(attempt)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def preview(request, slug):
    """An editor takes the quiz as a learner would see it; it counts for nothing."""
    quiz = by_slug(Quiz.objects.editable_by(request.user).with_question_count(), slug)
    if not request.user.is_staff:
        raise Http404
    if request.method == "POST":
        try:
            return redirect(attempts.start(quiz=quiz, learner=request.user, preview=True))
        except attempts.Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(quiz)
    return render(
        request,
        "quizzes/quiz.html",
        {
            "quiz": quiz,
            "is_draft": True,
            "terms": terms_for(quiz, request.user),
            "offers": earning.offers(quiz, None, []),
        },
    )


@require_POST
@login_required
def buy_attempt(request, slug):
    quiz, _is_draft = _quiz_or_404(request, slug)
    try:
        attempts.buy(quiz=quiz, learner=request.user)
    except (attempts.Refused, NotEnoughCredits) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("You have one more attempt."))
    return redirect(quiz)


@require_GET
@login_required
def history(request):
    mine = Attempt.objects.of(request.user).select_related("quiz").order_by("-started_at")
    page = Paginator(mine, 25).get_page(request.GET.get("page"))
    return render(request, "quizzes/history.html", {"page": page})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def try_out(request, slug):
    """A quiz without an account: nothing is stored, and nothing is earned."""
    quiz = by_slug(Quiz.objects.open().filter(open_to_visitors=True, password=""), slug)
    if quiz.slug != slug and request.method != "POST":
        return moved(request, reverse("quizzes:try", args=[quiz.slug]))
    if request.method != "POST":
        ticket = trial.new_ticket(quiz)
        questions = trial.questions_of(quiz, ticket)
        return render(
            request,
            "quizzes/try.html",
            {"quiz": quiz, "ticket": ticket, "questions": present_all(questions)},
        )
    try:
        questions = trial.questions_of(quiz, request.POST.get("ticket", ""))
    except BadSignature:
        messages.error(request, _("This page was open too long: here is a fresh one."))
        return redirect("quizzes:try", slug=quiz.slug)
    mark, max_mark = trial.mark(quiz, questions, fields_by_position(request.POST))
    percent = max(0.0, 100 * mark / max_mark) if max_mark else 0.0
    return render(
        request,
        "quizzes/try.html",
        {
            "quiz": quiz,
            "questions": present_all(questions, reveal=Reveal(marks=True, answers=False)),
            "percent": percent,
            "passed": percent >= quiz.pass_mark,
        },
    )


@require_GET
def file(request, name):
    """A picture of a question. Its name is the hash of its content, which nobody guesses."""
    found = get_object_or_404(QuestionFile, name=name)
    response = FileResponse(
        found.file.open("rb"),
        content_type=found.content_type,
        as_attachment=not found.content_type.startswith("image/"),
    )
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
