"""The pages of an attempt: its questions, what the page's script saves, handing in, result and review."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from credits.ledger import NotEnoughCredits, balance
from quizzes import attempts, earning, hints
from quizzes.models import Attempt, Quiz
from quizzes.presentation import present_all
from quizzes.responses import fields_by_position, seen_by_position, storable
from quizzes.review import reveal, standing


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
            "seconds_left": attempts.seconds_left(attempt),
            "prolongation": attempt.prolongations.last() if attempt.deadline else None,
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
        token=storable(request.POST.get("token", ""))[:64],
        client_time=_client_time(request.POST.get("client_time", "")),
    )
    status = {attempts.LATE: 409, attempts.CLOSED: 410}.get(saved.outcome, 200)
    content = {
        "outcome": saved.outcome,
        "sequence": saved.sequence,
        "at": timezone.localtime(saved.at).strftime("%H:%M:%S"),
        "seconds_left": saved.seconds_left,
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
