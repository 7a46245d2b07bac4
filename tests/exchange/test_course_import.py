import json
import zipfile

import pytest
from django.core.management import CommandError, call_command
from lxml import etree

from course_sources import CARTRIDGE, OLX, PNG, lesson_html, stored, tar_of, write_files, zip_of
from courses.models import Asset, Course, Status
from exchange.archives import SourceRefused
from exchange.course_import import import_course, outline_key
from quizzes.models import Question, QuestionFile, Quiz

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]

BOOK = {
    "knots/course.md": "---\ntitle: Knots\nsummary: S\ntopics: [rope]\nprice: 5\n---\n![K](images/knot.png)",
    "knots/01-a/section.md": "---\ntitle: A\n---",
    "knots/01-a/01-one.md": "---\ntitle: One\n---\nSee [two](02-two.md). ![K](../images/knot.png)",
    "knots/01-a/01-one.quiz.json": json.dumps(
        {
            "title": "Check one",
            "credits": 7,
            "pass_mark": 80,
            "attempts": 2,
            "questions": [
                {"type": "true_false", "name": "T", "text": "![k](../images/knot.png) Yes?", "answer": True},
                {"type": "numeric", "name": "N", "text": "How many?", "answer": 3, "tolerance": 0.5},
                {"type": "single_choice", "name": "Broken", "text": "No key", "choices": [{"text": "a"}]},
            ],
        }
    ),
    "knots/01-a/02-two.md": "---\ntitle: Two\n---\nBack to [one](01-one.md#top).",
    "knots/images/knot.png": PNG,
}


@pytest.fixture
def book(tmp_path):
    return write_files(tmp_path / "book", BOOK)


def test_a_course_is_written_as_a_draft(book):
    course, _, report = import_course(path=book)
    assert (course.title, course.slug, course.price, course.status) == ("Knots", "knots", 5, Status.DRAFT)
    assert [lesson.slug for lesson in course.lessons.in_order()] == ["one", "two"]
    assert report.counts()["failed"] == 1


def test_links_and_pictures_lead_to_their_places(book):
    course, _, _ = import_course(path=book)
    one, two = course.lessons.in_order()
    assert one.blocks.get().source == "See [two](lesson:two). ![K](images/knot.png)"
    html = one.blocks.get().html
    assert f'href="{two.get_absolute_url()}"' in html
    assert f'src="{course.assets.get().get_absolute_url()}"' in html
    assert f'href="{one.get_absolute_url()}#top"' in two.blocks.get().html
    assert course.assets.get().get_absolute_url() in course.description_html


def test_a_quiz_at_the_end_belongs_to_the_lesson(book):
    course, _, report = import_course(path=book)
    quiz = Quiz.objects.get()
    assert (quiz.lesson.slug, quiz.course, quiz.status) == ("one", course, "published")
    assert (quiz.credits, quiz.pass_mark, quiz.attempts_allowed) == (7, 80, 2)
    assert [slot.question.name for slot in quiz.slots.all()] == ["T", "N"]
    picture = QuestionFile.objects.get()
    assert f"question-file:{picture.name}" in Question.objects.get(name="T").current.text
    (refused,) = [item for item in report.items if item.outcome == "failed"]
    assert (refused.kind, refused.name, refused.reason) == (
        "question",
        "Broken",
        "Give at least two choices.",
    )


def test_importing_again_updates_the_same_course(book):
    first, _, _ = import_course(path=book)
    lessons = dict(first.lessons.values_list("slug", "pk"))
    questions = set(Question.objects.values_list("pk", flat=True))
    write_files(
        book,
        {
            "knots/01-a/02-two.md": "---\ntitle: Two, better\n---\nNew text.",
            "knots/01-a/00-zero.md": "---\ntitle: Zero\n---\nFirst now.",
        },
    )
    again, _, _ = import_course(path=book)
    assert again.pk == first.pk
    assert [(lesson.title, lesson.slug) for lesson in again.lessons.in_order()] == [
        ("Zero", "zero"), ("One", "one"), ("Two, better", "two"),
    ]  # fmt: skip
    assert {slug: pk for slug, pk in again.lessons.values_list("slug", "pk") if slug in lessons} == lessons
    assert Quiz.objects.count() == 1
    assert set(Question.objects.values_list("pk", flat=True)) == questions
    assert len(stored()) == len(set(stored())) == Asset.objects.count() + QuestionFile.objects.count()


def test_an_edited_question_gets_a_new_version(book):
    import_course(path=book)
    text = BOOK["knots/01-a/01-one.quiz.json"].replace("How many?", "How many loops?")
    write_files(book, {"knots/01-a/01-one.quiz.json": text})
    import_course(path=book)
    assert [version.text for version in Question.objects.get(name="N").versions.order_by("number")] == [
        "How many?",
        "How many loops?",
    ]
    assert Question.objects.get(name="T").versions.count() == 1


