"""The learner's own data: everything as a ZIP, and erasure after a fresh sign-in."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from embark import privacy


@require_GET
@login_required
def download(request):
    response = HttpResponse(privacy.export(request.user), content_type="application/zip")
    day = timezone.localdate().isoformat()
    response["Content-Disposition"] = f'attachment; filename="embark-{day}.zip"'
    return response


@require_http_methods(["GET", "POST"])
@login_required
@reauthentication_required
def erase(request):
    """Ask once more, then erase. Staff are refused: another admin removes their rights first."""
    if request.user.is_staff:
        messages.error(request, _("An account with admin rights can't be erased: give up the rights first."))
        return redirect("accounts:profile")
    if request.method == "POST" and request.POST.get("confirm") == "yes":
        learner = request.user
        logout(request)
        privacy.erase(learner)
        messages.success(request, _("Your account and everything about you is erased."))
        return redirect("home")
    return render(request, "embark/erase.html")
