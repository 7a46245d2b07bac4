"""The search of large lists finds what Django's own finds, row by row."""

import pytest
from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts import searching
from accounts.models import User
from activity.models import Event, Impression, Kind, Verb
from courses import discussion, enrolment
from courses.models import Comment, Enrolment
from credits import ledger
from credits.models import Account, Entry
from notices.messages import notify
from notices.models import Notice
from world import build_course

pytestmark = pytest.mark.django_db

WORDS = [
    "",
    "ada",
    "GRACE",
    "example.org",
    "sail",
    "ada sail",
    "sail ada example",
    '"the wind"',
    "quiz:7",
    "quiz",
    "nobody",
    "100%",
    "o'brien",
    "_",
]


@pytest.fixture
def rows(learner, other_learner):
    for number, person in enumerate((learner, other_learner), start=1):
        for title in ("Sailing", "Spying"):
            course = build_course(f"{title} {number}", topic=f"{title} {number}")
            enrolment.enrol(learner=person, course=course)
            discussion.post(
                lesson=course.lessons.first(), author=person, body=f"Where is the wind, {number}?"
            )
        ledger.award(learner=person, amount=5, reason="first_pass", source=f"quiz:{6 + number}")
        notify(learner=person, kind="announcement", title=f"Sail away {number}")


@pytest.mark.parametrize("most", [0, 1, 2_000])
@pytest.mark.parametrize("model", [Enrolment, Comment, Entry, Account, Notice])
def test_a_search_in_two_steps_finds_what_one_does(rows, monkeypatch, model, most):
    """With few keys, with as many as are too many, and without any."""
    monkeypatch.setattr(searching, "MOST_KEYS", most)
    page = admin.site.get_model_admin(model)
    assert isinstance(page, searching.TwoStepSearch)
    request = RequestFactory().get("/")
    request.user = User.objects.create_superuser("boss@example.org", "correct horse battery")
    for words in WORDS:
        everything = page.get_queryset(request)
        found, _twice = page.get_search_results(request, everything, words)
        plain, _twice = ModelAdmin.get_search_results(page, request, everything, words)
        assert sorted(found.values_list("pk", flat=True)) == sorted(
            set(plain.values_list("pk", flat=True))
        ), words


def test_the_ledger_shows_what_each_entry_moved(rows, admin):
    client = Client()
    client.force_login(admin)
    ledger.spend(learner=User.objects.get(email="ada@example.org"), amount=3, reason="hint", source="hint:1")
    page = client.get(reverse("admin:credits_entry_changelist"))
    assert [entry.amount for entry in page.context["cl"].result_list] == [-3, 5, 5]


def test_comments_count_their_open_reports(rows, admin, learner, other_learner):
    comment = Comment.objects.filter(author=learner).first()
    discussion.report(comment=comment, reporter=other_learner)
    client = Client()
    client.force_login(admin)
    page = client.get(reverse("admin:courses_comment_changelist"), {"o": "-5"})
    assert [row.open_reports for row in page.context["cl"].result_list] == [1, 0, 0, 0]


@pytest.mark.parametrize("model", [Event, Impression])
def test_logs_are_searched_by_the_number_of_a_learner(admin, learner, other_learner, model):
    for person in (learner, other_learner):
        shared = {"recorded_at": timezone.now(), "learner_id": person.pk, "kind": Kind.COURSE, "object_id": 1}
        if model is Event:
            Event.objects.create(**shared, verb=Verb.VIEWED)
        else:
            Impression.objects.create(
                **shared, placement="home", position=1, source="popular", model_version="", probability=1
            )
    client = Client()
    client.force_login(admin)
    page = reverse(f"admin:activity_{model._meta.model_name}_changelist")
    for words, expected in (
        (str(learner.pk), {learner.pk}),
        ("ada", set()),
        ("9" * 30, set()),
        ("", {learner.pk, other_learner.pk}),
    ):
        answer = client.get(page, {"q": words})
        assert {row.learner_id for row in answer.context["cl"].result_list} == expected, words


def test_sessions_are_searched_by_who_they_belong_to(admin, learner):
    client = Client()
    client.force_login(admin)
    answer = client.get(reverse("admin:usersessions_usersession_changelist"), {"q": "ada"})
    assert answer.status_code == 200
