import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses.models import Skill
from quizzes import attempts, authoring
from quizzes.formats import read_questions
from quizzes.models import Attempt, Question, QuestionBank, QuestionImport, Quiz

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client, admin):
    client.force_login(admin)
    return client


def question_form(**changes):
    return {
        "bank": QuestionBank.objects.get_or_create(name="Bank")[0].pk,
        "name": "Loop",
        "type": "single_choice",
        "text": "Which?",
        "lines": "* this | yes\n- that",
        "data": "",
        "explanation": "",
        "hints": "",
        "tags": "",
        "versions-TOTAL_FORMS": 0,
        "versions-INITIAL_FORMS": 0,
        **changes,
    }


def test_a_question_is_written_as_lines_and_each_change_is_a_version(office):
    response = office.post(reverse("admin:quizzes_question_add"), question_form())
    assert response.status_code == 302, response.context["errors"]
    question = Question.objects.get()
    assert question.current.data["choices"][0] == {"text": "this", "correct": True, "feedback": "yes"}
    change = reverse("admin:quizzes_question_change", args=[question.pk])
    assert office.get(change).status_code == 200
    office.post(change, question_form(lines="* this\n- that\n- other"))
    question.refresh_from_db()
    assert question.current.number == 2
    assert len(question.current.data["choices"]) == 3
    office.post(change, question_form(lines="* this\n- that\n- other", name="Loops"))
    assert question.versions.count() == 2


def test_a_question_without_a_right_answer_is_refused_with_a_sentence(office):
    response = office.post(reverse("admin:quizzes_question_add"), question_form(lines="- this\n- that"))
    assert response.status_code == 200
    assert "Mark one choice as right." in response.content.decode()
    assert not Question.objects.exists()


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("multiple_choice", "* a\n* b\n- c"),
        ("true_false", "true"),
        ("numeric", "9.81 ± 0.01 m/s²"),
        ("short_text", "break\nleave"),
        ("matching", "France => Paris\nItaly => Rome\n=> Berlin"),
        ("ordering", "one\ntwo\nthree"),
        ("essay", ""),
    ],
)
def test_lines_say_what_was_written(office, kind, lines):
    office.post(reverse("admin:quizzes_question_add"), question_form(type=kind, lines=lines))
    version = Question.objects.get().current
    assert version.kind.to_lines(version.data) == lines


def test_a_quiz_is_published_and_taken_back(office, quiz):
    authoring.unpublish(quiz=quiz)
    assert office.get(reverse("admin:quizzes_quiz_change", args=[quiz.pk])).status_code == 200
    office.post(reverse("admin:quizzes_quiz_publish", args=[quiz.pk]))
    quiz.refresh_from_db()
    assert quiz.is_published
    assert office.get(reverse("admin:quizzes_quiz_unpublish", args=[quiz.pk])).status_code == 403
    office.post(reverse("admin:quizzes_quiz_unpublish", args=[quiz.pk]))
    quiz.refresh_from_db()
    assert not quiz.is_published


def test_a_quiz_without_questions_is_not_published(office, db):
    quiz = Quiz.objects.create(slug="empty", title="Empty")
    response = office.post(reverse("admin:quizzes_quiz_publish", args=[quiz.pk]), follow=True)
    assert "Add at least one question" in response.content.decode()
    quiz.refresh_from_db()
    assert not quiz.is_published


