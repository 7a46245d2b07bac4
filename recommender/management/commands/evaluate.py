"""`manage.py evaluate`: judge models on a history bundle, or on the site's own history, by one protocol."""

from __future__ import annotations

import csv
import gzip
import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from recommender.data.bundles import BundleError, read_bundle
from recommender.data.dataset import Dataset
from recommender.data.splits import Split, SplitError, global_time, leave_last_out
from recommender.evaluation import results as kept
from recommender.evaluation.html import page
from recommender.evaluation.protocol import Result, judge
from recommender.evaluation.report import machine, slice_table, summarise, table, versions
from recommender.zoo import base

PROTOCOLS = ("leave-last-out", "global-time")


def read_source(source: str) -> Dataset:
    """The bundle in a folder, or with the word `database` the site's own history."""
    try:
        if source != "database":
            return read_bundle(source)
        from recommender.export import export_bundle

        with tempfile.TemporaryDirectory() as folder:
            export_bundle(Path(folder))
            return read_bundle(folder)
    except BundleError as error:
        raise CommandError(str(error)) from error


def parse_moment(text: str) -> float:
    """Seconds since the epoch of an ISO date or moment; UTC where it names no offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--at {text!r} is not an ISO date such as 2017-07-01.") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def split_by(protocol: str, dataset: Dataset, at: str | None) -> Split:
    try:
        if protocol == "leave-last-out":
            return leave_last_out(dataset)
        if at is None:
            raise CommandError("--protocol global-time needs --at DATE, the moment up to which models learn.")
        return global_time(dataset, parse_moment(at))
    except SplitError as error:
        raise CommandError(str(error)) from error


def chosen_models(text: str) -> list[str]:
    names = base.names() if text == "all" else [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        try:
            base.member(name)
        except KeyError as error:
            raise CommandError(error.args[0]) from error
    if not names:
        raise CommandError("--models names no model.")
    return list(dict.fromkeys(names))


class Command(BaseCommand):
    help = "Judge recommenders by full ranking on a history bundle, or on this site's history."
    requires_system_checks = []  # files in, files out: a site that is not set up yet does not matter

    def add_arguments(self, parser):
        parser.add_argument("source", help="folder of a history bundle, or the word database")
        parser.add_argument("--protocol", choices=PROTOCOLS, default="leave-last-out")
        parser.add_argument("--at", help="global-time: models learn from events before this ISO date")
        parser.add_argument("--models", default="all", help="comma-separated names, or all")
        parser.add_argument("--k", default="10,20", help="list lengths; the first one orders the table")
        parser.add_argument("--learners", type=int, help="ask for this many learners, drawn with the seed")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--draws", type=int, default=1000, help="bootstrap draws")
        parser.add_argument("--json", dest="json_file", help="write all figures to this file")
        parser.add_argument("--html", dest="html_file", help="write a report with plots to this file")
        parser.add_argument(
            "--results",
            dest="results_folder",
            help="keep results in this folder; a model judged there before is not trained again",
        )
        parser.add_argument("--ranks", dest="ranks_folder", help="write every target's rank into this folder")

    def handle(self, *, source, protocol, at, models, k, learners, seed, draws, **options):
        try:
            ks = [int(part) for part in k.split(",")]
        except ValueError as error:
            raise CommandError(f"--k {k!r} is not a list of numbers such as 10,20.") from error
        if min(ks) < 1:
            raise CommandError("--k needs numbers from 1 on.")
        if learners is not None and learners < 1:
            raise CommandError("--learners needs a number from 1 on.")
        names = chosen_models(models)
        split = split_by(protocol, read_source(source), at)
        if learners is not None:
            split = split.of_learners(learners, seed)
        results, failed = [], {}
        for name in names:
            try:
                results.append(self.result_of(name, split, max(ks), options["results_folder"]))
            except (ValueError, MemoryError) as error:
                failed[name] = str(error) or "there was not enough memory"
                self.stderr.write(f"{name} can't be judged: {failed[name]}")
        if not results:
            raise CommandError("No model could be judged.")
        figures = {
            "protocol": protocol,
            "at": at,
            "data": {
                "source": "database" if source == "database" else Path(source).name,
                "learners": split.whole.n_learners,
                "items": split.whole.n_items,
                "events": split.whole.n_events,
                "training_events": split.train.n_events,
                "targets": len(split),
            },
            "k": ks,
            "learners": learners,
            "seed": seed,
            "bootstrap_draws": draws,
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine() | {"threads": int(os.environ.get("OMP_NUM_THREADS", os.cpu_count()))},
            "versions": versions(),
            "failed": failed,
            "models": summarise(results, split, ks=ks, seed=seed, draws=draws),
        }
        if options["json_file"]:
            Path(options["json_file"]).write_text(json.dumps(figures, indent=1, ensure_ascii=False))
        if options["html_file"]:
            Path(options["html_file"]).write_text(page(figures))
        if options["ranks_folder"]:
            write_ranks(Path(options["ranks_folder"]), results, split)
        self.stdout.write(table(figures["models"], ks))
        self.stdout.write("\nNDCG by slice:\n" + slice_table(figures["models"], ks[0]))

    def result_of(self, name: str, split: Split, k: int, folder: str | None) -> Result:
        if folder is None:
            return self.judge_with_progress(name, split, k)
        key = kept.fingerprint(base.create(name), split, k)
        result = kept.read(Path(folder), key, name)
        if result is None:
            result = self.judge_with_progress(name, split, k)
            kept.write(Path(folder), key, result)
        return result

    def judge_with_progress(self, name: str, split: Split, k: int) -> Result:
        layout = "{desc:<22}{percentage:3.0f}% |{bar}| {elapsed} {postfix}"
        with tqdm(total=1.0, desc=name, bar_format=layout, file=self.stderr._out) as bar:

            def show(done: float, text: str) -> None:
                bar.set_postfix_str(text, refresh=False)
                bar.n = min(done, 1.0)
                bar.refresh()

            return judge(base.create(name), split, k=k, progress=show)


def write_ranks(folder: Path, results: list[Result], split: Split) -> None:
    """MODEL.csv.gz for each model: learner_id, item_id, rank of every target."""
    folder.mkdir(parents=True, exist_ok=True)
    learner_ids, item_ids = split.whole.learners.ids, split.whole.items.ids
    for result in results:
        with gzip.open(folder / f"{result.name}.csv.gz", "wt", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["learner_id", "item_id", "rank"])
            for learner, item, rank in zip(split.learners, split.target_items, result.ranks, strict=True):
                writer.writerow([learner_ids[learner], item_ids[item], rank])
