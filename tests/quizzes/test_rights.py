"""Who may do what with quizzes: authors in their own courses, editors everywhere, analysts look on.

The law: no author reads another's answers, whatever address or form they try.
"""

import importlib
import json
import zipfile

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from courses.models import Course
from exchange.archives import SourceRefused
from exchange.course_archive import write_archive
from exchange.course_import import import_course
from quizzes import attempts, banks
from quizzes.authoring import add_question, create_quiz
from quizzes.formats import WRITERS
from quizzes.models import DueDate, Question, QuestionBank, QuestionImport, Quiz
from roles import make_roles, member
from world import build_course, quiz_data

pytestmark = pytest.mark.django_db

SECRET = "XYZZY"
GIFT = "::One:: What is two and two? {=four ~five}"


@pytest.fixture(autouse=True)
def _roles():
    make_roles()


def questions(secret):
    choices = [{"text": f"{secret}-RIGHT", "correct": True}, {"text": f"{secret}-WRONG"}]
    return [
        {"type": "single_choice", "name": f"{secret}-NAME", "text": f"{secret}-TEXT?", "choices": choices,
         "explanation": f"{secret}-WHY", "tags": ["shared"]},
    ]  # fmt: skip


@pytest.fixture
def author():
    return member("author", "Author")


@pytest.fixture
def mine(author):
    course = build_course("Sailing", topic="Sport", author=author)
    data = quiz_data("My quiz", questions=questions("MINE"))
    return create_quiz(data=data, lesson=course.lessons.first())


@pytest.fixture
def theirs():
    other = member("other", "Author")
    course = build_course("Secrets", topic="Spying", author=other)
    data = quiz_data("Their quiz", questions=questions(SECRET))
    return create_quiz(data=data, lesson=course.lessons.first())


@pytest.fixture
def loose():
    """A bank and a quiz that belong to no course."""
    return create_quiz(data=quiz_data("Loose quiz", questions=questions(f"{SECRET}-LOOSE")))


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def change(name, pk):
    return reverse(f"admin:quizzes_{name}_change", args=[pk])


def changelist(name):
    return reverse(f"admin:quizzes_{name}_changelist")


LISTS = ("quiz", "question", "questionbank", "questionimport", "attempt", "accommodation")
REACH = {
    # Role: lists that open; may a foreign quiz be read, and changed.
    "Author": (LISTS, False, False),
    "Editor": (LISTS, True, True),
    "Analyst": (("quiz", "question", "questionbank", "attempt"), True, False),
    "Moderator": ((), False, False),
}


@pytest.mark.parametrize("role", REACH)
def test_each_role_reaches_what_the_table_says(role, theirs):
    client = signed_in(member("somebody", role))
    lists, reads, changes = REACH[role]
    found = [name for name in LISTS if client.get(changelist(name)).status_code == 200]
    assert found == [name for name in LISTS if name in lists]
    assert (client.get(change("quiz", theirs.pk)).status_code == 200) == reads
    client.post(reverse("admin:quizzes_quiz_unpublish", args=[theirs.pk]))
    theirs.refresh_from_db()
    assert (theirs.status == Quiz.Status.DRAFT) == changes


# ---------------------------------------------------------------------------------------- an author's own


def slots_form(quiz, *slots, **fields):
    """The POST data of the page of a quiz; each slot is a dict of its fields."""
    data = {
        "title": quiz.title, "slug": quiz.slug, "description": "", "level": "", "language": "en",
        "course": quiz.course_id or "", "lesson": quiz.lesson_id or "",
        "credits": 10, "pass_mark": 50, "grading": "best", "grade_bands": "[]", "attempts_allowed": 3,
        "attempt_delay": 0, "attempt_price": 0, "hint_price": 0, "behaviour": "deferred", "tries": 3,
        "penalty": 0.33, "navigation": "free", "show_answers": "final", "show_marks": "on",
        "slots-TOTAL_FORMS": len(slots), "slots-INITIAL_FORMS": sum("id" in slot for slot in slots),
        "due_dates-TOTAL_FORMS": 0, "due_dates-INITIAL_FORMS": 0,
    } | fields  # fmt: skip
    for number, slot in enumerate(slots):
        values = {"quiz": quiz.pk, "position": number + 1, "page": 1, "max_mark": 1} | slot
        data |= {f"slots-{number}-{name}": value for name, value in values.items()}
    return data


