"""An outline into the database: the course, its files, lessons and quizzes, whole or not at all.

A course is known by its external id: importing it again brings the same course up to date. Lessons and
quizzes keep their identity by their key in the source, so what learners did stays; a lesson that the source
no longer has goes to the archive, never away. A new course is a draft until somebody publishes it.
"""

from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from courses import publishing
from courses.authoring import (
    add_lesson,
    add_section,
    create_course,
    save_course,
    save_lesson,
    set_blocks,
)
from courses.media import add_asset
from courses.models import Asset, Course, Lesson, Status
from courses.slugs import free_slug
from exchange.archives import SourceRefused, open_source
from exchange.block_writing import MAX_KEY, BlockWriter, outline_key
from exchange.course_archive import MANIFEST
from exchange.course_restore import restore_course
from exchange.outline import (
    CourseOutline,
    LessonOutline,
    MediaFile,
)
from exchange.readers import detect, read_course
from exchange.report import Report
from quizzes.models import QuestionFile, Quiz

OUT_OF_THE_WAY = 1_000_000


def _status(outline: LessonOutline) -> Status:
    if not outline.published:
        return Status.DRAFT
    return Status.SCHEDULED if outline.publish_at else Status.PUBLISHED


def import_course(
    *, path: Path, format: str = "auto", dry_run: bool = False, author=None, publish: bool = False,
    step=lambda fraction, message: None,
) -> tuple[Course | None, CourseOutline, Report]:  # fmt: skip
    """Reads the source at `path` and writes the course; with `dry_run` it only reads.

    Returns (the course or None, what was read, the report). Raises SourceRefused.
    """
    report = Report()
    step(0.0, _("Opening the source"))
    with open_source(path) as root:
        step(0.1, _("Reading the course"))
        chosen = detect(root) if format == "auto" else format
        outline = read_course(root, report, chosen)
        if dry_run and chosen == "archive":
            list_archive(outline, report)
        if dry_run:
            return None, outline, report
        if chosen == "archive":
            course = restore_course(root=root, report=report, author=author, step=step)
            return course, outline, report
        course = write_course(outline=outline, report=report, author=author, publish=publish, step=step)
    return course, outline, report


def list_archive(outline: CourseOutline, report: Report) -> None:
    """What restoring would bring, for a report without writing."""
    report.imported(MANIFEST, "course", outline.title)
    for section in outline.sections:
        report.imported(MANIFEST, "section", section.title)
        for lesson in section.lessons:
            report.imported(MANIFEST, "lesson", lesson.title)


def write_course(
    *, outline: CourseOutline, report: Report, author=None, publish: bool = False, is_sample: bool = False,
    step=lambda fraction, message: None,
) -> Course:  # fmt: skip
    """Writes the outline in one transaction. Files of a failed import are swept from the storage."""
    written: list[str] = []
    try:
        with transaction.atomic():
            return _Writer(outline, report, author, publish, is_sample, written, step).write()
    except BaseException as error:
        for name in written:
            if not (
                Asset.objects.filter(file=name).exists() or QuestionFile.objects.filter(file=name).exists()
            ):
                default_storage.delete(name)
        if isinstance(error, ValidationError):
            raise SourceRefused(
                _("The course can't be written: %(problem)s") % {"problem": " ".join(error.messages)}
            ) from error
        raise


