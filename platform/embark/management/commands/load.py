from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from embark.measuring import catalogue, environment, load, report, site
from recommender import artifacts
from recommender.catalog import training_items
from recommender.training import unlearned


class Command(BaseCommand):
    help = "Drives a served site of its own: many learners take one quiz at once, then a mixed load of pages."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--takers", type=int, default=200, help="learners who take the quiz at once")
        parser.add_argument("--ramp", type=float, default=30, help="seconds within which they all start")
        parser.add_argument(
            "--seconds", type=float, default=60, help="how long they save, and pages are read"
        )
        parser.add_argument(
            "--every", type=float, default=10, help="seconds between two saves of one learner"
        )
        parser.add_argument("--rate", type=float, nargs="*", default=[20, 40, 60], help="pages a second")
        parser.add_argument("--workers", type=int, default=2, help="web workers")
        parser.add_argument("--courses", type=int, default=3_334)
        parser.add_argument("--learners", type=int, default=98_000)
        parser.add_argument("--events", type=int, default=1_100_000)
        parser.add_argument("--folder", help="keep data and servers' files there, and use them again")
        parser.add_argument("--json", default="test-output/load.json", help="where the numbers are written")

    def handle(self, **options):
        try:
            problems = self.measure(**options)
        finally:
            environment.clean_up()
        self.stdout.write(f"The numbers are in {options['json']}.")
        if problems:
            raise CommandError(f"{problems} answers or pages were lost or wrong.")

    def measure(self, *, takers, ramp, seconds, every, rate, workers, courses, learners, events, **options):
        site.prepare_tables()
        if not artifacts.live_id(settings.MODELS_DIR):
            catalogue.fill(courses=courses, learners=learners, events=events)
            catalogue.analyse()
            name = unlearned.make(settings.MODELS_DIR, training_items(), histories=min(50_000, 10 * learners))
            artifacts.publish(settings.MODELS_DIR, name)
        results = {"pages": []}
        with site.Site(workers=workers) as served:
            served.start_web()
            results["quiz"] = load.quiz(served, learners=takers, ramp=ramp, seconds=seconds, every=every)
            for asked in rate:
                results["pages"].append(load.pages(served, rate=asked, seconds=min(seconds, 30)))
        report.table(_rows(results), out=self.stdout)
        about = report.machine()
        self.stdout.write(f"\n{about['cores']} cores, load average {about['load average']}, {about['at']}\n")
        report.write_json(options["json"], results)
        wrong = results["quiz"]["errors"] + results["quiz"]["lost or wrong"]
        wrong += [error for found in results["pages"] for error in found["errors"]]
        for sentence in wrong[:10]:
            self.stderr.write(sentence)
        return len(wrong)


def _rows(results):
    taken = results["quiz"]
    promised = {"save": "p95 250 ms"}
    rows = [
        (
            f"{taken['learners']} take a quiz: {taken['requests'][name]} × {name}, p50/p95/p99",
            " / ".join(f"{value:.0f}" for value in values) + " ms",
            promised.get(name, ""),
        )
        for name, values in taken["ms p50, p95, p99"].items()
    ]
    rows.append(("… errors", len(taken["errors"]), "0"))
    rows.append(("… lost or wrong answers, marks, credits", len(taken["lost or wrong"]), "0"))
    for found in results["pages"]:
        values = found["ms p50, p95, p99"]["all"]
        rows.append(
            (
                f"mixed pages, {found['asked a second']:.0f} asked a second, p50/p95/p99",
                " / ".join(f"{value:.0f}" for value in values) + " ms",
                "60 a second, p95 250 ms",
            )
        )
        rows.append(("… answered a second", found["answered a second"], ""))
        rows.append(("… errors", len(found["errors"]), "0"))
    return rows
