from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from courses.models import Course
from exchange.cartridge_export import write_cartridge
from exchange.course_archive import write_archive

SUFFIXES = {"archive": ".embark.zip", "cartridge": ".imscc"}
WRITERS = {"archive": write_archive, "cartridge": write_cartridge}


class Command(BaseCommand):
    help = (
        "Export a course: as the site's own archive, which restores it exactly, or as a Common Cartridge 1.3."
    )

    def add_arguments(self, parser):
        parser.add_argument("slug", help="address of the course")
        parser.add_argument("--format", choices=sorted(SUFFIXES), default="archive")
        parser.add_argument(
            "--output", type=Path, metavar="FILE", help="default: the slug with the format's ending"
        )

    def handle(self, slug, format, output=None, **options):
        course = Course.objects.filter(slug=slug).first()
        if course is None:
            raise CommandError(f"There is no course with the address “{slug}”.")
        target = output or Path(f"{slug}{SUFFIXES[format]}")
        partial = target.with_name(f"{target.name}.part")
        try:
            with partial.open("wb") as file:
                left_out = WRITERS[format](course=course, target=file) or []
            partial.replace(target)
        except OSError as error:
            raise CommandError(f"{target} can't be written: {error.strerror or error}.") from error
        finally:
            partial.unlink(missing_ok=True)
        for sentence in left_out:
            self.stdout.write(f"Left out: {sentence}")
        self.stdout.write(f"{target}: {target.stat().st_size:,} bytes")
