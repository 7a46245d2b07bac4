"""Questions as a table: tagged and sorted in a spreadsheet, while their content stays as it is."""

import pytest
from django.contrib.auth.models import Permission

from accounts.models import User
from courses.models import CourseAuthor, Skill
from quizzes.models import Question, QuestionBank
from tables import confirm, exported, sentences, upload
from world import build_course

pytestmark = pytest.mark.django_db
TABLE = "quizzes_question"
COLUMNS = ["id", "bank", "name", "type", "text", "tags", "skills", "retired"]


@pytest.fixture
def office(client, admin):
    client.force_login(admin)
    return client


@pytest.fixture
def question(quiz):
    return Question.objects.select_related("bank", "current").order_by("pk").first()


def test_a_row_files_its_question_after_a_preview(office, question):
    Skill.objects.create(slug="counting", name="Counting")
    QuestionBank.objects.create(name="Old ones")
    version = question.current_id
    table = (
        f"id,bank,name,tags,skills,retired\n{question.pk},Old ones,First,easy| week 1 |easy,counting,yes\n"
    )
    preview = upload(office, TABLE, table)
    assert sentences(preview) == {}
    confirm(office, TABLE, preview)
    question.refresh_from_db()
    assert (question.bank.name, question.name, question.is_retired) == ("Old ones", "First", True)
    assert question.tags == ["easy", "week 1"]
    assert list(question.skills.values_list("name", flat=True)) == ["Counting"]
    assert question.current_id == version


def test_columns_that_are_missing_leave_what_is_there(office, question):
    before = (question.bank, question.name, question.is_retired)
    confirm(office, TABLE, upload(office, TABLE, f"id,tags\n{question.pk},new\n"))
    question.refresh_from_db()
    assert (question.bank, question.name, question.is_retired) == before
    assert question.tags == ["new"]


@pytest.mark.parametrize(
    ("column", "cell", "sentence"),
    [
        ("bank", "Nowhere", "There is no question bank “Nowhere” that you may edit."),
        ("name", "", "A name has 1 to 255 characters."),
        ("type", "essay", "A table changes no types: edit the question itself."),
        ("text", "Another text", "A table changes no texts: edit the question itself."),
        ("tags", "x" * 101, "A tag has at most 100 characters."),
        ("skills", "Purling", "There is no skill “Purling”: add it first."),
        ("retired", "perhaps", "“perhaps” is neither yes nor no."),
    ],
)
def test_a_wrong_row_says_why_and_keeps_the_whole_table_out(office, question, column, cell, sentence):
    preview = upload(office, TABLE, f"id,{column}\n{question.pk},{cell}\n")
    assert sentences(preview) == {1: {column: [sentence]}}
    assert "confirm_form" not in preview.context


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("", "Name the question by its number: new ones come by files of questions."),
        ("1.5", "There is no question 1.5 that you may edit; new ones come by files of questions."),
        ("0", "There is no question 0 that you may edit; new ones come by files of questions."),
    ],
)
def test_a_table_makes_no_questions(office, question, number, sentence):
    assert sentences(upload(office, TABLE, f"id,name\n{number},New\n")) == {1: {"id": [sentence]}}


def test_authors_reach_the_questions_of_their_own_banks(client, question):
    course = build_course("Knots", topic="Sailing")
    bank = QuestionBank.objects.create(name="Knots", course=course)
    mine = Question.objects.create(bank=bank, name="Bowline")
    author = User.objects.create_user("author@example.org", is_staff=True)
    author.user_permissions.add(*Permission.objects.filter(codename__in=["change_question", "view_question"]))
    CourseAuthor.objects.create(course=course, user=author)
    client.force_login(author)
    table = (
        f"id,tags,bank\n{mine.pk},new,Knots\n{question.pk},new,Knots\n{mine.pk},new,{question.bank.name}\n"
    )
    assert sentences(upload(client, TABLE, table)) == {
        2: {
            "id": [
                f"There is no question {question.pk} that you may edit; new ones come by files of questions."
            ]
        },
        3: {"bank": [f"There is no question bank “{question.bank.name}” that you may edit."]},
    }
    assert [row["id"] for row in exported(client, TABLE, ["id"])] == [str(mine.pk)]


def test_a_table_needs_the_numbers_of_its_questions(office, question):
    page = upload(office, TABLE, "name,tags\nX,y\n").content.decode()
    assert "The table needs the columns id; id is missing." in page


def test_an_exported_table_can_be_read_back_and_changes_nothing(office, question):
    Question.objects.filter(pk=question.pk).update(tags=["a", "b"])
    rows = exported(office, TABLE, COLUMNS)
    assert len(rows) == Question.objects.count()
    assert next(row for row in rows if row["id"] == str(question.pk))["tags"] == "a|b"
    lines = [",".join('"' + row[name].replace('"', '""') + '"' for name in COLUMNS) for row in rows]
    preview = upload(office, TABLE, ",".join(COLUMNS) + "\n" + "\n".join(lines) + "\n")
    assert sentences(preview) == {}
    assert preview.context["result"].totals["skip"] == len(rows)