def test_a_quiz_is_edited_with_its_slots(office, quiz):
    slot = quiz.slots.first()
    skill = Skill.objects.create(slug="loops", name="Loops")
    data = {
        "title": "Loops and more", "slug": quiz.slug, "description": "**New**", "level": "", "language": "en",
        "credits": 20, "perfect_credits": 5, "pass_mark": 70, "grading": "best", "grade_bands": "[]",
        "attempts_allowed": 3, "attempt_delay": 0, "attempt_price": 0, "hint_price": 2,
        "behaviour": "deferred", "tries": 3, "penalty": 0.33, "navigation": "free", "show_answers": "final",
        "show_marks": "on",
        "slots-TOTAL_FORMS": 2, "slots-INITIAL_FORMS": 1,
        "slots-0-id": slot.pk, "slots-0-quiz": quiz.pk, "slots-0-position": 1, "slots-0-page": 1,
        "slots-0-question": slot.question_id, "slots-0-max_mark": 3,
        "slots-1-quiz": quiz.pk, "slots-1-position": 9, "slots-1-page": 1, "slots-1-draw_skill": skill.pk,
        "slots-1-max_mark": 1, "due_dates-TOTAL_FORMS": 0, "due_dates-INITIAL_FORMS": 0,
    }  # fmt: skip
    response = office.post(reverse("admin:quizzes_quiz_change", args=[quiz.pk]), data)
    assert response.status_code == 302, response.context["errors"]
    quiz.refresh_from_db()
    assert (quiz.title, quiz.credits, quiz.description_html.strip()) == (
        "Loops and more",
        20,
        "<p><strong>New</strong></p>",
    )
    slot.refresh_from_db()
    assert slot.max_mark == 3
    assert quiz.slots.count() == 6


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"slug": "attempts"}, "taken by a page of the site"),
        ({"ip_ranges": "192.0.2.0/24,nowhere"}, "no address or range"),
        ({"grade_bands": '{"from": 1}'}, "Write a list such as"),
        ({"pass_mark": 101}, "less than or equal to 100"),
    ],
)
def test_settings_that_can_not_work_are_told(office, quiz, changes, sentence):
    data = {
        "title": "T", "slug": quiz.slug, "language": "en", "credits": 1, "perfect_credits": 0,
        "pass_mark": 60, "grading": "best", "grade_bands": "[]", "attempts_allowed": 0, "attempt_delay": 0,
        "attempt_price": 0, "hint_price": 0, "behaviour": "deferred", "tries": 3, "penalty": 0.3,
        "navigation": "free",
        "show_answers": "final", "slots-TOTAL_FORMS": 0, "slots-INITIAL_FORMS": 0,
        "due_dates-TOTAL_FORMS": 0, "due_dates-INITIAL_FORMS": 0,
    }  # fmt: skip
    response = office.post(reverse("admin:quizzes_quiz_change", args=[quiz.pk]), data | changes)
    assert response.status_code == 200
    assert sentence in response.content.decode()


def test_statistics_flag_a_question_that_misleads(office, make_quiz, take, learner, other_learner, admin):
    statements = [{"type": "true_false", "text": f"S{number}", "answer": True} for number in range(3)]
    quiz = make_quiz(*statements)
    take({1: True, 2: True, 3: False}, who=learner, of=quiz)
    take({1: True, 2: True, 3: False}, who=other_learner, of=quiz)
    take({1: False, 2: False, 3: True}, who=admin, of=quiz)
    html = office.get(reverse("admin:quizzes_quiz_statistics", args=[quiz.pk])).content.decode()
    assert html.count("This question misleads") == 1
    assert "3 learners" in html


def test_an_essay_is_marked_from_the_queue(office, make_quiz, take, learner):
    quiz = make_quiz({"type": "essay", "text": "Why loops?", "grader_notes": "Look for repetition."})
    attempt = take({1: "They repeat."}, of=quiz)
    assert "A quiz" in office.get(reverse("admin:quizzes_attempt_queue")).content.decode()
    address = reverse("admin:quizzes_attempt_mark", args=[attempt.pk, 1])
    html = office.get(address).content.decode()
    assert "They repeat." in html
    assert "Look for repetition." in html
    office.post(address, {"mark": "0.8", "comment": "Well seen."})
    attempt.refresh_from_db()
    assert (attempt.state, attempt.mark) == (Attempt.State.GRADED, 0.8)
    assert "No answer waits" in office.get(reverse("admin:quizzes_attempt_queue")).content.decode()


