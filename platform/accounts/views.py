"""The learner's own pages: profile, what they tell about themselves, interests."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import AboutYouForm, InterestsForm, ProfileForm
from accounts.interests import choose


def _profile_page(request, *, form=None, about=None):
    profile = request.user.profile
    context = {
        "form": form or ProfileForm(instance=profile),
        "about": about or AboutYouForm(instance=profile, prefix="about"),
    }
    return render(request, "accounts/profile.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request):
    if request.method != "POST":
        return _profile_page(request)
    form = ProfileForm(request.POST, instance=request.user.profile)
    if not form.is_valid():
        return _profile_page(request, form=form)
    kept = form.save()
    # The time zone lives in the session too, where it costs no query on each page.
    request.session["timezone"] = kept.timezone
    response = redirect("accounts:profile")
    if kept.language:
        translation.activate(kept.language)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            kept.language,
            max_age=365 * 24 * 3600,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    messages.success(request, _("Your profile is saved."))
    return response


@require_POST
@login_required
def about_you(request):
    form = AboutYouForm(request.POST, instance=request.user.profile, prefix="about")
    if not form.is_valid():
        return _profile_page(request, about=form)
    form.save()
    if form.cleaned_data["demographics_consent"]:
        messages.success(request, _("Your answers are saved."))
    else:
        messages.success(request, _("Your answers are deleted."))
    return redirect("accounts:profile")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def interests(request):
    """Pick interests: right after registration (then `next` leads on, and skipping is fine), or later."""
    profile = request.user.profile
    target = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = ""
    if request.method == "POST":
        if "skip" in request.POST:
            choose(profile=profile, interests=profile.interests)
            return redirect(target or reverse("home"))
        form = InterestsForm(request.POST)
        if form.is_valid():
            choose(profile=profile, interests=form.cleaned_data["interests"])
            messages.success(request, _("Your interests are saved; suggestions follow them from now on."))
            return redirect(target or reverse("recommender:yours"))
    else:
        form = InterestsForm(initial={"interests": profile.interests})
    context = {"form": form, "next": target, "is_first": profile.interests_asked_at is None}
    return render(request, "accounts/interests.html", context)
