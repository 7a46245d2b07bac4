"""The audit log: every edit is in it with its author, nobody changes it, and learners pay nothing for it."""

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pghistory.core import event_models

from accounts.models import User
from courses import authoring
from courses.models import Course
from credits.models import Rules
from embark import privacy
from embark.audit import forgetting, reading
from embark.models import Change
from quizzes.models import Quiz
from routes import TABLE, address
from world import build_course

LOG = reverse("admin:embark_change_changelist")


def client_of(user):
    client = Client(REMOTE_ADDR="203.0.113.77")
    client.force_login(user)
    return client


def told(**conditions):
    """The newest change that fits, in words."""
    return reading.tell(Change.objects.filter(**conditions).order_by("-at", "-number")[:1])[0]


@pytest.fixture
def course(db):
    return build_course("Numbers", topic="Mathematics", price=5)


@pytest.fixture
def boss(admin):
    return client_of(admin)


def set_daily_cap(client, credits):
    client.get("/admin/credits/rules/")  # the first look makes the row
    client.post("/admin/credits/rules/1/change/", {"daily_cap": credits, "perfect_credits": 0,
        "improvement_credits": 0, "streak_days": 7, "streak_credits": 5, "one_admin_up_to": "",
        "expiry_notice_days": 14})  # fmt: skip


def test_an_edit_in_the_admin_is_written_down_with_who_and_where_from(admin, boss, course):
    page = boss.get(f"/admin/courses/course/{course.pk}/change/").content.decode()
    assert 'name="title"' in page
    answer = boss.post(
        f"/admin/courses/course/{course.pk}/outline/",
        {"act": "add_section", "title": "Another"},
        headers={"X-Request-ID": "request-of-this-test"},
    )
    assert answer.status_code == 302
    change = told(kind="courses.section", name="Another")
    assert (change.act, change.user, change.request) == ("added", admin, "request-of-this-test")
    assert change.network == "203.0.113.0/24", "where from, and not who exactly"
    assert change.said["title"] == "Another"


def test_a_change_says_before_and_afterwards_even_of_a_row_older_than_its_log(admin, boss, course):
    Course.objects.filter(pk=course.pk).update(price=7)
    Course.objects.filter(pk=course.pk).update(price=9, title="Numerals")
    first, second = reading.tell(
        Change.objects.filter(kind="courses.course", object_id=course.pk, act="changed").order_by("number")
    )[-2:]
    assert [(f.label, f.before, f.after) for f in first.told.fields] == [("Price", "5", "7")]
    assert {(f.label, f.before, f.after) for f in second.told.fields} == {
        ("Title", "Numbers", "Numerals"),
        ("Price", "7", "9"),
    }
    assert first.user is None, "outside of a request nobody is named"
    assert "Price: “5” → “7”" in first.told.sentence


def test_what_is_removed_can_still_be_read(course):
    lesson = course.lessons.first()
    blocks = [block.pk for block in lesson.blocks.all()]
    authoring.set_blocks(lesson=lesson, blocks=[])
    change = told(kind="courses.block", act="removed", object_id=blocks[0])
    assert change.said["source"].startswith("# Numbers")
    assert change.told.parent == lesson.title


@pytest.mark.django_db
def test_rights_of_people_and_roles_are_written_down(admin, learner):
    role = Group.objects.create(name="Proof-reader")
    permission = Permission.objects.get(codename="view_course")
    role.permissions.add(permission)
    learner.groups.add(role)
    learner.is_staff = True
    learner.save()
    learner.groups.remove(role)
    about = Change.objects.about("accounts.user", learner.pk)
    assert {(change.kind, change.act) for change in about} == {
        ("accounts.user_groups", "added"),
        ("accounts.user", "changed"),
        ("accounts.user_groups", "removed"),
    }
    assert "Proof-reader" in told(kind="accounts.user_groups", act="added").told.sentence
    assert permission.name in told(kind="auth.group_permissions", act="added").told.sentence
    assert told(kind="accounts.user").told.fields[0].after == "yes"


@pytest.mark.django_db
def test_learners_leave_no_line_and_secrets_no_trace(learner, course):
    learner.display_name = "Countess"
    learner.set_password("another horse battery")
    learner.save()
    assert not Change.objects.filter(kind="accounts.user").exists()
    Course.objects.filter(pk=course.pk).update(learner_count=5, rating_sum=3)
    before = Change.objects.count()
    quiz = Quiz.objects.create(title="Exam", slug="exam", password="sesame")
    quiz.password = "open sesame"
    quiz.save()
    assert Change.objects.count() == before + 1, "the quiz itself alone"
    kept = {column.name for table in event_models() for column in reading.columns_of(table)}
    assert (
        kept & {"password", "email", "display_name", "sha256", "html", "search_vector", "updated_at"} == set()
    )


