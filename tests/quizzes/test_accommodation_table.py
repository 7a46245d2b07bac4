"""A school's list of learners with more time or more attempts, uploaded in the admin."""

from datetime import datetime

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts.models import User
from quizzes.models import Accommodation
from tables import confirm, exported, sentences, upload

pytestmark = pytest.mark.django_db
TABLE = "quizzes_accommodation"
COLUMNS = ["email", "quiz", "extra_time_percent", "extra_attempts", "extra_days", "closes_at", "note"]
HEAD = ",".join(COLUMNS) + "\n"


@pytest.fixture
def office(client, admin):
    client.force_login(admin)
    return client


def rows():
    return list(
        Accommodation.objects.order_by("pk").values_list(
            "learner__email", "quiz__slug", "extra_time_percent", "extra_attempts", "extra_days", "note"
        )
    )


def test_accommodations_are_kept_after_a_preview(office, quiz, learner, other_learner):
    table = f"{HEAD}ada@example.org,,50,,,,Needs breaks\ngrace@example.org,loops,0,2,7,2026-03-31 18:00,\n"
    preview = upload(office, TABLE, table)
    assert sentences(preview) == {}
    assert rows() == []
    confirm(office, TABLE, preview)
    assert rows() == [
        ("ada@example.org", None, 50, 0, 0, "Needs breaks"), ("grace@example.org", "loops", 0, 2, 7, ""),
    ]  # fmt: skip
    closes_at = Accommodation.objects.get(learner=other_learner).closes_at
    assert closes_at == timezone.make_aware(datetime(2026, 3, 31, 18))


def test_a_row_replaces_what_was_there_for_the_learner_and_quiz(office, quiz, learner):
    Accommodation.objects.create(learner=learner, quiz=quiz, extra_time_percent=10, extra_days=3, note="old")
    Accommodation.objects.create(learner=learner, extra_time_percent=25)
    confirm(office, TABLE, upload(office, TABLE, f"{HEAD}ada@example.org,loops,50,1,2,,new\n"))
    assert rows() == [
        ("ada@example.org", "loops", 50, 1, 2, "new"), ("ada@example.org", None, 25, 0, 0, ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        ("nobody@example.org,,50,,,,", "email", "There is no learner with the address nobody@example.org."),
        ("ada,,50,,,,", "email", "“ada” is no e-mail address."),
        ("ada@example.org,knots,50,,,,", "quiz", "There is no quiz “knots” that you may edit."),
        ("ada@example.org,,-5,,,,", "extra_time_percent", "“-5” is no whole number from 0 to 1000."),
        ("ada@example.org,,5.5,,,,", "extra_time_percent", "“5.5” is no whole number from 0 to 1000."),
        ("ada@example.org,,,101,,,", "extra_attempts", "“101” is no whole number from 0 to 100."),
        ("ada@example.org,,,,366,,", "extra_days", "“366” is no whole number from 0 to 365."),
        (
            "ada@example.org,loops,,,,next week,",
            "closes_at",
            "“next week” is no date with a time: write it like 2026-03-31 18:00.",
        ),
        (
            "ada@example.org,loops,,,,2026-02-31 18:00,",
            "closes_at",
            "“2026-02-31 18:00” is no date with a time: write it like 2026-03-31 18:00.",
        ),
        (
            "ada@example.org,,,,,2026-03-31 18:00,",
            "closes_at",
            "A closing time belongs to one quiz: name it.",
        ),
        (f"ada@example.org,,,,,,{'x' * 301}", "note", "A note has at most 300 characters."),
    ],
)
def test_a_wrong_row_says_why_and_keeps_the_whole_table_out(office, quiz, learner, row, column, sentence):
    preview = upload(office, TABLE, f"{HEAD}ada@example.org,loops,20,,,,\n{row}\n")
    assert sentences(preview) == {2: {column: [sentence]}}
    assert "confirm_form" not in preview.context
    assert rows() == []


def test_who_may_not_edit_a_quiz_may_not_change_what_holds_for_it(client, quiz, learner):
    clerk = User.objects.create_user("clerk@example.org", is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(codename__endswith="_accommodation"))
    client.force_login(clerk)
    table = f"{HEAD}ada@example.org,loops,50,,,,\nada@example.org,,50,,,,\n"
    assert sentences(upload(client, TABLE, table)) == {
        1: {"quiz": ["There is no quiz “loops” that you may edit."]},
        2: {"quiz": ["Name a quiz: you may not change what holds for every quiz."]},
    }


def test_an_exported_table_can_be_read_back(office, quiz, learner):
    Accommodation.objects.create(
        learner=learner, quiz=quiz, extra_attempts=1, extra_days=4, closes_at=timezone.now(), note="@home"
    )
    [row] = exported(office, TABLE, COLUMNS)
    assert row["note"] == "'@home"
    preview = upload(office, TABLE, HEAD + ",".join(row.values()) + "\n")
    assert preview.context["result"].totals["skip"] == 1