def test_a_regrade_is_looked_at_before_it_is_applied(office, quiz, take, answers):
    attempt = take({**answers.right, 5: "leave"})
    question = quiz.slots.get(position=5).question
    authoring.revise_question(question=question, data={"answers": ["leave"]})
    address = reverse("admin:quizzes_quiz_regrade", args=[quiz.pk])
    assert "4" in office.get(address).content.decode()
    attempt.refresh_from_db()
    assert attempt.mark == 4
    office.post(address, {"reason": "another word"})
    attempt.refresh_from_db()
    assert attempt.mark == 5


def test_attempts_are_read_only_and_show_their_steps(office, take):
    attempt = take()
    address = reverse("admin:quizzes_attempt_change", args=[attempt.pk])
    html = office.get(address).content.decode()
    assert "submitted" in html
    assert office.post(address, {"mark": 0}).status_code == 403
    assert office.get(reverse("admin:quizzes_attempt_changelist")).status_code == 200


def test_marking_needs_its_permission(client, learner, quiz, take):
    attempt = take()
    learner.is_staff = True
    learner.save()
    client.force_login(learner)
    assert client.get(reverse("admin:quizzes_attempt_queue")).status_code == 403
    assert client.get(reverse("admin:quizzes_attempt_mark", args=[attempt.pk, 1])).status_code == 403
    assert client.get(reverse("admin:quizzes_quiz_regrade", args=[quiz.pk])).status_code == 403


def test_an_editors_preview_counts_for_nothing(office, admin, quiz, answers):
    office.post(reverse("quizzes:preview", args=[quiz.slug]))
    attempt = Attempt.objects.get()
    attempts.submit(attempt=attempt, fields=answers.fields(attempt, answers.right))
    attempt.refresh_from_db()
    assert (attempt.is_preview, attempt.passed, attempt.credits_earned) == (True, True, 0)


GIFT = b"::Sky::The sky is blue.{T}\n\n::Sum::2+2?{#4}\n\n::Broken::Never closed {=a"


def upload(office, **fields):
    file = SimpleUploadedFile("sky.gift", GIFT)
    address = reverse("admin:quizzes_questionbank_import")
    return office.post(address, {"file": file, "format": "auto", "bank": "Sky", **fields})


def test_a_file_is_looked_at_imported_exported_and_taken_back(office, quiz):
    preview = upload(office, quiz=quiz.pk)
    html = preview.content.decode()
    assert "3 found, 2 can be imported, 0 skipped, 1 not understood" in html
    assert "The sky is blue." in html
    assert not QuestionBank.objects.filter(name="Sky").exists()
    applied = office.post(
        reverse("admin:quizzes_questionbank_import_apply"), {"ticket": preview.context["ticket"]}, follow=True
    )
    assert "2 of 3 questions imported." in applied.content.decode()
    assert "never closed" in applied.content.decode()
    assert quiz.slots.count() == 7
    bank = QuestionBank.objects.get(name="Sky")
    for format in ("gift", "moodle-xml", "qti21"):
        exported = office.get(reverse("admin:quizzes_questionbank_export", args=[bank.pk, format]))
        assert len(read_questions(exported.content).questions) == 2
    again = office.post(
        reverse("admin:quizzes_questionbank_import_apply"), {"ticket": preview.context["ticket"]}, follow=True
    )
    assert "upload it again" in again.content.decode()
    source = QuestionImport.objects.get()
    office.post(reverse("admin:quizzes_questionimport_undo", args=[source.pk]))
    assert not Question.objects.filter(bank=bank).exists()
    assert quiz.slots.count() == 5


def test_an_upload_that_is_no_question_file_is_told_so(office):
    file = SimpleUploadedFile("x.xml", b"<quiz><question")
    response = office.post(
        reverse("admin:quizzes_questionbank_import"), {"file": file, "format": "auto", "bank": "Sky"}
    )
    assert "not well-formed XML" in response.content.decode()