@pytest.mark.django_db
def test_the_database_refuses_to_change_or_delete_what_is_written_down(course):
    Rules.objects.create(pk=1, daily_cap=5)
    tables = [table for table in event_models() if table.objects.exists()]
    assert len(tables) > 5
    for table in tables:
        name = connection.ops.quote_name(table._meta.db_table)
        for statement in (f"UPDATE {name} SET pgh_label = 'removed'", f"DELETE FROM {name}"):
            with (
                pytest.raises(DatabaseError, match="Cannot update or delete"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)
    assert {table._meta.db_table for table in event_models()} == _protected()


def _protected():
    """The tables with a trigger that refuses."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'pgtrigger_append_only%'"
            " AND tgenabled = 'O'"
        )
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.django_db
def test_the_view_reads_every_table_of_changes():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_viewdef('embark_change'::regclass)")
        [(definition,)] = cursor.fetchall()
    branches = dict(
        zip(
            re.findall(r"'([a-z_.]+):'::text \|\|", definition),
            re.findall(r"FROM (\w+) changes", definition),
            strict=True,
        )
    )
    assert branches == {kind: table._meta.db_table for kind, table in reading.tables().items()}


def test_no_page_of_the_admin_changes_it(boss, course):
    change = Change.objects.filter(kind="courses.course").latest("at")
    place = reverse("admin:embark_change_change", args=[change.pk])
    page = boss.get(place).content.decode()
    assert "Numbers" in page
    assert 'name="_save"' not in page
    assert "deletelink" not in page
    assert boss.get(reverse("admin:embark_change_add")).status_code == 403
    assert boss.post(reverse("admin:embark_change_delete", args=[change.pk])).status_code == 403
    boss.post(place, {"name": "Forged", "act": "removed"})
    boss.post(LOG, {"action": "delete_selected", "_selected_action": [change.pk], "post": "yes"})
    assert Change.objects.get(pk=change.pk).name == "Numbers"
    for number in ("nonsense", "courses.course:x", "courses.course:99999999"):
        assert boss.get(reverse("admin:embark_change_change", args=[number])).status_code in (302, 404)


def test_the_log_is_found_from_the_object_and_by_kind_person_and_time(admin, boss, course):
    lesson = course.lessons.first()
    boss.post(f"/admin/courses/course/{course.pk}/outline/", {"act": "add_section", "title": "By the boss"})
    to_log = boss.get(f"/admin/courses/course/{course.pk}/history/")
    assert to_log.url == f"{LOG}?about=courses.course%3A{course.pk}"
    page = boss.get(to_log.url).content.decode()
    assert "Mathematics" not in page
    assert lesson.title in page, "what is a part of it is in its log"
    assert "By the boss" in page
    today = timezone.localdate()

    def shown(**query):
        rows = boss.get(LOG, query).content.decode()
        return "By the boss" in rows, "Mathematics" in rows

    assert shown() == (True, True)
    assert shown(kind="courses.topic") == (False, True)
    assert shown(user__id__exact=admin.pk) == (True, False)
    assert shown(q="boss") == (True, False)
    assert shown(at_from=today + timedelta(days=2)) == (False, False)
    assert shown(act__exact="removed") == (False, False)


def test_who_may_not_see_the_log_keeps_the_history_of_the_admin(course):
    author = User.objects.create_user("author@example.org", is_staff=True)
    author.user_permissions.add(*Permission.objects.filter(codename__in=["view_course", "change_course"]))
    course.author_roles.create(user=author, role="owner")
    client = client_of(author)
    assert client.get(LOG).status_code == 403
    assert client.get(f"/admin/courses/course/{course.pk}/history/").status_code == 200


def test_a_page_of_the_log_takes_few_queries_whatever_is_on_it(boss, course):
    build_course("Letters", topic="Literature")
    Rules.objects.create(pk=1)
    Rules.objects.update(daily_cap=3)
    Course.objects.update(level="advanced", language="de")
    Quiz.objects.create(title="Exam", slug="exam", course=course)
    Quiz.objects.update(credits=3)
    Group.objects.create(name="Some").permissions.set(Permission.objects.all()[:3])
    boss.get(LOG)
    with CaptureQueriesContext(connection) as queries:
        page = boss.get(LOG)
    assert "Daily" in page.content.decode() or "credits a day" in page.content.decode()
    assert len(queries) <= 10


@pytest.mark.django_db
def test_after_erasure_the_log_holds_a_number_and_no_name(admin, boss):
    editor = User.objects.create_user("edna@example.org", display_name="Edna Editor", is_staff=True)
    editor.is_superuser = True
    editor.save()
    set_daily_cap(client_of(editor), 77)
    assert "Edna Editor" in boss.get(LOG).content.decode()
    assert "Edna" in str(reading.tell(Change.objects.filter(user=editor))[0].user)
    editor.is_staff = editor.is_superuser = False
    editor.save()
    privacy.erase(editor)
    page = boss.get(LOG).content.decode()
    assert "Edna" not in page
    assert f"learner {editor.pk}" in page
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(change::text, ' ') FROM embark_change change")
        [(everything,)] = cursor.fetchall()
    assert "edna" not in everything.lower()


@pytest.mark.django_db
def test_what_somebody_changed_is_in_what_they_can_take_along(admin):
    set_daily_cap(client_of(admin), 12)
    with zipfile.ZipFile(io.BytesIO(privacy.export(admin))) as archive:
        [change] = json.loads(archive.read("audit_log.json"))
    assert (change["kind"], change["act"], change["network"]) == (
        "credits.rules",
        "changed",
        "203.0.113.0/24",
    )


@pytest.mark.django_db
def test_changes_are_forgotten_when_they_were_kept_long_enough(course):
    count = Change.objects.count()
    assert forgetting.forget(before=timezone.now() - timedelta(days=1)) == 0
    assert Change.objects.count() == count
    assert forgetting.forget(before=timezone.now() + timedelta(days=1)) == count
    assert not Change.objects.exists()


@pytest.mark.django_db
def test_a_learners_request_takes_no_query_more_for_the_log(world, settings):
    """The same posts, with the log's middleware and without it."""

    def statements():
        counts = {}
        for route in TABLE:
            if route.post is None:
                continue
            client = Client()
            client.force_login(world.learner)
            with transaction.atomic():
                with CaptureQueriesContext(connection) as queries:
                    client.post(address(world, route), route.post, content_type=route.content_type)
                transaction.set_rollback(True)
            counts[route.name] = len(queries)
        return counts

    statements()  # fills what a process keeps
    with_log = statements()
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.startswith("embark.audit")]
    assert with_log == statements()
