import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from exchange.history_export import export_history
from exchange.history_import import HistoryRefused


class Command(BaseCommand):
    help = "Write the learning history of this site as a bundle that import_history reads."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="where to write the three files")
        parser.add_argument(
            "--bundle", default="", help="only what this imported bundle brought, under its own ids"
        )

    def handle(self, folder, bundle="", **options):
        started = time.monotonic()
        try:
            written = export_history(folder=folder, bundle=bundle)
        except HistoryRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{written.items:,} items, {written.learners:,} learners, {written.events:,} events "
            f"in {folder}, {time.monotonic() - started:.1f} s"
        )
