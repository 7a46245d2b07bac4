"""A school's list of who learns what, uploaded in the admin."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from courses import authoring, enrolment
from courses.models import Cohort, Enrolment
from credits import ledger
from tables import confirm, exported, sentences, upload
from world import build_course

pytestmark = pytest.mark.django_db
TABLE = "courses_enrolment"
HEAD = "email,name,course,cohort\n"


@pytest.fixture
def course():
    course = build_course("Numbers", topic="Mathematics")
    for name in ("Monday", "Friday"):
        Cohort.objects.create(course=course, name=name, starts_at=timezone.now() + timedelta(days=1))
    return course


@pytest.fixture
def office(client, admin):
    client.force_login(admin)
    return client


def rows():
    enrolments = Enrolment.objects.active().order_by("learner__email")
    return list(enrolments.values_list("learner__email", "course__slug", "cohort__name"))


def test_a_class_is_enrolled_after_a_preview(office, course, learner):
    table = f"{HEAD}Ada@Example.org,Somebody,numbers,Monday\nnew@example.org,New Person,numbers,\n"
    preview = upload(office, TABLE, table)
    assert sentences(preview) == {}
    assert rows() == []  # a preview keeps nothing
    assert not User.objects.filter(email="new@example.org").exists()
    confirm(office, TABLE, preview)
    assert rows() == [("ada@example.org", "numbers", "Monday"), ("new@example.org", "numbers", None)]
    new = User.objects.get(email="new@example.org")
    assert new.display_name == "New Person"
    assert not new.has_usable_password()
    assert new.profile is not None
    learner.refresh_from_db()
    assert learner.display_name == "Ada"  # a learner's name is theirs
    course.refresh_from_db()
    assert course.learner_count == 2


def test_an_enrolled_learner_changes_the_group_and_keeps_the_rest(office, course, learner):
    cohort = course.cohorts.get(name="Monday")
    made, _created = enrolment.enrol(learner=learner, course=course, cohort=cohort)
    Enrolment.objects.update(percent=40)
    confirm(office, TABLE, upload(office, TABLE, f"{HEAD}ada@example.org,,numbers,Friday\n"))
    assert rows() == [("ada@example.org", "numbers", "Friday")]
    kept = Enrolment.objects.get()
    assert (kept.pk, kept.percent) == (made.pk, 40)
    confirm(office, TABLE, upload(office, TABLE, f"{HEAD}ada@example.org,,numbers,\n"))
    assert rows() == [("ada@example.org", "numbers", "Friday")]


def test_the_same_table_twice_changes_nothing(office, course):
    table = f"{HEAD}new@example.org,New,numbers,Monday\nnew@example.org,New,numbers,Monday\n"
    for _time in range(2):
        confirm(office, TABLE, upload(office, TABLE, table))
    assert rows() == [("new@example.org", "numbers", "Monday")]
    course.refresh_from_db()
    assert course.learner_count == 1


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        ("ada,,numbers,", "email", "“ada” is no e-mail address."),
        ("closed@example.org,,numbers,", "email", "The account of closed@example.org is closed."),
        ("ada@example.org,,letters,", "course", "There is no course “letters” that you may edit."),
        ("ada@example.org,,numbers,Sunday", "cohort", "The course has no group “Sunday”."),
        ("ada@example.org,,novels,", "course", "“novels” costs credits: learners unlock it themselves."),
        ("ada@example.org,,draft,", "course", "This course is not open yet."),
        (f"new@example.org,{'x' * 81},numbers,", "name", "A name has at most 80 characters."),
    ],
)
def test_a_wrong_row_says_why_and_keeps_the_whole_table_out(office, course, learner, row, column, sentence):
    User.objects.create_user("closed@example.org", is_active=False)
    build_course("Novels", topic="Literature", price=25)
    authoring.create_course(title="Draft", summary="", status="draft")
    preview = upload(office, TABLE, f"{HEAD}good@example.org,Good,numbers,\n{row}\n")
    assert sentences(preview) == {2: {column: [sentence]}}
    assert "confirm_form" not in preview.context
    assert rows() == []


def test_a_table_without_its_columns_is_refused_in_a_sentence(office, course):
    preview = upload(office, TABLE, "email,course\nada@example.org,numbers\n")
    page = preview.content.decode()
    assert "The table needs the columns email, name, course, cohort; name, cohort is missing." in page
    assert "Traceback" not in page


def test_a_confirmation_whose_preview_is_over_asks_for_the_table_again(office, course):
    preview = upload(office, TABLE, f"{HEAD}new@example.org,New,numbers,\n")
    confirm(office, TABLE, preview)
    again = confirm(office, TABLE, preview)
    assert "This preview is over: upload the table again." in again.content.decode()
    assert len(rows()) == 1


def test_a_table_takes_no_credits(office, course, learner):
    priced = build_course("Novels", topic="Literature", price=25)
    ledger.award(learner=learner, amount=30, reason="streak", source="streak:1")
    upload(office, TABLE, f"{HEAD}ada@example.org,,{priced.slug},\n")
    assert ledger.balance(learner) == 30


def test_an_author_enrols_known_learners_in_own_courses(client, course, learner):
    author = User.objects.create_user("author@example.org", is_staff=True)
    author.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_enrolment", "add_enrolment", "view_course"])
    )
    client.force_login(author)
    own = build_course("Letters", topic="Literature", author=author)
    table = (
        f"{HEAD}ada@example.org,,{own.slug},\nada@example.org,,numbers,\nnew@example.org,New,{own.slug},\n"
    )
    assert sentences(upload(client, TABLE, table)) == {
        2: {"course": ["There is no course “numbers” that you may edit."]},
        3: {"email": ["new@example.org is no learner yet, and you may not add people."]},
    }
    confirm(client, TABLE, upload(client, TABLE, f"{HEAD}ada@example.org,,{own.slug},\n"))
    assert rows() == [("ada@example.org", own.slug, None)]


def test_who_may_only_look_may_not_upload(client, course):
    viewer = User.objects.create_user("viewer@example.org", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_enrolment"))
    client.force_login(viewer)
    assert client.get(reverse("admin:courses_enrolment_import")).status_code == 403


def test_an_exported_table_can_be_read_back(office, course, learner):
    User.objects.filter(pk=learner.pk).update(display_name="=1+1")
    enrolment.enrol(learner=learner, course=course, cohort=course.cohorts.get(name="Monday"))
    [row] = exported(office, TABLE, ["email", "name", "course", "cohort"])
    assert row == {"email": "ada@example.org", "name": "'=1+1", "course": "numbers", "cohort": "Monday"}
    preview = upload(office, TABLE, HEAD + ",".join(row.values()) + "\n")
    assert preview.context["result"].totals["skip"] == 1