def test_questions_of_one_name_are_matched_in_their_order(book):
    text = BOOK["knots/01-a/01-one.quiz.json"].replace('"name": "N"', '"name": "T"')
    write_files(book, {"knots/01-a/01-one.quiz.json": text})
    import_course(path=book)
    before = list(Question.objects.order_by("pk").values_list("pk", "current__type"))
    import_course(path=book)
    assert list(Question.objects.order_by("pk").values_list("pk", "current__type")) == before


def test_a_question_that_is_gone_from_the_source_is_retired(book):
    import_course(path=book)
    quiz = json.loads(BOOK["knots/01-a/01-one.quiz.json"])
    quiz["questions"] = quiz["questions"][1:]
    write_files(book, {"knots/01-a/01-one.quiz.json": json.dumps(quiz)})
    import_course(path=book)
    assert dict(Question.objects.values_list("name", "is_retired")) == {"T": True, "N": False}
    assert [slot.question.name for slot in Quiz.objects.get().slots.all()] == ["N"]


def test_a_lesson_that_is_gone_from_the_source_is_archived(book):
    import_course(path=book)
    (book / "knots/01-a/02-two.md").unlink()
    course, _, _ = import_course(path=book)
    assert dict(course.lessons.values_list("slug", "status")) == {"one": "published", "two": "archived"}


def test_a_zip_is_the_same_course_as_its_folder(book, tmp_path):
    first, _, _ = import_course(path=book / "knots")
    again, _, _ = import_course(path=zip_of(book / "knots", tmp_path / "knots.zip"))
    assert again == first


def test_a_published_course_stays_published(book):
    course, _, _ = import_course(path=book, publish=True)
    assert course.status == Status.PUBLISHED
    course, _, _ = import_course(path=book)
    assert course.status == Status.PUBLISHED


def test_a_dry_run_writes_nothing(book):
    course, outline, report = import_course(path=book, dry_run=True)
    assert course is None
    assert outline.title == "Knots"
    assert report.counts()["imported"] > 0
    assert not Course.objects.exists()
    assert stored() == []


def test_an_import_that_is_stopped_leaves_neither_rows_nor_files(book):
    class Stopped(Exception):
        pass

    def step(fraction, message):
        if fraction > 0.6:
            assert stored(), "files are written by now"
            raise Stopped

    with pytest.raises(Stopped):
        import_course(path=book, step=step)
    assert not Course.objects.exists()
    assert not Quiz.objects.exists()
    assert stored() == []


def test_a_long_lesson_is_divided_and_an_endless_line_fails_alone(book):
    long = "\n\n".join(["words " * 2_000] * 30)
    write_files(book, {"knots/01-a/01-one.md": long, "knots/01-a/02-two.md": "x" * 400_000})
    course, _, report = import_course(path=book)
    one, two = course.lessons.in_order()
    assert one.blocks.count() > 1
    assert sum(len(block.source.split()) for block in one.blocks.all()) == len(long.split())
    assert two.blocks.count() == 0
    assert "longer than" in next(i.reason for i in report.items if i.path == "knots/01-a/02-two.md")


def test_a_quiz_with_odd_settings_fails_alone(book):
    text = BOOK["knots/01-a/01-one.quiz.json"].replace('"attempts": 2', '"attempts": -2')
    write_files(book, {"knots/01-a/01-one.quiz.json": text})
    course, _, report = import_course(path=book)
    assert course.lessons.count() == 2
    assert any("“attempts” must be a whole number" in item.reason for item in report.items)


def test_a_broken_picture_fails_alone(book):
    write_files(book, {"knots/images/knot.png": PNG[:40]})
    course, _, report = import_course(path=book)
    failed = {item.path: item.reason for item in report.items if item.outcome == "failed"}
    assert "can't be read" in failed["knots/images/knot.png"]
    assert course.lessons.count() == 2


def test_an_open_edx_course(tmp_path):
    archive = tar_of(write_files(tmp_path / "olx", OLX), tmp_path / "course.tar.gz")
    course, _, _ = import_course(path=archive)
    assert course.external_id == "olx:Harbour+KN101+2024"
    assert course.cover.path == "static/cover.png"
    bowline = course.lessons.get(slug="the-bowline")
    kinds = [block.kind for block in bowline.blocks.order_by("position")]
    assert kinds == ["text", "embed", "quiz", "text", "text", "video", "text"]
    inside, drill = Quiz.objects.order_by("pk")
    assert bowline.blocks.get(kind="quiz").settings == {"quiz": inside.slug}
    assert (inside.lesson, drill.lesson.slug, drill.pass_mark) == (None, "drill", 70)
    video = bowline.blocks.get(kind="video")
    assert "Make a loop." in video.extra_html
    assert dict(course.lessons.values_list("slug", "status"))["notes-for-staff"] == "draft"
    assert "javascript" not in lesson_html(course)


