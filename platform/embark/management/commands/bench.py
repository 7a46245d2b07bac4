import sys

from django.conf import settings
from django.core.management.base import BaseCommand

from embark.measuring import (
    administration,
    catalogue,
    engine,
    environment,
    grading,
    library,
    newcomers,
    pages,
    report,
    site,
    suggestions,
)
from recommender import artifacts
from recommender.catalog import training_items
from recommender.training import unlearned

PARTS = ("suggestions", "pages", "memory", "newcomers", "grading", "engine", "library", "admin")


class Command(BaseCommand):
    help = "Measures what the documents state, on servers and data of its own, and prints a table."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--courses", type=int, default=3_334, help="each with a lesson and a quiz")
        parser.add_argument("--learners", type=int, default=98_000)
        parser.add_argument("--events", type=int, default=1_100_000)
        parser.add_argument("--requests", type=int, default=500)
        parser.add_argument("--rounds", type=int, default=7, help="rounds of pages with and without")
        parser.add_argument("--seconds", type=float, default=5, help="length of one such round")
        parser.add_argument("--items", type=int, nargs="*", default=[10_000, 100_000], help="engine alone")
        parser.add_argument("--lessons", type=int, default=100_000, help="searched among")
        parser.add_argument("--long", type=int, default=2_000, help="lessons of the longest course")
        parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS)
        parser.add_argument("--folder", help="keep data and servers' files there, and use them again")
        parser.add_argument("--json", default="test-output/bench.json", help="where the numbers are written")

    def handle(self, **options):
        try:
            results = self.measure(**options)
        finally:
            environment.clean_up()
        self.stdout.write(f"The numbers are in {options['json']}.")
        del results

    def measure(
        self, *, only, courses, learners, events, requests, rounds, seconds, items, lessons, long, **options
    ):
        self.prepare(courses, learners, events)
        results, rows = {"sizes": {"courses": courses, "learners": learners, "events": events}}, []
        parts = {
            "suggestions": lambda: suggestions.measure(requests=requests),
            "pages": lambda: pages.on_beside_off(rounds=rounds, seconds=seconds),
            "memory": lambda: pages.resident(),
            "newcomers": newcomers.measure,
            "grading": lambda: grading.measure(answers=200 * requests),
            "engine": lambda: [engine.measure(items=count, requests=requests) for count in items],
            # Last: their rows would change what the others measure.
            "library": lambda: library.measure(lessons=lessons, long=long, requests=requests),
            "admin": lambda: administration.measure(requests=max(3, requests // 50), share=learners / 98_000),
        }
        for name in (part for part in PARTS if part in only):
            self.say(f"Measuring {name} …")
            results[name] = parts[name]()
            rows += _rows(name, results[name])
            self.say(f"  {results[name]}")
        self.stdout.write(
            f"\n{3 * courses:,} items, {learners:,} learners, {events:,} events; a model with random weights "
            "(it costs what a trained one costs, and has learned nothing).\n\n"
        )
        report.table(rows, out=self.stdout)
        about = report.machine()
        self.stdout.write(f"\n{about['cores']} cores, load average {about['load average']}, {about['at']}\n")
        report.write_json(options["json"], results)
        return results

    def prepare(self, courses, learners, events):
        site.prepare_tables()
        if not artifacts.live_id(settings.MODELS_DIR):
            self.say(f"Writing {courses:,} courses, {learners:,} learners, {events:,} events …")
            catalogue.fill(courses=courses, learners=learners, events=events)
            catalogue.analyse()
            self.say("Writing a model version …")
            name = unlearned.make(settings.MODELS_DIR, training_items(), histories=min(50_000, 10 * learners))
            artifacts.publish(settings.MODELS_DIR, name)

    def say(self, sentence):
        sys.stderr.write(sentence + "\n")
        sys.stderr.flush()


def _rows(name, found):
    """What is measured, the value and what is promised."""
    if name == "suggestions":
        return [
            ("rail in a lesson page, p50", f"{found['p50 ms']} ms", "5 ms"),
            ("rail in a lesson page, p95", f"{found['p95 ms']} ms", "10 ms"),
            ("… of this the web worker's processor, p50", f"{found['processor p50 ms']} ms", ""),
            ("… of this the web worker's processor, p95", f"{found['processor p95 ms']} ms", ""),
            ("SQL statements of a rail, at most", found["statements"], "5"),
        ]
    if name == "pages":
        return [
            ("lesson pages a second, suggestions on", found["on a second"], ""),
            ("lesson pages a second, suggestions off", found["off a second"], ""),
            ("ratio", found["ratio"], "0.6"),
            ("web worker's processor a page, on", f"{found['processor ms on']} ms", ""),
            ("web worker's processor a page, off", f"{found['processor ms off']} ms", ""),
        ]
    if name == "memory":
        return [
            ("web worker, resident", f"{found['resident MiB']} MiB", "200 MB"),
            ("… of this not shared with files", f"{found['private MiB']} MiB", ""),
        ]
    if name == "newcomers":
        return [
            ("new course has its vector after", f"{found['vector after s']} s", ""),
            ("new course is suggested after", f"{found['suggested after s']} s", "60 s"),
        ]
    if name == "grading":
        return [("answers graded a second on one core", f"{found['a second']:,}", "10,000")]
    if name == "library":
        return library.rows(found)
    if name == "admin":
        return administration.rows(found)
    return [
        (
            f"engine alone, {size['items']:,} items, p50 / p95",
            f"{size['p50 ms']} / {size['p95 ms']} ms",
            "",
        )
        for size in found
    ]
