"""The learner's notices, what they want by mail, and the link that ends mails."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.core.signing import BadSignature
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from notices import unsubscribing
from notices.forms import PreferenceForm
from notices.messages import mark_read, preference_of


@require_GET
@login_required
def notices(request):
    """Newest first; opening the page marks them as read."""
    page = Paginator(request.user.notices.all(), 25).get_page(request.GET.get("page"))
    # Read the rows before they are marked, so that new ones can still be told apart on this page.
    page.object_list = list(page.object_list)
    mark_read(learner=request.user)
    return render(request, "notices/notices.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def preferences(request):
    kept = preference_of(request.user)
    form = PreferenceForm(request.POST or None, instance=kept)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your choice is saved."))
        return redirect("notices:preferences")
    return render(request, "notices/preferences.html", {"form": form})


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request, token):
    """The link of a mail. A GET asks, since mail servers open links to look at them; a POST acts at once.

    Mail programs post without cookies: the signed token stands for the CSRF token, too.
    """
    try:
        learner, kind = unsubscribing.read(token)
    except (BadSignature, User.DoesNotExist) as error:
        raise Http404(_("This link is damaged: copy it whole from the mail.")) from error
    done = request.method == "POST"
    if done:
        unsubscribing.unsubscribe(learner=learner, kind=kind)
    return render(request, "notices/unsubscribe.html", {"kind": kind, "done": done})
