"""The living style page: every component in every state, for those who write templates."""

from datetime import timedelta
from types import SimpleNamespace

from django import forms
from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

COLOURS = [
    "paper", "surface", "sunken", "ink", "ink-soft", "line", "line-strong", "accent", "accent-soft",
    "gold", "gold-soft", "good", "good-soft", "bad", "bad-soft",
]  # fmt: skip


class ExampleForm(forms.Form):
    name = forms.CharField(label="Name shown to others", help_text="Others see it beside your comments.")
    level = forms.ChoiceField(choices=[("beginner", "Beginner"), ("advanced", "Advanced")])
    about = forms.CharField(label="About you", widget=forms.Textarea, required=False)
    pace = forms.ChoiceField(
        label="Days a week", widget=forms.RadioSelect, choices=[(2, "Two"), (3, "Three"), (5, "Five")]
    )
    news = forms.BooleanField(label="Send me a digest", required=False, help_text="Once a week, on Mondays.")


def _course(slug, title, **more):
    fields = {
        "summary": "Variables, loops and functions, step by step, each with something to try at once.",
        "get_level_display": "Beginner",
        "get_absolute_url": "#top",
        "provider": "Open School",
        "price": 0,
        "estimated_minutes": 190,
    }
    return SimpleNamespace(slug=slug, title=title, **(fields | more))


@require_GET
@staff_member_required
def styleguide(request):
    if "toasts" in request.GET:
        messages.success(request, "Your interests are saved.")
        messages.error(request, "This code has expired. Ask for a new one.")
    invalid = ExampleForm({"name": "", "level": "beginner", "pace": 3}, auto_id="invalid_%s")
    context = {
        "colours": COLOURS,
        "form": ExampleForm(),
        "invalid": invalid,
        "form_errors": ["This address and this password do not go together."],
        "courses": [
            _course("python-first-steps", "Python, first steps"),
            _course(
                "statistics-for-the-curious", "Statistics for the curious", price=40, estimated_minutes=60
            ),
            _course(
                "a-very-long-title",
                "A title so long that a card has to show what it does with very long titles",
            ),
        ],
        "covers": [f"example-{number}" for number in range(16)],
        "quiz": SimpleNamespace(
            slug="loops", title="Loops and ranges", credits=10, description="Five short questions on loops."
        ),
        "page": Paginator(range(200), 10).page(6),
        "crumbs": [("Home", "/"), ("Courses", "/courses/"), ("Python, first steps", "")],
        "tabs": [("Style guide", request.path), ("Another page", "/"), ("A third", "/search/")],
        "columns": ["Quiz", "Day", "Credits"],
        "numeric_columns": [3],
        "rows": [["Loops and ranges", "12 May", 10], ["Functions", "19 May", 15]],
        "outline": {
            "sections": [
                {
                    "title": "Getting started",
                    "slug": "getting-started",
                    "is_drawn": True,
                    "lessons": [
                        {"title": "Hello, world", "url": "#1", "minutes": 6, "done": True},
                        {"title": "Names and values", "url": "#2", "minutes": 9, "current": True},
                    ],
                },
                {
                    "title": "Going round",
                    "slug": "going-round",
                    "is_drawn": True,
                    "lessons": [
                        {"title": "Loops", "url": "#3", "minutes": 12},
                        {"title": "Functions", "url": "#4", "minutes": 14, "locked": True},
                    ],
                },
            ],
        },
        "choices": [
            {"value": "a", "html": "It visits each item once", "checked": True},
            {"value": "b", "html": "It runs until a condition turns false"},
            {"value": "c", "html": "It copies the list"},
        ],
        "marked": [
            {"value": "a", "html": "It visits each item once", "state": "right"},
            {
                "value": "b",
                "html": "It runs until a condition turns false",
                "checked": True,
                "state": "wrong",
                "feedback": "That is a while loop.",
            },
            {"value": "c", "html": "It copies the list"},
        ],
        "questions": [
            {"number": 1, "url": "#q1", "state": "answered"},
            {"number": 2, "url": "#q2", "state": "answered", "flagged": True},
            {"number": 3, "url": "#q3", "current": True},
            {"number": 4, "url": "#q4"},
            {"number": 5, "url": "#q5", "state": "right"},
            {"number": 6, "url": "#q6", "state": "wrong"},
        ],
        "ends_at": timezone.now() + timedelta(minutes=12),
        "previous_page": {"title": "Hello, world", "url": "#1"},
        "next_page": {"title": "Loops", "url": "#3"},
    }
    return render(request, "embark/styleguide.html", context)