class _Writer:
    def __init__(self, outline, report, author, publish, is_sample, written, step) -> None:
        self.outline: CourseOutline = outline
        self.report: Report = report
        self.author = author
        self.publish = publish
        self.is_sample = is_sample
        self.written: list[str] = written
        self.step = step
        self.course: Course | None = None
        self.assets: dict[str, Asset] = {}
        self.slugs: dict[str, str] = {}
        self.media: dict[str, MediaFile] = dict(outline.media)
        self.course_id = outline.external_id[:MAX_KEY]
        self.blocks = BlockWriter(self)

    def write(self) -> Course:
        self.step(0.2, _("Writing the course"))
        self.course = self._course()
        self._assets()
        lessons = self._lessons()
        cover = self.assets.get(self.outline.image)
        save_course(
            course=self.course,
            description=self.blocks.text(self.outline.description),
            cover=cover if cover and cover.content_type.startswith("image/") else self.course.cover,
        )
        for number, (lesson, outline) in enumerate(lessons, start=1):
            self._fill(lesson, outline)
            self.step(0.4 + 0.6 * number / len(lessons), outline.title)
        if self.publish and self.course.status != Status.PUBLISHED:
            publishing.publish(course=self.course)
        return self.course

    # ---------------------------------------------------------------------------------- course

    def _course(self) -> Course:
        outline = self.outline
        fields = {
            "summary": outline.summary[:500],
            "level": outline.level,
            "language": outline.language[:16] or "en",
            "provider": outline.provider[:200],
            "instructors": [name[:200] for name in outline.instructors],
            "price": outline.price,
            "topics": list(outline.topics),
            "skills_taught": list(outline.skills_taught),
            "skills_required": list(outline.skills_required),
            "is_sample": self.is_sample,
        }
        course = Course.objects.filter(external_id=self.course_id).first()
        if course is not None and self.author is not None:
            self._refuse_others(course)
        if course is None:
            taken = set(Course.objects.values_list("slug", flat=True))
            slug = free_slug(outline.slug or outline.title, taken, fallback="course")
            course = create_course(
                title=outline.title[:300], slug=slug, author=self.author, external_id=self.course_id
            )
        try:
            save_course(course=course, title=outline.title[:300], **fields)
        except ValidationError:
            # A language that is none is the one field that sources get wrong.
            save_course(course=course, title=outline.title[:300], **{**fields, "language": "en"})
        known = Course.objects.filter(slug__in=outline.prerequisites).exclude(pk=course.pk)
        if outline.prerequisites:
            save_course(course=course, prerequisites=list(known))
        return course

    def _refuse_others(self, course: Course) -> None:
        """An import must not be a way around the right to edit a course."""
        if not Course.objects.editable_by(self.author).filter(pk=course.pk).exists():
            raise SourceRefused(
                _("“%(title)s” is here already and belongs to others: ask them or an editor to update it.")
                % {"title": course.title}
            )

    def _assets(self) -> None:
        for name, file in self.media.items():
            asset = self.store(name, file.read(), source=file.source or name, alt=file.alt)
            if asset is not None:
                self.assets[name] = asset

    def store(self, name: str, data: bytes, *, source: str, alt: str = "") -> Asset | None:
        before = Asset.objects.filter(course=self.course, path=name).values_list("file", flat=True).first()
        try:
            with transaction.atomic():
                asset = add_asset(course=self.course, path=name, content=data, alt=alt)
        except ValidationError as error:
            self.report.mark_failed(source, reason=" ".join(error.messages))
            return None
        if asset.file.name != before:
            self.written.append(asset.file.name)
        return asset

    # --------------------------------------------------------------------------------- lessons

    def _lessons(self) -> list[tuple[Lesson, LessonOutline]]:
        """Sections and lessons in their order, without their content: links need every address first."""
        known = {lesson.external_id: lesson for lesson in self.course.lessons.select_related("section")}
        slugs = {lesson.slug for lesson in known.values()}
        old_sections = {section.title: section for section in self.course.sections.all()}
        # Everything moves out of the way first, so that no place is taken while the course is rearranged.
        self.course.sections.update(position=F("position") + OUT_OF_THE_WAY)
        self.course.lessons.update(position=F("position") + OUT_OF_THE_WAY)
        found = []
        for position, outline in enumerate(self.outline.sections):
            section = old_sections.pop(outline.title[:300], None)
            if section is None:
                section = add_section(course=self.course, title=outline.title[:300], position=position)
            else:
                section.position = position
                section.save(update_fields=["position"])
            for place, lesson_outline in enumerate(outline.lessons):
                found.append((self._lesson(section, place, lesson_outline, known, slugs), lesson_outline))
        self._archive(known.values(), len(self.outline.sections), old_sections.values())
        return found

    def _lesson(self, section, place: int, outline: LessonOutline, known: dict, slugs: set[str]) -> Lesson:
        external_id = outline_key(self.course_id, outline.key)
        title = outline.title[:300] or _("Lesson")
        fields = {
            "is_preview": outline.preview,
            "status": _status(outline),
            "publish_at": outline.publish_at if outline.published else None,
            "topics": list(outline.topics),
            "skills": list(outline.skills),
        }
        if outline.minutes:
            fields["minutes"] = min(outline.minutes, 10_000)
        lesson = known.pop(external_id, None)
        if lesson is None:
            slug = free_slug(outline.slug or title, slugs, fallback="lesson")
            slugs.add(slug)
            lesson = add_lesson(
                section=section, title=title, slug=slug, position=place, external_id=external_id, **fields
            )
        else:
            lesson.section = section
            save_lesson(lesson=lesson, title=title, position=place, **fields)
        self.slugs[outline.key] = lesson.slug
        return lesson

    def _archive(self, gone, first: int, old_sections) -> None:
        for position, section in enumerate(old_sections, start=first):
            section.position = position
            section.save(update_fields=["position"])
        for place, lesson in enumerate(gone, start=10_000):
            lesson.position = place
            lesson.status = Status.ARCHIVED
            lesson.save(update_fields=["position", "status", "updated_at"])
            Quiz.objects.filter(lesson=lesson).update(status=Quiz.Status.ARCHIVED)

    def _fill(self, lesson: Lesson, outline: LessonOutline) -> None:
        lesson.course = self.course
        old = list(lesson.blocks.order_by("position"))
        blocks = []
        parts = [part for block in outline.blocks for part in self.blocks.short_enough(block)]
        for number, block in enumerate(parts):
            fields = self.blocks.fields(lesson, block, last=number == len(parts) - 1)
            if fields is None:
                continue
            match = next((row for row in old if row.kind == fields["kind"]), None)
            if match is not None:
                old.remove(match)
                fields["id"] = match.pk
            blocks.append({"source": "", "settings": {}, "asset": None, "alt": "", **fields})
        set_blocks(lesson=lesson, blocks=blocks)
