"""The pages of quizzes. A view picks a queryset or calls a verb, and renders."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.core.signing import BadSignature
from django.http import FileResponse, Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activity.requests import record_request
from courses.addresses import by_slug, moved
from courses.models import Topic
from credits.ledger import NotEnoughCredits, balance
from quizzes import attempts, earning, hints, trial
from quizzes.due import due_of
from quizzes.forms import StartForm
from quizzes.marks import mark_of_record
from quizzes.models import Attempt, QuestionFile, Quiz
from quizzes.presentation import present_all
from quizzes.responses import fields_by_position, seen_by_position
from quizzes.review import Reveal, reveal, standing

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
        context |= {"terms": attempts.terms_for(quiz, None), "offers": earning.offers(quiz, None, [])}
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
            "terms": attempts.terms_for(quiz, request.user),
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


def _own_attempt(request, public_id):
    """The learner's own attempt, submitted first if its time is up; anybody else's is not found."""
    found = get_object_or_404(
        Attempt.objects.select_related("quiz__course"), public_id=public_id, learner=request.user
    )
    return attempts.finish_if_due(attempt=found)


def _signed_out():
    return JsonResponse(
        {"outcome": "signed_out", "message": _("Sign in again in another tab: your answers are kept here.")},
        status=401,
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def attempt(request, public_id):
    """The questions of a running attempt; a plain form saves, checks and turns pages."""
    attempt = _own_attempt(request, public_id)
    if not attempt.is_running:
        return redirect(attempt)
    if request.method == "POST":
        return _act(request, attempt)
    everything = list(attempt.questions.select_related("version"))
    pages = sorted({question.page for question in everything})
    sequential = attempt.quiz.navigation == Quiz.Navigation.SEQUENTIAL
    asked = request.GET.get("page", "")
    page = attempt.page if sequential or not asked.isdigit() else int(asked)
    if page not in pages:
        page = next((number for number in pages if number >= page), pages[-1])
    shown = present_all(everything, checked=attempt.quiz.checks_answers, hint_price=hints.price_in(attempt))
    shown_here = [question for question in shown if question.page == page]
    address = reverse("quizzes:attempt", args=[attempt.public_id])
    place = pages.index(page)
    return render(
        request,
        "quizzes/attempt.html",
        {
            "attempt": attempt,
            "quiz": attempt.quiz,
            "questions": shown_here,
            "balance": (
                balance(request.user) if any(question.next_hint for question in shown_here) else None
            ),
            "navigation": [
                {
                    "number": question.number,
                    "url": f"{address}?page={question.page}#question-{question.position}",
                    "current": question.page == page and len(pages) == len(shown),
                    "state": question.state if question.state != "waiting" else "answered",
                    "flagged": question.is_flagged,
                }
                for question in shown
                if question.number
            ],
            "page": page,
            "page_number": place + 1,
            "page_count": len(pages),
            "next_page": pages[place + 1] if place + 1 < len(pages) else None,
            "previous_page": pages[place - 1] if place and not sequential else None,
            "sequential": sequential,
            "seconds_left": (
                max(0, int((attempt.deadline - timezone.now()).total_seconds())) if attempt.deadline else None
            ),
            "certainties": [(1, _("not sure")), (2, _("fairly sure")), (3, _("certain"))],
            "shortcuts": request.user.profile.single_key_shortcuts,
        },
    )


def _act(request, attempt):
    form = {
        "attempt": attempt,
        "fields": fields_by_position(request.POST),
        "seen": seen_by_position(request.POST),
    }
    address = reverse("quizzes:attempt", args=[attempt.public_id])
    page = request.POST.get("page", "")
    here = f"{address}?page={page}" if page.isdigit() else address
    action, numbers = _action(request.POST.get("action", "save"))
    try:
        match action, numbers:
            case "check", [position]:
                attempts.check(position=position, **form)
                return redirect(f"{here}#question-{position}")
            case "hint", [position, number, price]:
                hints.buy(position=position, number=number, price=price, **form)
                return redirect(f"{here}#question-{position}")
    except (attempts.Refused, NotEnoughCredits) as refusal:
        # What can't be checked or bought is no reason to lose the other answers that the form brought.
        attempts.save(**form)
        messages.error(request, str(refusal))
        return redirect(f"{here}#question-{numbers[0]}")
    if attempts.save(**form).outcome == attempts.CLOSED:
        return redirect("quizzes:result", public_id=attempt.public_id)
    match action, numbers:
        case "finish", []:
            return redirect("quizzes:finish", public_id=attempt.public_id)
        case "page", [wanted]:
            return redirect(f"{address}?page={attempts.turn_page(attempt=attempt, page=wanted)}")
    messages.success(request, _("Your answers are saved."))
    return redirect(here)


def _action(value):
    """A button's value, such as "check:3", as its name and its numbers; none where they make no sense."""
    name, *numbers = value.split(":")
    sensible = all(number.isascii() and number.isdigit() and len(number) < 10 for number in numbers)
    return name, [int(number) for number in numbers] if sensible else []


