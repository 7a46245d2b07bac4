"""Write a question bank or a quiz as a file for other systems."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from quizzes.exporting import export_questions
from quizzes.formats import WRITERS
from quizzes.models import Question, QuestionBank, Quiz


class Command(BaseCommand):
    help = "Exports questions as GIFT, Moodle XML or a QTI 2.1 package."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=sorted(WRITERS), required=True)
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("--bank", metavar="NAME")
        source.add_argument("--quiz", metavar="SLUG")

    def handle(self, *, file, format, bank, quiz, **options):
        questions = Question.objects.with_current().filter(is_retired=False)
        if bank:
            if not QuestionBank.objects.filter(name=bank).exists():
                raise CommandError(f"There is no question bank “{bank}”.")
            questions = questions.filter(bank__name=bank).order_by("pk")
        else:
            if not Quiz.objects.filter(slug=quiz).exists():
                raise CommandError(f"There is no quiz with the address “{quiz}”.")
            questions = questions.filter(slots__quiz__slug=quiz).order_by("slots__position")
        questions = list(questions)
        try:
            file.write_bytes(export_questions(questions=questions, format=format))
        except OSError as error:
            raise CommandError(f"{file} can't be written: {error.strerror}.") from error
        self.stdout.write(f"{len(questions)} questions written to {file}")
