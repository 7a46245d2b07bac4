"""The calendar of due dates: what calendar programs read, and the button that makes its address."""

import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.signing import BadSignature
from django.http import Http404
from django.shortcuts import redirect
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from quizzes import due_calendar
from quizzes.models import DueCalendar


class CalendarRenderer(JSONRenderer):
    """The text of a calendar as it is; the problem of a request that got none as JSON."""

    media_type = "text/calendar"
    format = "ics"
    charset = "utf-8"

    def render(self, data, *args, **kwargs):
        return data if isinstance(data, str) else super().render(data, *args, **kwargs)


class Feed(APIView):
    """Read by programs that know the address and have no session. A view of the API for its limits alone."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (CalendarRenderer,)
    schema = None

    def perform_content_negotiation(self, request, force=False):
        # Whatever a calendar program says it accepts.
        return CalendarRenderer(), CalendarRenderer.media_type

    def get(self, request, token):
        try:
            calendar = due_calendar.read(token)
        except (BadSignature, ValueError, TypeError, DueCalendar.DoesNotExist) as error:
            raise Http404 from error
        text = due_calendar.text(calendar)
        etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
        response = get_conditional_response(request, etag=etag) or Response(text)
        response["ETag"] = etag
        response["Cache-Control"] = "private, no-cache"
        response["Referrer-Policy"] = "no-referrer"
        return response


@require_POST
@login_required
def change(request):
    """Make an address or a new one, or (`act` is "end") switch the calendar off."""
    if request.POST.get("act") == "end":
        due_calendar.end(learner=request.user)
        messages.success(request, _("The calendar is switched off: its address leads nowhere any more."))
    else:
        due_calendar.renew(learner=request.user)
        messages.success(request, _("Your calendar has a new address. Subscribe to it in your calendar."))
    return redirect("notices:preferences")