def test_a_cartridge(tmp_path):
    archive = zip_of(write_files(tmp_path / "cc", CARTRIDGE), tmp_path / "knots.imscc")
    course, _, _ = import_course(path=archive)
    assert course.sections.count() == 5
    assert course.lessons.get(slug="leaflet").blocks.get().asset.content_type == "application/pdf"
    assert course.lessons.get(slug="a-film").blocks.get().settings["url"].endswith("abcDEF12345")
    assert QuestionFile.objects.count() == 1
    assert Quiz.objects.get().lesson.slug == "check"


def test_pages_of_other_sites_that_may_not_be_framed_become_links(tmp_path):
    page = "<html><body><iframe src='https://elsewhere.example/x' title='Map'></iframe></body></html>"
    root = write_files(tmp_path / "cc", {**CARTRIDGE, "pages/extra.html": page})
    course, _, _ = import_course(path=root)
    block = course.lessons.get(slug="extra").blocks.get()
    assert (block.kind, block.source) == ("text", "[Map](<https://elsewhere.example/x>)")


def test_long_keys_stay_within_their_column():
    assert len(outline_key("c" * 190, "k" * 300)) <= 200
    assert outline_key("c" * 190, "k" * 300) != outline_key("c" * 190, "k" * 301)


def test_an_exported_cartridge_can_be_imported(book, tmp_path):
    import_course(path=book, publish=True)
    call_command("export_course", "knots", format="cartridge", output=tmp_path / "knots.imscc", verbosity=0)
    with zipfile.ZipFile(tmp_path / "knots.imscc") as archive:
        manifest = etree.fromstring(archive.read("imsmanifest.xml"))
        names = set(archive.namelist())
        named = {element.get("href") for element in manifest.iter("{*}file")}
        assert named == names - {"imsmanifest.xml"}
        references = {item.get("identifierref") for item in manifest.iter("{*}item")} - {None}
        assert references <= {resource.get("identifier") for resource in manifest.iter("{*}resource")}
        page = archive.read("pages/one.html").decode()
    assert 'href="two.html"' in page
    assert 'src="../files/images/knot.png"' in page

    back, _, report = import_course(path=tmp_path / "knots.imscc")
    assert report.counts()["failed"] == 0
    assert [lesson.title for lesson in back.lessons.in_order()] == ["One", "Check one", "Two"]
    quiz = Quiz.objects.get(course=back)
    types = [slot.question.current.type for slot in quiz.slots.all()]
    assert types[0] in {"true_false", "single_choice"}
    assert len(types) == 2


def test_drafts_are_not_in_a_cartridge(rich, tmp_path):
    call_command("export_course", rich.slug, format="cartridge", output=tmp_path / "a.imscc", verbosity=0)
    with zipfile.ZipFile(tmp_path / "a.imscc") as archive:
        text = b"".join(archive.read(name) for name in archive.namelist()).decode(errors="ignore")
    assert "Only for staff" not in text


def test_what_a_cartridge_can_not_hold_is_named(rich, tmp_path, capsys):
    call_command("export_course", rich.slug, format="cartridge", output=tmp_path / "a.imscc")
    assert "it draws a question at random" in capsys.readouterr().out


# ---------------------------------------------------------------------------------------- commands


def test_the_command_reports_in_json(book, tmp_path, capsys):
    call_command("import_course", book, json=str(tmp_path / "report.json"), verbosity=0)
    report = json.loads((tmp_path / "report.json").read_text())
    assert (
        report["found"] == report["imported"] + report["skipped"] + report["failed"] == len(report["items"])
    )
    assert set(report["items"][0]) == {"path", "kind", "name", "outcome", "reason"}
    assert report["course"] == "knots"
    assert "Knots: found" in capsys.readouterr().out


def test_the_command_refuses_in_one_sentence(tmp_path):
    with pytest.raises(CommandError, match="There is no file or folder"):
        call_command("import_course", tmp_path / "nowhere")
    with pytest.raises(CommandError, match="no course that can be read"):
        call_command("import_course", write_files(tmp_path / "empty", {"a.txt": "x"}))
    with pytest.raises(CommandError, match="Nobody has the address"):
        call_command("import_course", tmp_path, author="nobody@example.org")
    with pytest.raises(CommandError, match="There is no course with the address"):
        call_command("export_course", "nothing")


def test_an_import_does_not_overwrite_the_course_of_others(book, learner, other_learner, admin):
    course, _, _ = import_course(path=book, author=learner)
    with pytest.raises(SourceRefused, match="belongs to others"):
        import_course(path=book, author=other_learner)
    assert import_course(path=book, author=learner)[0] == course
    assert import_course(path=book, author=admin)[0] == course


def test_an_author_owns_what_they_import(book, admin):
    call_command("import_course", book, author=admin.email, verbosity=0)
    assert Course.objects.get().author_roles.get().user == admin
