"""Bringing questions of a file into a bank (and a quiz), with a report that adds up; and taking them back."""

from dataclasses import asdict, dataclass, field

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from quizzes.authoring import AuthoringError, add_question
from quizzes.formats import FAILED, IMPORTED, SKIPPED, ImportedQuestion, Reading
from quizzes.formats.pictures import CONTENT_TYPES
from quizzes.models import AttemptQuestion, QuestionFile, QuestionImport, QuizSlot


@dataclass(slots=True)
class Item:
    """What became of one question of the file."""

    path: str
    line: int | None
    kind: str
    name: str
    outcome: str
    reason: str


@dataclass(slots=True)
class Report:
    """found = imported + skipped + failed, one item each."""

    format: str
    items: list[Item] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        return sum(item.outcome == outcome for item in self.items)

    def as_dict(self) -> dict:
        return {
            "format": self.format,
            "found": len(self.items),
            "imported": self.count(IMPORTED),
            "skipped": self.count(SKIPPED),
            "failed": self.count(FAILED),
            "items": [asdict(item) for item in self.items],
        }


class _Rehearsal(Exception):
    """Ends the transaction of a dry run."""


def import_questions(*, reading: Reading, bank, file_name="", quiz=None, author=None, dry_run=False):
    """Bring what was read into a bank, and to the end of a quiz. Returns (Report, QuestionImport or None).

    A question that can't be used is reported and leaves the others alone. A dry run writes nothing.
    """
    report = Report(reading.format)
    source = None
    try:
        with transaction.atomic():
            if bank.pk is None:
                bank.save()
            source = QuestionImport.objects.create(
                bank=bank, file_name=file_name[:255], format=reading.format, imported_by=author
            )
            questions = [_bring(entry, bank, source, author, report) for entry in reading.items]
            if quiz is not None:
                _append(quiz, [pair for pair in questions if pair is not None])
            source.report = report.as_dict()
            source.save(update_fields=["report"])
            if dry_run:
                raise _Rehearsal
            _keep_files(reading)
    except _Rehearsal:
        source = None
    return report, source


def _bring(entry, bank, source, author, report):
    where = {"path": entry.path, "line": entry.line, "kind": entry.kind, "name": entry.name[:255]}
    if not isinstance(entry, ImportedQuestion):
        report.items.append(Item(**where, outcome=entry.outcome, reason=entry.reason))
        return None
    try:
        with transaction.atomic():
            question = add_question(
                bank=bank,
                type=entry.type,
                name=entry.name,
                text=entry.text,
                data=entry.data,
                explanation=entry.explanation,
                hints=entry.hints,
                tags=list(dict.fromkeys(tag[:100] for tag in entry.tags)),
                author=author,
                source=source,
            )
    except AuthoringError as error:
        report.items.append(Item(**where, outcome=FAILED, reason=str(error)))
        return None
    report.items.append(Item(**where, outcome=IMPORTED, reason=entry.note))
    return question, entry.mark


def _append(quiz, questions):
    last = quiz.slots.order_by("-position").values_list("position", "page").first() or (0, 1)
    QuizSlot.objects.bulk_create(
        QuizSlot(
            quiz=quiz, question=question, position=last[0] + place, page=last[1], max_mark=max(mark, 0.0)
        )
        for place, (question, mark) in enumerate(questions, start=1)
    )


def _keep_files(reading):
    known = set(QuestionFile.objects.filter(name__in=reading.files).values_list("name", flat=True))
    for name, content in reading.files.items():
        if name not in known:
            kept = QuestionFile(
                name=name, content_type=CONTENT_TYPES[name.rsplit(".", 1)[1]], size=len(content)
            )
            kept.file.save(name, ContentFile(content), save=False)
            kept.save()


@transaction.atomic
def undo_import(*, source):
    """Take an import back. Questions that an attempt saw are retired instead. Returns (deleted, retired)."""
    questions = source.questions.all()
    seen = set(
        AttemptQuestion.objects.filter(version__question__in=questions).values_list(
            "version__question", flat=True
        )
    )
    QuizSlot.objects.filter(question__in=questions).exclude(question__in=seen).delete()
    retired = questions.filter(pk__in=seen).update(is_retired=True)
    deleted = 0
    for question in questions.exclude(pk__in=seen):
        question.delete()
        deleted += 1
    source.undone_at = timezone.now()
    source.save(update_fields=["undone_at"])
    return deleted, retired
