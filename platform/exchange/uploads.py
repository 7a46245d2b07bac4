"""The steps of an import through the admin: upload, preview, import, undo."""

import re
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pghistory
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Asset, Block, Course, Enrolment
from exchange.archives import SourceRefused
from exchange.course_import import import_course
from exchange.models import CourseImport
from exchange.outline import CourseOutline
from jobs import control, subjects
from jobs.progress import Progress
from quizzes.models import Attempt, Question, Quiz

State = CourseImport.State
KEPT = timedelta(days=7)
KIND = "course-import"


class NotPossible(Exception):
    """The import's state does not allow it; the message says why."""


@transaction.atomic
def upload(*, file, format: str, owner) -> CourseImport:
    """Keeps the file and asks for a preview."""
    row = CourseImport(file_name=file.name[:255], format=format, owner=owner, token=uuid.uuid4())
    row.file.save(file.name, file, save=False)
    row.save()
    return _start(row, State.READING, "exchange.tasks.preview", _("Reading %(file)s"))


@transaction.atomic
def confirm(*, pk: int) -> CourseImport:
    """Asks for the import of a previewed file. Raises NotPossible."""
    row = CourseImport.objects.select_for_update().get(pk=pk)
    if row.state != State.PREVIEW:
        raise NotPossible(_("Only a file that was read and not yet imported can be imported."))
    return _start(row, State.WRITING, "exchange.tasks.write", _("Importing %(file)s"))


def _start(row: CourseImport, state: str, task: str, title: str) -> CourseImport:
    row.state = state
    row.job = control.start(
        kind=KIND,
        title=(title % {"file": row.file_name})[:200],
        task=task,
        owner=row.owner,
        parameters={"import": row.pk},
    )
    row.save()
    return row


def run_preview(progress: Progress) -> dict:
    """The job that reads a file and writes nothing but the preview."""
    row = CourseImport.objects.get(pk=progress.parameters["import"])
    try:
        _course, outline, report = _import(row, progress, dry_run=True)
    except SourceRefused as error:
        return _refuse(row, str(error))
    CourseImport.objects.filter(pk=row.pk).update(
        state=State.PREVIEW, outline=outline_summary(outline), report=report.as_dict(), problem=""
    )
    return report.counts()


def run_write(progress: Progress) -> dict:
    """The job that writes the course."""
    row = CourseImport.objects.get(pk=progress.parameters["import"])
    before = set(Course.objects.values_list("pk", flat=True))
    try:
        # The audit log names who uploaded the file, though a worker writes.
        with pghistory.context(user=row.owner_id, job=progress.job_id):
            course, _outline, report = _import(row, progress, dry_run=False)
    except SourceRefused as error:
        return _refuse(row, str(error))
    CourseImport.objects.filter(pk=row.pk).update(
        state=State.IMPORTED, course=course, made_course=course.pk not in before, report=report.as_dict(),
        imported_at=timezone.now(), problem="",
    )  # fmt: skip
    return report.counts()


def _refuse(row: CourseImport, problem: str) -> dict:
    CourseImport.objects.filter(pk=row.pk).update(state=State.REFUSED, problem=problem)
    return {"problem": problem}


def _import(row: CourseImport, progress: Progress, *, dry_run: bool):
    """The import itself, of a copy on this machine: storage may be elsewhere."""
    with tempfile.TemporaryDirectory(prefix="embark-upload-") as folder:
        path = Path(folder) / (re.sub(r"[^\w.-]+", "_", row.file_name).lstrip(".")[-100:] or "upload")
        with row.file.open("rb") as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        with _told_beside(progress) as step:
            return import_course(path=path, format=row.format, dry_run=dry_run, author=row.owner, step=step)


@contextmanager
def _told_beside(progress: Progress) -> Iterator[Callable[[float, str], None]]:
    """Reports from a thread, which has a connection of its own: inside the import's transaction nobody would
    see them before its end, and the job's row would stay locked against its own heartbeat."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        try:
            yield lambda fraction, message: beside.submit(progress.report, fraction, message).result()
        finally:
            # Named in the thread: each has a connection of its own under this name.
            beside.submit(lambda: connection.close()).result()


def purge(*, now=None) -> int:
    """Deletes uploaded files that are done with: of ended imports, and of previews that nobody confirmed for
    a week. What was said about them stays. Returns how many files went."""
    now = now or timezone.now()
    ended = Q(state__in=[State.IMPORTED, State.REFUSED, State.UNDONE]) | Q(created_at__lt=now - KEPT)
    count = 0
    for row in CourseImport.objects.filter(ended).exclude(file=""):
        if row.job is not None and not row.job.is_finished:
            continue
        row.file.delete(save=False)
        forgotten = {"file": ""} | ({"state": State.REFUSED} if row.state == State.PREVIEW else {})
        CourseImport.objects.filter(pk=row.pk).update(**forgotten)
        count += 1
    return count


@transaction.atomic
def undo(*, pk: int) -> CourseImport:
    """Takes a new course back, with its quizzes and files. Raises NotPossible once people have used it."""
    row = CourseImport.objects.select_for_update().get(pk=pk)
    course = row.course
    if row.state != State.IMPORTED or course is None:
        raise NotPossible(_("There is nothing to undo."))
    if not row.made_course:
        raise NotPossible(
            _("This import brought up to date a course that was there before: go back in its versions.")
        )
    quizzes = Quiz.objects.filter(course=course)
    if Enrolment.objects.filter(course=course).exists() or Attempt.objects.filter(quiz__in=quizzes).exists():
        raise NotPossible(_("Learners have begun this course: archive it instead."))
    files = list(Asset.objects.filter(course=course).values_list("file", flat=True))
    questions = list(Question.objects.filter(slots__quiz__in=quizzes).values_list("pk", flat=True))
    quizzes.delete()
    # Blocks hold on to their files, so they go first.
    Block.objects.filter(lesson__course=course).delete()
    Question.objects.filter(pk__in=questions, slots=None).delete()
    course.delete()
    transaction.on_commit(lambda: [default_storage.delete(name) for name in files])
    row.state, row.course, row.undone_at = State.UNDONE, None, timezone.now()
    row.save(update_fields=["state", "course", "undone_at"])
    return row


def outline_summary(outline: CourseOutline) -> dict:
    """What a preview shows: titles, and how much is in each lesson."""
    return {
        "title": outline.title,
        "summary": outline.summary,
        "media": len(outline.media),
        "bytes": sum(file.size for file in outline.media.values()),
        "sections": [
            {
                "title": section.title,
                "lessons": [
                    {
                        "title": lesson.title,
                        "published": lesson.published,
                        "blocks": len(lesson.blocks),
                        "questions": sum(
                            len(block.quiz.data.get("questions", ())) for block in lesson.blocks if block.quiz
                        ),
                    }
                    for lesson in section.lessons
                ],
            }
            for section in outline.sections
        ],
    }


def visible_to(user):
    """The imports that a person may see: everybody's for who edits any course, else their own."""
    rows = CourseImport.objects.all()
    return rows if user.has_perm("courses.edit_any_course") else rows.filter(owner=user)


def _subject(job, user):
    if not user.has_perm("courses.add_course"):
        return None
    row = visible_to(user).filter(pk=job.parameters["import"]).first()
    if row is None:
        return None
    return subjects.Subject(str(row), reverse("admin:exchange_courseimport_change", args=[row.pk]))


def register():
    subjects.register(KIND, _subject)
