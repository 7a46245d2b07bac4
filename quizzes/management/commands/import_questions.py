"""Import a file of questions of another system into a question bank."""

import json as json_module
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from quizzes.formats import FORMATS, IMPORTED, Unreadable, read_questions
from quizzes.importing import import_questions
from quizzes.models import QuestionBank, Quiz


class Command(BaseCommand):
    help = "Imports questions (GIFT, Moodle XML, Aiken, QTI 1.2 and 2.1, CSV, or a zip of them)."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=["auto", *FORMATS], default="auto")
        parser.add_argument(
            "--bank", metavar="NAME", help="the question bank; made if new (default: the file's name)"
        )
        parser.add_argument("--quiz", metavar="SLUG", help="also add the questions to the end of this quiz")
        parser.add_argument("--dry-run", action="store_true", help="report only, write nothing")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON")

    def handle(self, *, file, format, bank, quiz, dry_run, json, **options):
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} can't be read: {error.strerror}.") from error
        found = None
        if quiz:
            found = Quiz.objects.filter(slug=quiz).first()
            if found is None:
                raise CommandError(f"There is no quiz with the address “{quiz}”.")
        try:
            reading = read_questions(content, name=file.name, format=format)
        except Unreadable as error:
            raise CommandError(f"{file}: {error}") from error
        name = (bank or file.stem)[:200]
        target = QuestionBank.objects.filter(name=name).first() or QuestionBank(name=name)
        report, _source = import_questions(
            reading=reading, bank=target, file_name=file.name, quiz=found, dry_run=dry_run
        )
        self._tell(report, target, dry_run)
        if json:
            self._write(json, report)

    def _tell(self, report, bank, dry_run):
        for item in report.items:
            if item.outcome != IMPORTED or item.reason:
                place = item.path + (f":{item.line}" if item.line else "")
                self.stdout.write(f"{place}: {item.outcome}: {item.name or item.kind}: {item.reason}")
        counts = report.as_dict()
        fate = " (dry run, nothing written)" if dry_run else f" into “{bank.name}”"
        self.stdout.write(
            "{format}: {found} found, {imported} imported, {skipped} skipped, {failed} failed".format(
                **counts
            )
            + fate
        )

    def _write(self, path, report):
        try:
            Path(path).write_text(
                json_module.dumps(report.as_dict(), ensure_ascii=False, indent=2), encoding="utf-8"
            )
        except OSError as error:
            raise CommandError(f"The report can't be written to {path}: {error.strerror}.") from error
