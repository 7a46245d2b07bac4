"""A course from the site's own archive, field by field as it was.

A course is restored beside what is there: where its address is taken, it gets another one. Archives may have
been edited on the way, so every row is validated, files are what their content says they are, and HTML is
rendered anew.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from courses.authoring import refresh_course
from courses.media import clean_path, sniff
from courses.models import Asset, Block, Cohort, Course, CourseAuthor, Lesson, Section, Skill, Topic
from courses.prerequisites import set_prerequisites
from courses.slugs import free_slug
from exchange.archives import SourceRefused, inside
from exchange.course_archive import FORMAT, MANIFEST, VERSION, pictures_in, set_fields
from exchange.report import Report
from quizzes import banks
from quizzes.authoring import question_problems
from quizzes.formats.pictures import CONTENT_TYPES, PictureBox
from quizzes.models import DueDate, Question, QuestionBank, QuestionFile, QuestionVersion, Quiz, QuizSlot
from quizzes.rendering import to_html, version_html

Step = Callable[[float, str], None]


def read_manifest(root: Path) -> tuple[dict, Path]:
    """The data of an archive and the folder it lies in. Raises SourceRefused."""
    places = sorted(root.rglob(MANIFEST), key=lambda path: len(path.parts))
    if not places:
        raise SourceRefused(f"There is no {MANIFEST} in it, so it is no archive of a course.")
    try:
        data = json.loads(places[0].read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise SourceRefused(f"{MANIFEST} is not JSON that can be read: {error}.") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise SourceRefused(f"{MANIFEST} does not describe a course.")
    if data.get("version") != VERSION:
        raise SourceRefused(
            f"The archive is of version {data.get('version')}; this site reads version {VERSION}."
        )
    return data, places[0].parent


def restore_course(*, root: Path, report: Report, author=None, step: Step = lambda *_: None) -> Course:
    """Writes the course of the archive in one transaction. Raises SourceRefused for one that is damaged."""
    data, folder = read_manifest(root)
    written: list[str] = []
    try:
        with transaction.atomic():
            return _Restorer(data, folder, report, written, step).restore(author)
    except BaseException as error:
        for name in written:
            if not (
                Asset.objects.filter(file=name).exists() or QuestionFile.objects.filter(file=name).exists()
            ):
                default_storage.delete(name)
        if isinstance(
            error, KeyError | IndexError | TypeError | AttributeError | ValueError
        ) and not isinstance(error, SourceRefused):
            raise SourceRefused(f"The archive is damaged: {type(error).__name__} {error}.") from error
        if isinstance(error, ValidationError):
            raise SourceRefused(f"The archive is damaged: {' '.join(error.messages)}") from error
        raise


class _Restorer:
    def __init__(self, data: dict, folder: Path, report: Report, written: list[str], step: Step) -> None:
        self.data = data
        self.folder = folder
        self.report = report
        self.written = written
        self.step = step
        self.assets: dict[str, Asset] = {}
        self.cohorts: dict[str, Cohort] = {}
        self.lessons: dict[str, Lesson] = {}
        self.quiz_slugs: dict[str, str] = {}
        self.questions: list[Question] = []
        self.banks: dict[str, QuestionBank] = {}

    def restore(self, author) -> Course:
        # A place without a bank would show its author the answers of others.
        self.may_draw_from_all = author is None or author.has_perm("quizzes.edit_any_quiz")
        self.step(0.2, _("Restoring the course"))
        course = self._course()
        if author is not None:
            CourseAuthor.objects.create(course=course, user=author, role=CourseAuthor.Role.OWNER)
        for entry in self.data["assets"]:
            self._asset(course, entry)
        cover = self.data["course"].get("cover")
        course.cover = self.assets.get(cover) if cover else None
        course.save(update_fields=["cover"])
        for entry in self.data.get("cohorts", ()):
            cohort = Cohort(course=course)
            set_fields(cohort, entry)
            cohort.full_clean()
            cohort.save()
            self.cohorts[cohort.name] = cohort
        self._pictures()
        blocks: list[tuple[Lesson, list[dict]]] = []
        for entry in self.data["sections"]:
            blocks += self._section(course, entry)
        self.questions = [self._question(course, entry) for entry in self.data["questions"]]
        for number, entry in enumerate(self.data["quizzes"], start=1):
            self._quiz(course, entry)
            self.step(0.3 + 0.4 * number / len(self.data["quizzes"]), str(entry["title"]))
        for lesson, entries in blocks:
            self._blocks(lesson, entries)
        self._lesson_prerequisites()
        self.step(0.8, _("Rendering the pages"))
        refresh_course(course=course)
        self.report.imported(MANIFEST, "course", course.title)
        return course

    # ---------------------------------------------------------------------------------- course

    def _course(self) -> Course:
        data = self.data["course"]
        course = Course()
        set_fields(course, data)
        course.slug = free_slug(
            course.slug, set(Course.objects.values_list("slug", flat=True)), fallback="course"
        )
        if course.external_id and Course.objects.filter(external_id=course.external_id).exists():
            course.external_id = ""
        if data.get("translation_of"):
            course.translation_of = Course.objects.filter(slug=data["translation_of"]).first()
        course.full_clean(exclude=["cover", "translation_of"])
        course.save()
        course.topics.set(self._rows(Topic, data["topics"]))
        course.skills_taught.set(self._rows(Skill, data["skills_taught"]))
        course.skills_required.set(self._rows(Skill, data["skills_required"]))
        before = Course.objects.filter(slug__in=data["prerequisites"]).exclude(pk=course.pk)
        set_prerequisites(item=course, prerequisites=list(before))
        return course

    @staticmethod
    def _rows(model, entries: list[dict]) -> list:
        """Topics or skills by slug; those that are missing are made as they were."""
        found = []
        for entry in entries:
            row = model.objects.filter(slug=entry["slug"]).first()
            if row is None:
                row = model()
                set_fields(row, entry)
                row.full_clean()
                row.save()
            found.append(row)
        return found

    def _asset(self, course: Course, entry: dict) -> None:
        path = clean_path(entry["path"])
        file = inside(self.folder, f"media/{path}")
        if file is None:
            self.report.failed(f"media/{path}", "asset", path, reason="The archive does not hold it.")
            return
        content = file.read_bytes()
        if hashlib.sha256(content).hexdigest() != entry["sha256"]:
            self.report.failed(
                f"media/{path}", "asset", path, reason="It was altered: its checksum does not match."
            )
            return
        asset = Asset(course=course)
        set_fields(asset, {**entry, "path": path})
        asset.size = len(content)
        if not asset.content_type.startswith("image/") or PictureBox({}).keep(content) is None:
            asset.content_type = sniff(content[:4096], path)
        asset.file.save(path.rpartition("/")[2], ContentFile(content), save=False)
        self.written.append(asset.file.name)
        asset.save()
        self.assets[path] = asset
        self.report.imported(f"media/{path}", "asset", path)

    def _section(self, course: Course, entry: dict) -> list[tuple[Lesson, list[dict]]]:
        section = Section(course=course)
        set_fields(section, entry)
        section.full_clean()
        section.save()
        self.report.imported(MANIFEST, "section", section.title)
        found = []
        for data in entry["lessons"]:
            lesson = Lesson(course=course, section=section, language=course.language)
            set_fields(lesson, data)
            if lesson.external_id and Lesson.objects.filter(external_id=lesson.external_id).exists():
                lesson.external_id = ""
            lesson.full_clean()
            lesson.save()
            lesson.topics.set(self._rows(Topic, data["topics"]))
            lesson.skills.set(self._rows(Skill, data["skills"]))
            self.lessons[lesson.slug] = lesson
            found.append((lesson, data["blocks"]))
            self.report.imported(MANIFEST, "lesson", lesson.title)
        return found

    def _blocks(self, lesson: Lesson, entries: list[dict]) -> None:
        for entry in entries:
            block = Block(lesson=lesson, asset=self.assets.get(entry.get("asset") or ""))
            set_fields(block, entry)
            if block.kind == Block.Kind.QUIZ:
                slug = block.settings.get("quiz", "")
                block.settings = {**block.settings, "quiz": self.quiz_slugs.get(slug, slug)}
            block.full_clean()
            block.save()

    def _lesson_prerequisites(self) -> None:
        for section in self.data["sections"]:
            for entry in section["lessons"]:
                if entry["prerequisites"]:
                    wanted = [self.lessons[slug] for slug in entry["prerequisites"] if slug in self.lessons]
                    set_prerequisites(item=self.lessons[entry["slug"]], prerequisites=wanted)

    # ---------------------------------------------------------------------------------- quizzes

    def _pictures(self) -> None:
        versions = [version for question in self.data["questions"] for version in question["versions"]]
        for name in sorted(pictures_in(versions)):
            file = inside(self.folder, f"questions/{name}")
            if file is None or PictureBox({}).keep(file.read_bytes()) != f"question-file:{name}":
                self.report.failed(
                    f"questions/{name}", "picture", name, reason="The archive does not hold it as it was."
                )
                continue
            if not QuestionFile.objects.filter(name=name).exists():
                content = file.read_bytes()
                kind = CONTENT_TYPES[name.rpartition(".")[2]]
                picture = QuestionFile(name=name, content_type=kind, size=len(content))
                picture.file.save(name, ContentFile(content), save=False)
                self.written.append(picture.file.name)
                picture.save()
            self.report.imported(f"questions/{name}", "picture", name)

    def _quiz(self, course: Course, entry: dict) -> None:
        quiz = Quiz(
            course=course if entry.get("course") else None, lesson=self.lessons.get(entry.get("lesson") or "")
        )
        set_fields(quiz, entry)
        taken = set(Quiz.objects.values_list("slug", flat=True))
        quiz.slug = free_slug(entry["slug"], taken, fallback="quiz")
        self.quiz_slugs[entry["slug"]] = quiz.slug
        if quiz.external_id and Quiz.objects.filter(external_id=quiz.external_id).exists():
            quiz.external_id = ""
        quiz.description_html = to_html(quiz.description)
        quiz.full_clean()
        quiz.save()
        quiz.topics.set(self._rows(Topic, entry["topics"]))
        for data in entry["slots"]:
            slot = QuizSlot(quiz=quiz)
            set_fields(slot, data)
            slot.question = self.questions[data["question"]] if data["question"] is not None else None
            if data["draw_bank"]:
                slot.draw_bank = self._bank(course, data["draw_bank"])
            elif slot.question is None and not self.may_draw_from_all:
                raise SourceRefused(
                    f"The quiz “{quiz.title}” draws from every bank of the site: ask an editor to restore it."
                )
            if data["draw_skill"]:
                (slot.draw_skill,) = self._rows(Skill, [data["draw_skill"]])
            slot.full_clean()
            slot.save()
        # Archives made before there were due dates hold none.
        for data in entry.get("due_dates", ()):
            due = DueDate(quiz=quiz, cohort=self.cohorts[data["cohort"]] if data["cohort"] else None)
            set_fields(due, data)
            due.full_clean()
            due.save()
        self.report.imported(MANIFEST, "quiz", quiz.title)

    def _bank(self, course: Course, name: str) -> QuestionBank:
        """A bank of this course, never one that is here: that one is others', and an archive may name any."""
        if name not in self.banks:
            self.banks[name] = banks.make(course=course, name=name)
        return self.banks[name]

    def _question(self, course: Course, entry: dict) -> Question:
        question = Question(bank=self._bank(course, entry["bank"]))
        set_fields(question, entry)
        question.full_clean()
        question.save()
        question.skills.set(self._rows(Skill, entry["skills"]))
        for data in entry["versions"]:
            version = QuestionVersion(question=question)
            set_fields(version, data)
            problems = question_problems(type=version.type, text=version.text, data=version.data)
            if problems:
                raise SourceRefused(
                    f"The archive is damaged: the question “{question.name}”: {' '.join(problems)}"
                )
            version_html(version)
            version.save()
            question.current = version
        question.save(update_fields=["current"])
        self.report.imported(MANIFEST, "question", question.name)
        return question
