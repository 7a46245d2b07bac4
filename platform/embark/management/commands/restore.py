from django.core.management.base import BaseCommand, CommandError

from embark.backups import BackupError, restoring


class Command(BaseCommand):
    help = "Restores a backup into an empty database and empty folders; every table and file is checked."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("folder", help="the folder that `manage.py backup` wrote")

    def handle(self, *, folder, verbosity, **options):
        say = self.stdout.write if verbosity > 1 else lambda sentence: None
        try:
            manifest = restoring.restore(folder=folder, say=say)
        except BackupError as error:
            raise CommandError(str(error)) from None
        if verbosity:
            self.stdout.write(
                f"Restored what was saved at {manifest['made_at']}: {len(manifest['tables'])} tables and "
                f"{len(manifest['files']) - 1} files, all as they were. "
                "Now run `manage.py migrate`, and then start the site."
            )
