"""A course in the site's own archive: restored exactly, and refused where it was altered."""

import json
import re
import zipfile

import pytest
from django.core.files.storage import default_storage

from course_sources import lesson_html, stored
from courses.models import Asset, Course, Lesson
from exchange.archives import SourceRefused
from exchange.course_archive import DERIVED, course_data, write_archive
from exchange.course_import import import_course
from quizzes.models import DueDate, Question, QuestionBank, QuestionFile, Quiz

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]


def saved(course, target):
    with target.open("wb") as file:
        write_archive(course=course, target=file)


def emptied_site():
    """What an import found before anything was there."""
    Quiz.objects.all().delete()
    Question.objects.all().delete()
    QuestionBank.objects.all().delete()
    Course.objects.all().delete()
    QuestionFile.objects.all().delete()
    for name in stored():
        default_storage.delete(name)


def test_an_archive_restores_a_course_exactly(rich, tmp_path):
    before = course_data(Course.objects.get(pk=rich.pk))
    html = lesson_html(rich)
    bytes_before = {asset.path: asset.file.read() for asset in rich.assets.all()}
    saved(rich, tmp_path / "knots.embark.zip")
    emptied_site()

    course, _, report = import_course(path=tmp_path / "knots.embark.zip")

    assert json.dumps(course_data(course), indent=1).split("\n") == json.dumps(before, indent=1).split("\n")
    assert {asset.path: asset.file.read() for asset in course.assets.all()} == bytes_before
    # Addresses of files name their row, which is another one now.
    assert re.sub(r"/media/\d+/", "", lesson_html(course)) == re.sub(r"/media/\d+/", "", html)
    assert report.counts()["failed"] == 0


def test_every_column_of_a_course_is_in_its_archive_or_known_to_be_derived(rich):
    """A column that is added later must not be forgotten: it is in the archive, or named as derived."""
    data = course_data(rich)
    quiz = data["quizzes"][-1]
    section = data["sections"][0]
    samples = [
        (Course, data["course"]), (Lesson, section["lessons"][0]), (Asset, data["assets"][0]), (Quiz, quiz),
        (Question, data["questions"][0]), (DueDate, quiz["due_dates"][0]),
    ]  # fmt: skip
    for model, kept in samples:
        columns = {field.name for field in model._meta.concrete_fields}
        links = {field.name for field in model._meta.concrete_fields if field.is_relation}
        assert columns - DERIVED - links <= set(kept), model


def test_a_restored_course_stands_beside_the_first(rich, tmp_path):
    saved(rich, tmp_path / "a.zip")
    copy, _, _ = import_course(path=tmp_path / "a.zip")
    assert copy.slug == f"{rich.slug}-2"
    assert copy.external_id == ""
    assert copy.lessons.count() == rich.lessons.count()
    quizzes = {block.settings["quiz"] for block in copy.lessons.first().blocks.filter(kind="quiz")}
    assert quizzes.isdisjoint(
        {block.settings["quiz"] for block in rich.lessons.first().blocks.filter(kind="quiz")}
    )


def altered(source, target, name, change):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.namelist():
            data = old.read(entry)
            new.writestr(entry, change(data) if entry == name else data)
    return target


def test_lessons_that_wait_for_each_other_are_refused(rich, tmp_path):
    def circle(manifest):
        data = json.loads(manifest)
        lessons = [lesson for section in data["sections"] for lesson in section["lessons"]][:2]
        for lesson, other in (lessons, lessons[::-1]):
            lesson["prerequisites"] = [other["slug"]]
        return json.dumps(data).encode()

    saved(rich, tmp_path / "a.zip")
    path = altered(tmp_path / "a.zip", tmp_path / "b.zip", "embark-course.json", circle)
    with pytest.raises(SourceRefused, match="already needs"):
        import_course(path=path)
    assert Course.objects.count() == 1


def test_an_altered_file_is_noticed(rich, tmp_path):
    saved(rich, tmp_path / "a.zip")
    path = altered(tmp_path / "a.zip", tmp_path / "b.zip", "media/static/rope.pdf", lambda data: data + b"!")
    _, _, report = import_course(path=path)
    (failed,) = [item for item in report.items if item.outcome == "failed"]
    assert (failed.path, failed.reason) == (
        "media/static/rope.pdf",
        "It was altered: its checksum does not match.",
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b'"sections"', b'"sektions"'),
        lambda text: text.replace(b'"version": 1,', b'"version": 99,', 1),
        lambda text: text[:-50],
        lambda text: text.replace(b'"status": "published"', b'"status": "nonsense"', 1),
        lambda text: text.replace(b'"type": "numeric"', b'"type": "unheard_of"'),
    ],
)
def test_a_damaged_archive_is_refused_whole(rich, tmp_path, change):
    saved(rich, tmp_path / "a.zip")
    path = altered(tmp_path / "a.zip", tmp_path / "b.zip", "embark-course.json", change)
    courses, files = Course.objects.count(), stored()
    with pytest.raises(SourceRefused):
        import_course(path=path)
    assert Course.objects.count() == courses
    assert stored() == files


def test_html_in_an_archive_is_not_trusted(rich, tmp_path):
    saved(rich, tmp_path / "a.zip")
    path = altered(
        tmp_path / "a.zip", tmp_path / "b.zip", "embark-course.json",
        lambda text: text.replace(b"Discuss this below", b"<script>alert(1)</script>Discuss this below"),
    )  # fmt: skip
    course, _, _ = import_course(path=path)
    assert "<script" not in lesson_html(course)


# ---------------------------------------------------------------------------------------- cartridge
