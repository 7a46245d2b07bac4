from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from accounts.models import User
from embark.measuring import environment, report, site, weight
from recommender import artifacts
from recommender.catalog import training_items
from recommender.training import unlearned


class Command(BaseCommand):
    help = (
        "Weighs pages of the sample courses on a served site of its own, in Chromium as a slow phone: bytes, "
        "requests, largest contentful paint, layout shift."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--runs", type=int, default=5, help="each page is opened so often")
        parser.add_argument("--learners", type=int, default=300, help="simulated, whose activity pages show")
        parser.add_argument("--folder", help="keep data and servers' files there, and use them again")
        parser.add_argument("--json", default="test-output/weight.json", help="where the numbers are written")

    def handle(self, **options):
        try:
            self.measure(**options)
        finally:
            environment.clean_up()
        self.stdout.write(f"The numbers are in {options['json']}.")

    def measure(self, *, runs, learners, json, **options):
        site.prepare_tables()
        if not User.objects.filter(is_simulated=True).exists():
            call_command("load_samples", learners=learners, verbosity=0)
        if not artifacts.live_id(settings.MODELS_DIR):
            name = unlearned.make(settings.MODELS_DIR, training_items(), histories=10 * learners)
            artifacts.publish(settings.MODELS_DIR, name)
        weighed = weight.pages()
        with site.Site(workers=2) as served:
            served.start_web()
            found = weight.weigh(f"http://127.0.0.1:{served.port}", weighed, runs=runs)
        columns = tuple(weight.PROMISED)
        rows = [(name, *(_shown(values[column]) for column in columns)) for name, values in found.items()]
        rows.append(("promised of a lesson", *weight.PROMISED.values()))
        report.table(rows, heading=("", *columns), out=self.stdout)
        about = report.machine()
        self.stdout.write(f"\n{about['cores']} cores, load average {about['load average']}, {about['at']}\n")
        report.write_json(json, {"pages": found})


def _shown(value):
    return f"{value:.3f}".rstrip("0").rstrip(".") if value < 10 else f"{value:.0f}"
