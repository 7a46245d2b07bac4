"""Pages of the admin under axe, in both themes: lists and forms of each make, and the pages of our own."""

import pytest
from django.test import Client
from django.urls import reverse

from chromium import ORIGIN, Chromium, violations
from credits.models import Entry
from quizzes.models import Question

pytestmark = pytest.mark.browser

# What only Django or django-import-export can mend: the boxes that move names from one list to another,
# the list in which an autocomplete keeps its choices, and the list around "Add" beside "Import".
THEIRS = ("select2-selection__rendered", "search-label-icon", 'placeholder="Filter"', "object-tools")


@pytest.fixture(scope="module")
def browser():
    browser = Chromium()
    yield browser
    browser.close()


def addresses(world):
    """Lists and forms of each make, and the pages that are ours."""
    yield reverse("admin:index")
    for name in (
        "courses_course",
        "courses_topic",
        "quizzes_attempt",
        "jobs_job",
        "recommender_modelversion",
    ):
        yield reverse(f"admin:{name}_changelist")
    for row in (world.course, world.lesson, world.quiz, world.done, world.comment, world.learner):
        yield reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    yield reverse("admin:quizzes_question_change", args=[Question.objects.first().pk])
    yield reverse("admin:credits_entry_change", args=[Entry.objects.first().pk])
    for name in ("outline", "ready", "versions"):
        yield reverse(f"admin:courses_course_{name}", args=[world.course.pk])
    for name in ("statistics", "regrade"):
        yield reverse(f"admin:quizzes_quiz_{name}", args=[world.quiz.pk])
    yield reverse("gradebook", args=[world.course.pk])
    for name in ("announcement", "admin:quizzes_questionbank_import", "admin:quizzes_attempt_queue"):
        yield reverse(name)
    yield reverse("admin:exchange_courseimport_add")
    yield reverse("admin:credits_account_adjust", args=[world.learner.credit_account.pk])


def test_admin_is_accessible(db, world, browser):
    targets = list(addresses(world))
    client = Client()
    client.force_login(world.admin)

    def look(page):
        found = {}
        for target in targets:
            page.goto(ORIGIN + target)
            lines = violations(page) + page.problems
            page.evaluate("document.documentElement.classList.add('dark')")
            lines += [f"dark {line}" for line in violations(page, rules=["color-contrast"])]
            if lines := [line for line in lines if not any(part in line for part in THEIRS)]:
                found[target] = lines
            page.problems.clear()
        return found

    found = browser.run(look, client)
    assert not found, "\n".join("\n  ".join([target, *lines]) for target, lines in found.items())
