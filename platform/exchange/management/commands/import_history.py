import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from exchange.archives import SourceRefused, open_source
from exchange.history_import import HistoryRefused, import_history
from jobs.locks import Busy


class Command(BaseCommand):
    help = "Import a history bundle: items, learners and events of an institution that arrives with its past."

    def add_arguments(self, parser):
        parser.add_argument(
            "bundle", help="folder (or zip, tar.gz) with items, learners and events as .csv.gz"
        )
        parser.add_argument("--name", help="name of the bundle; default: the folder's")
        parser.add_argument(
            "--skip-bad-rows", action="store_true", help="leave out rows that can't be read, and list them"
        )

    def handle(self, bundle, name=None, skip_bad_rows=False, **options):
        started = time.monotonic()
        path = Path(bundle).resolve()
        bars = _Bars(disable=options["verbosity"] == 0)
        try:
            with open_source(path) as root, bars:
                places = sorted(root.rglob("events.csv.gz"), key=lambda place: len(place.parts))
                report = import_history(
                    folder=places[0].parent if places else root,
                    bundle=name or path.name.partition(".")[0],
                    skip_bad_rows=skip_bad_rows,
                    step=bars.step,
                )
        except (SourceRefused, HistoryRefused, Busy) as error:
            raise CommandError(str(error)) from error
        for row in report.bad_rows:
            self.stderr.write(f"Left out: {row}")
        self.stdout.write(
            f"{report.bundle}: {report.items:,} items ({report.items_new:,} new), "
            f"{report.learners:,} learners ({report.learners_new:,} new), "
            f"{report.events:,} events ({report.events_new:,} new), "
            f"{report.enrolments_new:,} new enrolments, in {time.monotonic() - started:.1f} s"
        )


class _Bars:
    """One progress bar at a time, for the step that runs."""

    def __init__(self, *, disable):
        self.disable = disable
        self.name, self.bar = "", None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.bar is not None:
            self.bar.close()

    def step(self, name, done, total):
        if name != self.name:
            self.__exit__()
            self.name = name
            self.bar = tqdm(
                desc=name, total=total or None, unit=" rows", unit_scale=True, disable=self.disable
            )
        self.bar.total = total or self.bar.total
        self.bar.update(done - self.bar.n)
