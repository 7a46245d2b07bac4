"""From a file into a bank, with a report that adds up, and back."""

import json

import pytest
from django.core.management import CommandError, call_command

from question_files import PIXEL, moodle, question_of
from quizzes.exporting import export_questions
from quizzes.formats import read_questions
from quizzes.importing import import_questions, undo_import
from quizzes.models import Question, QuestionBank, QuestionFile, QuestionImport

MIXED = moodle(
    question_of(
        "truefalse",
        '<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer>',
    ),
    question_of("stack", ""),
    question_of(
        "multichoice",
        '<answer fraction="0"><text>a</text></answer><answer fraction="0"><text>b</text></answer>',
    ),
)


@pytest.mark.django_db
def test_the_command_reports_what_adds_up_and_ends_with_0(tmp_path, quiz):
    source, report = tmp_path / "mixed.xml", tmp_path / "report.json"
    source.write_bytes(MIXED)
    call_command("import_questions", str(source), bank="Mixed", quiz=quiz.slug, json=str(report))
    said = json.loads(report.read_text())
    assert (said["found"], said["imported"], said["skipped"], said["failed"]) == (3, 1, 1, 1)
    assert set(said["items"][0]) == {"path", "line", "kind", "name", "outcome", "reason"}
    assert [item["kind"] for item in said["items"]] == ["truefalse", "stack", "multichoice"]
    assert all(item["reason"] for item in said["items"] if item["outcome"] != "imported")
    assert Question.objects.filter(bank__name="Mixed").count() == 1
    assert quiz.slots.count() == 6


@pytest.mark.django_db
def test_a_dry_run_writes_nothing(tmp_path):
    source = tmp_path / "mixed.xml"
    source.write_bytes(MIXED)
    call_command("import_questions", str(source), dry_run=True)
    assert not QuestionBank.objects.exists()
    assert not QuestionImport.objects.exists()


@pytest.mark.django_db
def test_an_unreadable_file_ends_with_a_sentence(tmp_path):
    source = tmp_path / "broken.xml"
    source.write_bytes(b"<quiz><question")
    with pytest.raises(CommandError, match="not well-formed"):
        call_command("import_questions", str(source))
    with pytest.raises(CommandError, match="can't be read"):
        call_command("import_questions", str(tmp_path / "absent.xml"))


@pytest.mark.django_db
def test_an_import_keeps_pictures_and_can_be_undone(client, settings, tmp_path, learner):
    settings.MEDIA_ROOT = tmp_path
    file = f'<file name="a.png" path="/" encoding="base64">{PIXEL}</file>'
    source = question_of("description", "", '<img src="@@PLUGINFILE@@/a.png" alt="dot">')
    bank = QuestionBank.objects.create(name="Pictures")
    reading = read_questions(moodle(source.replace("</questiontext>", f"{file}</questiontext>")))
    _report, imported = import_questions(reading=reading, bank=bank, file_name="p.xml")
    kept = QuestionFile.objects.get()
    html = Question.objects.get().current.text_html
    assert f'src="/quizzes/file/{kept.name}"' in html
    response = client.get(f"/quizzes/file/{kept.name}")
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    exported = export_questions(questions=Question.objects.with_current(), format="qti21")
    assert kept.name in read_questions(exported).files
    assert undo_import(source=imported) == (1, 0)
    assert not Question.objects.exists()
