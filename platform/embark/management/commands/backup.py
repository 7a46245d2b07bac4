from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from embark.backups import BackupError, saving


class Command(BaseCommand):
    help = "Writes the database, uploaded files and model versions into one folder, while the site runs."

    def add_arguments(self, parser):
        parser.add_argument("--to", help="a folder that doesn't exist yet (default: var/backups/<time>)")

    def handle(self, *, to, verbosity, **options):
        folder = to or settings.VAR_DIR / "backups" / f"{timezone.now():%Y%m%d-%H%M%S}"
        say = self.stdout.write if verbosity > 1 else lambda sentence: None
        try:
            manifest = saving.save(folder=folder, say=say)
        except BackupError as error:
            raise CommandError(str(error)) from None
        if verbosity:
            rows = sum(table["rows"] for table in manifest["tables"].values())
            size = sum(file["bytes"] for file in manifest["files"].values()) / 10**6
            self.stdout.write(
                f"{folder}: {len(manifest['tables'])} tables with {rows:,} rows, "
                f"{len(manifest['files']) - 1} files beside them, {size:,.1f} MB"
            )