@never_cache
@require_POST
def save(request, public_id):
    """Autosave from the page's script: answers in, what became of them out."""
    if not request.user.is_authenticated:
        return _signed_out()
    attempt = get_object_or_404(Attempt.objects.only("pk"), public_id=public_id, learner=request.user)
    sequence = request.POST.get("sequence", "")
    if not (sequence.isascii() and sequence.isdigit() and len(sequence) < 10):
        return JsonResponse({"outcome": "invalid", "message": _("The step has no number.")}, status=400)
    saved = attempts.save(
        attempt=attempt,
        fields=fields_by_position(request.POST),
        sequence=int(sequence),
        token=request.POST.get("token", "")[:64],
        client_time=_client_time(request.POST.get("client_time", "")),
    )
    status = {attempts.LATE: 409, attempts.CLOSED: 410}.get(saved.outcome, 200)
    content = {
        "outcome": saved.outcome,
        "sequence": saved.sequence,
        "at": timezone.localtime(saved.at).strftime("%H:%M:%S"),
    }
    if saved.outcome == attempts.CLOSED:
        content["result"] = reverse("quizzes:result", args=[public_id])
    return JsonResponse(content, status=status)


def _client_time(raw):
    try:
        moment = parse_datetime(raw[:40])
    except ValueError:
        return None
    return moment if moment is not None and timezone.is_aware(moment) else None


@require_POST
def focus(request, public_id):
    """The page lost focus; noted only if the quiz says so to the learner."""
    if not request.user.is_authenticated:
        return _signed_out()
    attempt = get_object_or_404(Attempt, public_id=public_id, learner=request.user)
    attempts.note_focus(attempt=attempt, client_time=_client_time(request.POST.get("client_time", "")))
    return JsonResponse({"outcome": "noted"})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def finish(request, public_id):
    """What is still unanswered, and the button that submits."""
    attempt = _own_attempt(request, public_id)
    if request.method == "POST":
        attempts.submit(attempt=attempt)
        return redirect("quizzes:result", public_id=public_id)
    if not attempt.is_running:
        return redirect(attempt)
    shown = present_all(attempt.questions.select_related("version"))
    numbered = [question for question in shown if question.number]
    return render(
        request,
        "quizzes/finish.html",
        {
            "attempt": attempt,
            "quiz": attempt.quiz,
            "unanswered": [question for question in numbered if not question.is_answered],
            "flagged": [question for question in numbered if question.is_flagged],
            "total": len(numbered),
            "sequential": attempt.quiz.navigation == Quiz.Navigation.SEQUENTIAL,
        },
    )


@never_cache
@require_GET
@login_required
def result(request, public_id):
    attempt = _own_attempt(request, public_id)
    if attempt.is_running:
        return redirect(attempt)
    stand = standing(attempt.quiz, request.user)
    return render(
        request,
        "quizzes/result.html",
        {
            "attempt": attempt,
            "quiz": attempt.quiz,
            "standing": stand,
            "reveal": reveal(attempt.quiz, stand),
            "is_perfect": earning.is_perfect(attempt),
            "band": _band(attempt),
        },
    )


def _band(attempt):
    """The quiz's words for this mark: those of the highest band that it reaches."""
    percent = attempt.percent
    if percent is None:
        return ""
    reached = [band for band in attempt.quiz.grade_bands if percent >= band.get("from", 0)]
    return max(reached, key=lambda band: band.get("from", 0)).get("text", "") if reached else ""


@never_cache
@require_GET
@login_required
def review(request, public_id):
    """The answers of a finished attempt, with what may be shown of their marking."""
    attempt = _own_attempt(request, public_id)
    if attempt.is_running:
        return redirect(attempt)
    stand = standing(attempt.quiz, request.user)
    shown = reveal(attempt.quiz, stand)
    return render(
        request,
        "quizzes/review.html",
        {
            "attempt": attempt,
            "quiz": attempt.quiz,
            "reveal": shown,
            "questions": present_all(attempt.questions.select_related("version", "marked_by"), reveal=shown),
        },
    )


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
