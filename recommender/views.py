"""A learner's word on suggestions, and the page that shows what the system believes of them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from recommender import catalog, history
from recommender import feedback as answers
from recommender.data.vocabulary import KINDS
from recommender.history import Learner
from recommender.mastery import mastery
from recommender.models import Feedback
from recommender.templatetags.suggestions import rail_context


def _back(request):
    """The page that a form was sent from, if it is one of ours."""
    target = request.POST.get("next") or request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return target
    return reverse("home")


@require_POST
def feedback(request):
    """Keep or take back an answer to a suggestion. htmx gets the row anew, a plain form its page."""
    key, value = request.POST.get("item", ""), request.POST.get("answer", "")
    card = catalog.current().cards.get(key)
    if card is None or value not in (*Feedback.Answer.values, "undo"):
        return HttpResponseBadRequest(_("This suggestion is no longer there. Reload the page."))
    if value == "undo":
        answers.take_back(request, key=key)
    else:
        answers.answer(request, key=key, value=value)
    if not request.htmx:
        messages.success(request, _outcome(card, value))
        return redirect(_back(request))
    context = rail_context(
        request,
        placement=request.POST.get("placement", "")[:40],
        item=_page_item(request),
        limit=_limit(request),
        heading=request.POST.get("heading") or None,
        next=_back(request),
    )
    context["outcome"] = {"card": card, "answer": value, "text": _outcome(card, value)}
    return render(request, "recommender/rail.html", context)


def _outcome(card, value):
    title = {"title": card.title}
    match value:
        case Feedback.Answer.NOT_INTERESTED:
            return _("“%(title)s” will not be suggested again.") % title
        case Feedback.Answer.KNOWN:
            return _("“%(title)s” is marked as known.") % title
        case Feedback.Answer.MORE:
            return _("More like “%(title)s” will be suggested.") % title
        case _:
            return _("“%(title)s” may be suggested again.") % title


def _page_item(request):
    kind, _colon, number = request.POST.get("page_item", "").partition(":")
    return f"{kind}:{number}" if kind in KINDS and number.isdecimal() and len(number) < 19 else None


def _limit(request):
    limit = request.POST.get("limit", "")
    return min(int(limit), 12) if limit.isdecimal() and limit != "0" else 4


@require_GET
@login_required
def yours(request):
    """What suggestions are built on: interests, recent history, skills, hidden items; each can be changed."""
    snapshot = catalog.current()
    events = history.recent(Learner.of(request))
    seen = {}
    for event in reversed(events):
        if event.item in snapshot.cards and event.verb != "dismissed":
            seen.setdefault(event.item, (snapshot.cards[event.item], event))
    skills = mastery(events, snapshot.cards)
    context = {
        "interests": [snapshot.topic_names.get(slug, slug) for slug in request.user.profile.interests],
        "recent": list(seen.values())[:10],
        "skills": [
            (snapshot.topic_names.get(topic, topic), round(100 * share))
            for topic, share in sorted(skills.items(), key=lambda skill: -skill[1])
        ],
        "answers": answers.given(request),
    }
    return render(request, "recommender/yours.html", context)


@require_POST
@login_required
def personalisation(request):
    """Switch personal suggestions on or off."""
    profile = request.user.profile
    profile.personalised = request.POST.get("personalised") == "on"
    profile.save(update_fields=["personalised"])
    if profile.personalised:
        messages.success(request, _("Suggestions follow what you learn from now on."))
    else:
        messages.success(
            request, _("Suggestions show what is popular, and nothing is recorded for training.")
        )
    return redirect("recommender:yours")


@require_POST
@login_required
def afresh(request):
    """Forget the history for suggestions from this moment on; progress and credits stay."""
    profile = request.user.profile
    profile.history_from = timezone.now()
    profile.save(update_fields=["history_from"])
    Feedback.objects.filter(learner=request.user).delete()
    messages.success(request, _("Suggestions start afresh. Your progress and credits are untouched."))
    return redirect("recommender:yours")
