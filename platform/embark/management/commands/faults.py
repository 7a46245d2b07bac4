import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from embark.measuring import catalogue, environment, faults, report, site
from recommender import artifacts
from recommender.catalog import training_items
from recommender.training import unlearned

QUICK_AWAY = 20


class Command(BaseCommand):
    help = "Kills parts of a running site of its own while learners take a quiz, and looks for what was lost."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--learners", type=int, default=12, help="who take the quiz meanwhile")
        parser.add_argument("--away", type=float, default=300, help="seconds without a broker")
        parser.add_argument("--quick", action="store_true", help="20 seconds without a broker")
        parser.add_argument(
            "--only", nargs="*", choices=list(faults.SCENARIOS), default=list(faults.SCENARIOS)
        )
        parser.add_argument("--folder", help="keep data and servers' files there, and use them again")
        parser.add_argument("--json", default="test-output/faults.json", help="where the outcome is written")

    def handle(self, *, learners, away, quick, only, json, **options):
        try:
            site.prepare_tables()
            if not artifacts.live_id(settings.MODELS_DIR):
                catalogue.fill(courses=60, learners=300, events=4_000)
                name = unlearned.make(settings.MODELS_DIR, training_items(), histories=3_000)
                artifacts.publish(settings.MODELS_DIR, name)
            results = faults.measure(
                only=only, learners=learners, away=QUICK_AWAY if quick else away, say=_say
            )
            report.write_json(json, {"faults": results})
        finally:
            environment.clean_up()
        width = max(len(row["fault"]) for row in results)
        for row in results:
            verdict = "nothing lost" if not row["lost or wrong"] else "; ".join(row["lost or wrong"][:3])
            self.stdout.write(f"{row['fault']:{width}}  {verdict:12}  {row['happened']}")
        if any(row["lost or wrong"] for row in results):
            raise CommandError("Something was lost.")


def _say(sentence):
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()
