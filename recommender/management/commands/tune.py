"""`manage.py tune`: search a model's settings on a bundle's validation part; the best become its defaults."""

from __future__ import annotations

from pathlib import Path

import optuna
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from recommender.data.splits import SplitError, global_time, leave_last_out
from recommender.evaluation import tuning
from recommender.zoo import base

from .evaluate import PROTOCOLS, parse_moment, read_source


class Command(BaseCommand):
    help = "Search a recommender's settings; stopped and started again, it goes on where it was."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("source", help="folder of a history bundle, or the word database")
        parser.add_argument("model", choices=sorted(tuning.SPACES))
        parser.add_argument("--trials", type=int, default=30, help="trials in all, finished ones included")
        parser.add_argument("--protocol", choices=PROTOCOLS, default="leave-last-out")
        parser.add_argument(
            "--at", help="global-time: learn before this date, which must lie before that of the report"
        )
        parser.add_argument("--until", help="global-time: no event from this date on is used")
        parser.add_argument("--learners", type=int, default=10_000, help="judged on this many learners")
        parser.add_argument("--k", type=int, default=10)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--folder", default="var/tuning", help="where studies are kept")
        parser.add_argument("--defaults", default=str(base.DEFAULTS_FILE), help="where the winner is written")

    def handle(self, *, source, model, trials, protocol, at, until, learners, k, seed, folder, **options):
        dataset = read_source(source)
        try:
            if protocol == "leave-last-out":
                # the report's targets are taken away first, so that they can't be tuned on
                split = leave_last_out(leave_last_out(dataset).train)
            elif at is None or until is None:
                raise CommandError("--protocol global-time needs --at DATE and --until DATE.")
            else:
                split = global_time(dataset.before(parse_moment(until)), parse_moment(at))
        except SplitError as error:
            raise CommandError(str(error)) from error
        split = split.of_learners(learners, seed)
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        # a study belongs to what was measured: the same data, protocol and draw of learners
        name = f"{model}-{Path(source).name}-{protocol}-{learners}-{seed}"
        study = tuning.open_study(Path(folder), name, seed=seed)
        layout = "{desc:<22}{percentage:3.0f}% |{bar}| {elapsed} {postfix}"
        with tqdm(total=1.0, desc=model, bar_format=layout, file=self.stderr._out) as bar:

            def show(done: float, text: str) -> None:
                bar.set_postfix_str(text, refresh=False)
                bar.n = min(done, 1.0)
                bar.refresh()

            tuning.search(study, model, split, trials=trials, k=k, progress=show)
        table = tuning.trials_table(study, k)
        (Path(folder) / f"{name}.md").write_text(table + "\n")
        tuning.write_defaults(model, study.best_params, Path(options["defaults"]))
        self.stdout.write(table)
        self.stdout.write(f"\nThe best settings of {model} are now its defaults, in {options['defaults']}.")
