"""The pages of terms and privacy."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from embark import legal
from embark.models import LegalText


@require_safe
def terms(request):
    return _page(request, LegalText.Page.TERMS)


@require_safe
def privacy(request):
    return _page(request, LegalText.Page.PRIVACY)


def _page(request, page):
    return render(request, "embark/legal.html", {"title": page.label, "text": legal.text(page)})
