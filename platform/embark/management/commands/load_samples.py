import time

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from embark.demo import samples


class Command(BaseCommand):
    help = (
        "Load the sample courses and simulated learners with believable histories; repeating it adds nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("--learners", type=int, default=300, help="simulated learners (default 300)")

    def handle(self, learners, verbosity, **options):
        if learners < 0:
            raise CommandError("The number of learners can't be negative.")
        started = time.monotonic()
        with tqdm(total=100, desc="courses", unit="%", disable=verbosity == 0) as bar:
            try:
                courses = samples.load_library(lambda done, name: bar.update(100 * done - bar.n))
            except samples.SamplesBroken as error:
                raise CommandError(f"The sample library is broken: {error}") from error
            bar.update(100 - bar.n)
        new = samples.add_learners(count=learners, now=timezone.now())
        if verbosity:
            self.stdout.write(
                f"{len(courses)} sample courses, {new} new simulated learners, "
                f"{time.monotonic() - started:.1f} s"
            )