def as_it_is(quiz):
    return [{"id": slot.pk, "question": slot.question_id or ""} for slot in quiz.slots.all()]


def test_an_author_writes_questions_quizzes_and_due_dates_of_their_course(author, mine):
    client = signed_in(author)
    bank = QuestionBank.objects.get(course=mine.course)
    words = {"bank": bank.pk, "name": "Knot", "type": "true_false", "text": "It holds.", "lines": "true",
             "data": "", "explanation": "", "hints": "", "tags": "",
             "versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}  # fmt: skip
    answer = client.post(reverse("admin:quizzes_question_add"), words)
    assert answer.status_code == 302, answer.context["errors"]
    knot = Question.objects.get(name="Knot")
    due = {"due_dates-TOTAL_FORMS": 1, "due_dates-0-quiz": mine.pk, "due_dates-0-days_after_start": 7}
    form = slots_form(mine, *as_it_is(mine), {"question": knot.pk}, {"draw_bank": bank.pk}, **due)
    answer = client.post(change("quiz", mine.pk), form)
    assert answer.status_code == 302, answer.context["errors"]
    assert mine.slots.count() == 3
    assert DueDate.objects.get().quiz == mine
    client.post(reverse("admin:quizzes_quiz_unpublish", args=[mine.pk]))
    mine.refresh_from_db()
    assert not mine.is_published


def test_an_author_marks_in_their_own_quizzes_alone(author, mine, theirs, learner):
    for quiz in (mine, theirs):
        attempts.submit(attempt=attempts.start(quiz=quiz, learner=learner))
    page = signed_in(author).get(changelist("attempt")).content.decode()
    assert "My quiz" in page
    assert "Their quiz" not in page


def test_a_quiz_and_a_bank_of_an_author_belong_to_a_course_of_theirs(author, mine, theirs):
    client = signed_in(author)
    for course in ("", theirs.course_id):
        client.post(change("quiz", mine.pk), slots_form(mine, *as_it_is(mine), course=course))
        client.post(reverse("admin:quizzes_questionbank_add"), {"name": "New", "course": course})
    mine.refresh_from_db()
    assert mine.course.title == "Sailing"
    assert not QuestionBank.objects.filter(name="New").exists()
    client.post(reverse("admin:quizzes_questionbank_add"), {"name": "New", "course": mine.course_id})
    assert QuestionBank.objects.get(name="New").course == mine.course


# ------------------------------------------------------------------------------- no author reads another's


def every_page(quiz):
    """Every address of the admin, and of the site, that shows something of a quiz and its answers."""
    question = quiz.slots.get().question
    bank = question.bank
    for name, pk in (("quiz", quiz.pk), ("question", question.pk), ("questionbank", bank.pk)):
        yield change(name, pk)
        yield reverse(f"admin:quizzes_{name}_delete", args=[pk])
        yield changelist(name)
        yield f"{changelist(name)}?q={SECRET.lower()}"  # the page repeats what was asked
    for name in ("statistics", "regrade"):
        yield reverse(f"admin:quizzes_quiz_{name}", args=[quiz.pk])
    for name in WRITERS:
        yield reverse("admin:quizzes_questionbank_export", args=[bank.pk, name])
    for field, model in (("question", "quizslot"), ("draw_bank", "quizslot"), ("bank", "question")):
        yield f"{reverse('admin:autocomplete')}?app_label=quizzes&model_name={model}&field_name={field}&term="
    yield reverse("quizzes:preview", args=[quiz.slug])
    yield reverse("admin:quizzes_attempt_queue")
    yield changelist("attempt")


@pytest.mark.parametrize("whose", ["theirs", "loose"])
def test_no_page_shows_an_author_what_is_anothers(author, mine, whose, request):
    quiz = request.getfixturevalue(whose)
    client, editor = signed_in(author), signed_in(member("editor", "Editor"))
    seen = 0
    for address in every_page(quiz):
        assert SECRET not in _text(client.get(address, follow=True)), address
        seen += SECRET in _text(editor.get(address))
    assert seen >= 8, "an editor does see it there"


def _text(response):
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace")


@pytest.mark.parametrize("whose", ["theirs", "loose"])
@pytest.mark.parametrize("how", ["question", "bank", "tag", "bank and tag"])
def test_nothing_of_others_is_placed_in_an_authors_quiz(author, mine, how, whose, request):
    foreign = request.getfixturevalue(whose).slots.get().question
    place = {
        "question": {"question": foreign.pk},
        "bank": {"draw_bank": foreign.bank_id},
        "tag": {"draw_tag": "shared"},
        "bank and tag": {"draw_bank": foreign.bank_id, "draw_tag": "shared"},
    }[how]
    client = signed_in(author)
    answer = client.post(change("quiz", mine.pk), slots_form(mine, *as_it_is(mine), place))
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert mine.slots.count() == 1
    [slot] = as_it_is(mine)
    answer = client.post(change("quiz", mine.pk), slots_form(mine, {**slot, "question": "", **place}))
    assert answer.status_code == 200
    assert mine.slots.get().question.bank.course == mine.course


def test_what_an_editor_placed_stays_and_opens_no_more_of_its_bank(author, mine, loose):
    bank = loose.slots.get().question.bank
    placed = mine.slots.create(position=2, draw_bank=bank, draw_tag="shared")
    client = signed_in(author)
    kept = {"id": placed.pk, "draw_bank": bank.pk, "draw_tag": "shared", "position": 2}
    form = slots_form(mine, *as_it_is(mine)[:1], kept, title="Renamed")
    answer = client.post(change("quiz", mine.pk), form)
    assert answer.status_code == 302, answer.context["errors"]
    form = slots_form(mine, *as_it_is(mine)[:1], {**kept, "draw_tag": ""}, title="Renamed")
    assert client.post(change("quiz", mine.pk), form).status_code == 200
    placed.refresh_from_db()
    assert placed.draw_tag == "shared"


def test_an_author_changes_nothing_of_others(author, mine, theirs):
    client = signed_in(author)
    question = theirs.slots.get().question
    before = Question.objects.values_list("pk", "bank", "current", "name").get(pk=question.pk)
    bank = QuestionBank.objects.get(course=mine.course)
    moved = {"bank": bank.pk, "name": "Taken", "type": "true_false", "text": "x", "lines": "true", "data": "",
             "versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}  # fmt: skip
    client.post(change("question", question.pk), moved)
    client.post(change("questionbank", question.bank_id), {"name": "Taken", "course": mine.course_id})
    client.post(change("quiz", theirs.pk), slots_form(theirs, course=mine.course_id, lesson=""))
    for name, pk in (("question", question.pk), ("quiz", theirs.pk), ("questionbank", question.bank_id)):
        client.post(reverse(f"admin:quizzes_{name}_delete", args=[pk]), {"post": "yes"})
        chosen = {"action": "delete_selected", "_selected_action": [pk], "post": "yes"}
        client.post(changelist(name), chosen)
    client.post(reverse("admin:quizzes_quiz_regrade", args=[theirs.pk]), {"reason": "Because."})
    assert Question.objects.values_list("pk", "bank", "current", "name").get(pk=question.pk) == before
    theirs.refresh_from_db()
    assert theirs.course.title == "Secrets"
    assert QuestionBank.objects.get(pk=question.bank_id).course == theirs.course


# ------------------------------------------------------------------------------------- files and archives


def upload(client, **fields):
    file = SimpleUploadedFile("q.gift", GIFT.encode())
    words = {"file": file, "format": "auto", "quiz": "", **fields}
    return client.post(reverse("admin:quizzes_questionbank_import"), words)


def test_a_file_goes_into_no_bank_of_others(author, mine, theirs, loose):
    client = signed_in(author)
    for bank in (theirs.slots.get().question.bank, loose.slots.get().question.bank):
        answer = upload(client, bank=bank.name, quiz=mine.pk).content.decode()
        assert "This name belongs to a bank of others" in answer
        assert SECRET not in answer
    assert "A new bank belongs to a course" in upload(client, bank="New").content.decode()
    assert "ticket" in upload(client, bank="New", quiz=mine.pk).content.decode()


def test_a_bank_that_became_anothers_since_the_preview_takes_nothing(author, mine, theirs):
    client = signed_in(author)
    ticket = upload(client, bank="New", quiz=mine.pk).context["ticket"]
    taken = banks.make(course=theirs.course, name="New")
    client.post(reverse("admin:quizzes_questionbank_import_apply"), {"ticket": ticket})
    assert not taken.questions.exists()


def test_an_import_of_others_is_neither_seen_nor_undone(author, mine, theirs):
    source = QuestionImport.objects.create(
        bank=theirs.slots.get().question.bank, file_name=f"{SECRET}.gift", format="gift"
    )
    client = signed_in(author)
    assert SECRET not in client.get(changelist("questionimport")).content.decode()
    assert client.post(reverse("admin:quizzes_questionimport_undo", args=[source.pk])).status_code == 404


def test_courses_of_one_title_share_no_bank(author, theirs):
    twin = build_course("Secrets", topic="Spying", author=author)
    quiz = create_quiz(data=quiz_data("Twin", questions=questions("TWIN")), course=twin)
    bank = quiz.slots.get().question.bank
    assert (bank.course, bank.name) == (twin, "Secrets 2")
    assert not Question.objects.editable_by(author).filter(name__startswith=SECRET).exists()
    again = create_quiz(data=quiz_data("Again", questions=questions("AGAIN")), course=twin)
    assert again.slots.get().question.bank == bank


def archive(course, path, alter=lambda data: None):
    with path.open("wb") as file:
        write_archive(course=course, target=file)
    with zipfile.ZipFile(path) as old:
        files = {name: old.read(name) for name in old.namelist()}
    data = json.loads(files["embark-course.json"])
    alter(data)
    files["embark-course.json"] = json.dumps(data).encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, content in files.items():
            new.writestr(name, content)
    return path


@pytest.mark.parametrize("bank", ["Secrets", "Questions"])
def test_an_archive_that_names_a_bank_of_others_gets_one_of_its_own(
    author, mine, theirs, loose, bank, tmp_path
):
    def draw(data):
        data["quizzes"][0]["slots"][0] |= {"question": None, "draw_bank": bank}

    path = archive(mine.course, tmp_path / "a.zip", draw)
    course, _, _ = import_course(path=path, author=author)
    slot = course.quizzes.get().slots.get()
    assert slot.draw_bank.course == course
    assert not slot.candidates().filter(name__startswith=SECRET).exists()


def test_an_archive_that_draws_from_every_bank_needs_an_editor(author, mine, theirs, tmp_path):
    def draw(data):
        data["quizzes"][0]["slots"][0] |= {"question": None, "draw_tag": "shared"}

    path = archive(mine.course, tmp_path / "a.zip", draw)
    with pytest.raises(SourceRefused, match="ask an editor"):
        import_course(path=path, author=author)
    course, _, _ = import_course(path=path, author=member("editor", "Editor"))
    assert course.quizzes.get().slots.get().draw_tag == "shared"


# ------------------------------------------------------------------------------------------ older banks


def test_banks_of_before_are_given_to_a_course_only_where_nothing_else_is_in_them(mine, theirs, loose):
    QuestionBank.objects.update(course=None)
    extra = theirs.slots.get().question.bank
    add_question(bank=extra, type="true_false", name="Unplaced", text="x", data={"answer": True})
    shared = mine.slots.get().question.bank
    importlib.import_module("quizzes.migrations.0011_banks_of_one_course").name_courses(apps, None)
    given = dict(QuestionBank.objects.values_list("name", "course__title"))
    assert given == {shared.name: "Sailing", extra.name: None, "Questions": None}
    QuestionBank.objects.update(course=None)
    loose.slots.create(position=9, question=mine.slots.get().question)
    importlib.import_module("quizzes.migrations.0011_banks_of_one_course").name_courses(apps, None)
    assert not QuestionBank.objects.exclude(course=None).exists()
    assert Course.objects.count() == 2
