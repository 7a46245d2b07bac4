"""The learner's notices, newest first; opening the page marks them as read."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_GET

from notices.messages import mark_read


@require_GET
@login_required
def notices(request):
    page = Paginator(request.user.notices.all(), 25).get_page(request.GET.get("page"))
    # Read the rows before they are marked, so that new ones can still be told apart on this page.
    page.object_list = list(page.object_list)
    mark_read(learner=request.user)
    return render(request, "notices/notices.html", {"page": page})
