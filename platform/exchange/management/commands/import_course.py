import json
import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from exchange.archives import SourceRefused
from exchange.course_import import import_course
from exchange.readers import FORMATS


class Command(BaseCommand):
    help = (
        "Import a course: Open edX (OLX), IMS Common Cartridge, a folder of Markdown, or an Embark archive."
    )

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path, help="folder, zip, tar.gz or .imscc")
        parser.add_argument("--format", choices=["auto", *FORMATS], default="auto")
        parser.add_argument("--dry-run", action="store_true", help="read and report, write nothing")
        parser.add_argument(
            "--json", metavar="FILE", help="write the whole report to FILE; - is standard output"
        )
        parser.add_argument("--author", metavar="EMAIL", help="who owns the new course")
        parser.add_argument("--publish", action="store_true", help="publish it at once instead of as a draft")

    def handle(self, path, format, dry_run, json: str | None = None, author=None, publish=False, **options):
        started = time.monotonic()
        owner = self._owner(author)
        try:
            course, outline, report = import_course(
                path=path, format=format, dry_run=dry_run, author=owner, publish=publish
            )
        except SourceRefused as error:
            raise CommandError(str(error)) from error
        if json:
            self._write_json(json, report, course)
        if json == "-":
            return
        for item in report.items:
            if item.outcome != "imported" and options["verbosity"] > 0:
                self.stdout.write(f"{item.outcome:>8}  {item.path} ({item.kind}) {item.name}: {item.reason}")
        counts = report.counts()
        place = (
            "nothing was written"
            if course is None
            else f"{course.get_absolute_url()} ({course.get_status_display()})"
        )
        self.stdout.write(
            f"{outline.title}: found {counts['found']}, imported {counts['imported']}, "
            f"skipped {counts['skipped']}, failed {counts['failed']}; {place}; "
            f"{time.monotonic() - started:.1f} s"
        )

    def _owner(self, email):
        if not email:
            return None
        owner = User.objects.filter(email__iexact=email).first()
        if owner is None:
            raise CommandError(f"Nobody has the address {email}.")
        return owner

    def _write_json(self, target, report, course):
        data = {**report.as_dict(), "course": course.slug if course else None}
        text = json.dumps(data, ensure_ascii=False, indent=2)
        if target == "-":
            self.stdout.write(text)
            return
        try:
            Path(target).write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"The report can't be written to {target}: {error.strerror}.") from error
