"""What the admin's command palette finds besides its pages: courses, quizzes, learners and jobs by name.

Each kind is searched only for who may view it in the admin, and only among what they see there.
"""

from django.db.models import TextField, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.dataclasses import SearchResult

from accounts.models import User
from courses.models import Course
from jobs.models import Job
from quizzes.models import Quiz

EACH = 5


def find(request, words):
    """Unfold's COMMAND["search_callback"]: at most EACH results of a kind, all words in any order."""
    words = words.split()
    return [
        SearchResult(
            title=str(item),
            description=description,
            link=reverse(f"admin:{item._meta.app_label}_{item._meta.model_name}_change", args=[item.pk]),
            icon=icon,
        )
        for description, icon, rows in _kinds(request.user)
        for item in _matching(rows, words)
    ]


def _kinds(user):
    """(name, icon, rows with their `text`) of what the person may view."""
    person = Concat("display_name", Value(" "), "email", output_field=TextField())
    if user.has_perm("courses.view_course"):
        yield _("course"), "menu_book", Course.objects.editable_by(user).alias(text=_text("title"))
    if user.has_perm("quizzes.view_quiz"):
        yield _("quiz"), "quiz", Quiz.objects.editable_by(user).alias(text=_text("title"))
    if user.has_perm("accounts.view_user"):
        yield _("learner"), "group", User.objects.order_by("pk").alias(text=person)
    if user.has_perm("jobs.view_job"):
        yield _("job"), "pending_actions", Job.objects.order_by("-pk").alias(text=_text("title"))


def _text(column):
    return Concat(column, Value(""), output_field=TextField())


def _matching(rows, words):
    for word in words:
        rows = rows.filter(text__icontains=word)
    return rows[:EACH] if words else rows.none()
