"""A catalogue as a table, out of the admin and into it."""

import pytest
from django.contrib.auth.models import Permission

from accounts.models import User
from courses.models import Course, CourseAuthor, Revision, Skill, Topic
from tables import confirm, exported, sentences, upload
from world import build_course

pytestmark = pytest.mark.django_db
TABLE = "courses_course"
COLUMNS = [
    "slug", "title", "summary", "level", "language", "topics", "skills_taught", "skills_required", "provider",
    "instructors", "price", "estimated_minutes", "status",
]  # fmt: skip


@pytest.fixture
def office(client, admin):
    client.force_login(admin)
    return client


@pytest.fixture
def course():
    return build_course("Numbers", topic="Mathematics")


def author_of(course, *permissions):
    author = User.objects.create_user("author@example.org", is_staff=True)
    author.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    if course is not None:
        CourseAuthor.objects.create(course=course, user=author)
    return author


def test_a_row_changes_its_course_after_a_preview(office, course):
    Topic.objects.create(slug="algebra", name="Algebra")
    Skill.objects.create(slug="counting", name="Counting")
    lesson = course.lessons.first()
    table = (
        "slug,title,level,language,topics,skills_taught,instructors,price,estimated_minutes\n"
        f"{course.slug},Big numbers,Advanced,de,Algebra|mathematics,counting,Ada L.|Emmy N.,30,90\n"
    )
    preview = upload(office, TABLE, table)
    assert sentences(preview) == {}
    course.refresh_from_db()
    assert course.title == "Numbers"
    confirm(office, TABLE, preview)
    course.refresh_from_db()
    assert (course.title, course.level, course.language) == ("Big numbers", "advanced", "de")
    assert (course.price, course.estimated_minutes) == (30, 90)
    assert course.instructors == ["Ada L.", "Emmy N."]
    assert set(course.topics.values_list("name", flat=True)) == {"Algebra", "Mathematics"}
    assert list(course.skills_taught.values_list("name", flat=True)) == ["Counting"]
    lesson.refresh_from_db()
    assert lesson.language == "de"
    assert Revision.objects.filter(course=course, lesson=None).exists()


def test_columns_that_are_missing_leave_what_is_there(office, course):
    before = list(course.topics.all())
    confirm(office, TABLE, upload(office, TABLE, f"slug,price\n{course.slug},5\n"))
    course.refresh_from_db()
    assert (course.price, course.title, list(course.topics.all())) == (5, "Numbers", before)


def test_a_new_address_becomes_a_draft_of_who_uploads_it(office, admin):
    confirm(office, TABLE, upload(office, TABLE, "slug,title,language\nknots,Knots,\n"))
    course = Course.objects.get(slug="knots")
    assert (course.title, course.status, course.language) == ("Knots", "draft", "en")
    assert [author.user for author in course.author_roles.all()] == [admin]


@pytest.mark.parametrize(
    ("head", "row", "column", "sentence"),
    [
        ("title", "", "title", "A course has a title."),
        ("level", "hard", "level", "“hard” is no level: write beginner, intermediate, advanced, or nothing."),
        ("language", "German", "language", "Write a language as a code, such as en or pt-br."),
        ("topics", "Knitting", "topics", "There is no topic “Knitting”: add it first."),
        ("skills_required", "Purling", "skills_required", "There is no skill “Purling”: add it first."),
        ("price", "-5", "price", "“-5” is no whole number from 0 to 1000000."),
        (
            "estimated_minutes",
            "an hour",
            "estimated_minutes",
            "“an hour” is no whole number from 0 to 100000.",
        ),
        ("status", "archived", "status", "A table changes no state: publish the course itself."),
    ],
)
def test_a_wrong_row_says_why_and_keeps_the_whole_table_out(office, course, head, row, column, sentence):
    table = f"slug,summary,{head}\n{course.slug},new,{row}\n"
    preview = upload(office, TABLE, table)
    assert sentences(preview) == {1: {column: [sentence]}}
    assert "confirm_form" not in preview.context


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        (",Knots", "slug", "Name the course by its address."),
        ("knots,", "title", "A course has a title."),
    ],
)
def test_a_new_course_needs_an_address_and_a_title(office, row, column, sentence):
    assert sentences(upload(office, TABLE, f"slug,title\n{row}\n")) == {1: {column: [sentence]}}


def test_authors_reach_their_own_courses_and_add_none_without_the_right(client, course):
    other = build_course("Letters", topic="Languages")
    client.force_login(author_of(course, "change_course", "view_course"))
    table = f"slug,title,price\n{course.slug},Numbers,1\n{other.slug},Letters,1\nnew,New,1\n"
    refused = "There is no course “%s” that you may edit."
    assert sentences(upload(client, TABLE, table)) == {
        2: {"slug": [refused % other.slug]}, 3: {"slug": [refused % "new"]},
    }  # fmt: skip
    assert [row["slug"] for row in exported(client, TABLE, ["slug"])] == [course.slug]


def test_who_may_only_look_uploads_nothing(client, course):
    client.force_login(author_of(course, "view_course"))
    assert upload(client, TABLE, "slug\n").status_code == 403


def test_an_exported_table_can_be_read_back_and_changes_nothing(office, course):
    course.summary, course.instructors = "=1+1", ["Ada", "Emmy"]
    course.save()
    [row] = exported(office, TABLE, COLUMNS)
    assert (row["topics"], row["instructors"], row["status"]) == ("Mathematics", "Ada|Emmy", "published")
    assert row["summary"] == "'=1+1"
    preview = upload(office, TABLE, ",".join(COLUMNS) + "\n" + ",".join(row[name] for name in COLUMNS) + "\n")
    assert sentences(preview) == {}
    assert preview.context["result"].totals["skip"] == 1
