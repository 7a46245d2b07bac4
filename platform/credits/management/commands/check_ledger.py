"""Prove that every entry balances, every balance is the sum of its lines, and nothing expired untold."""

from django.core.management.base import BaseCommand, CommandError

from credits.ledger import discrepancies
from credits.models import Entry


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        problems = discrepancies()
        if problems:
            raise CommandError("\n".join(problems))
        self.stdout.write(f"The ledger is sound: {Entry.objects.count()} entries, all balanced.")
