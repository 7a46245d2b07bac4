"""Search for settings on the validation part: the targets before those that the report is judged on."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from recommender.data.splits import Split
from recommender.zoo import base

from .metrics import ndcg
from .protocol import rank_targets

# member -> setting -> (kind, lowest, highest); kinds: float, log (a float over decades), int
SPACES: dict[str, dict[str, tuple[str, float, float]]] = {
    "popularity_week": {"days": ("log", 1, 90)},
    "markov": {
        "train_window": ("int", 1, 10),
        "train_decay": ("float", 0.3, 1.0),
        "power": ("float", 0.5, 1.2),
        "prior": ("log", 0.1, 100),
        "decay": ("float", 0.3, 1.0),
        "window": ("int", 1, 15),
    },
    "markov_second_order": {
        "window": ("int", 1, 6),
        "decay": ("float", 0.3, 1.0),
        "smoothing": ("log", 0.1, 100),
    },
    "item_knn": {
        "neighbours": ("int", 50, 400),
        "shrinkage": ("log", 0.1, 1000),
        "decay": ("float", 0.4, 1.0),
    },
    "user_knn": {
        "neighbours": ("int", 50, 1000),
        "window": ("int", 2, 20),
        "decay": ("float", 0.3, 1.0),
        "damping": ("float", 0.0, 1.0),
    },
    "ease": {"l2": ("log", 1, 1000), "decay": ("float", 0.4, 1.0)},
    "slit": {
        "l2": ("log", 1, 1000),
        "decay": ("float", 0.4, 1.0),
        "window": ("int", 3, 20),
        "next_window": ("int", 1, 5),
        "next_decay": ("float", 0.3, 1.0),
    },
    "matrix_factorization": {
        "width": ("int", 32, 256),
        "dropout": ("float", 0.0, 0.5),
        "epochs": ("int", 2, 12),
        "learning_rate": ("log", 5e-4, 1e-2),
    },
    "autoencoder": {
        "width": ("int", 100, 600),
        "dropout": ("float", 0.2, 0.7),
        "epochs": ("int", 5, 40),
        "learning_rate": ("log", 5e-4, 1e-2),
        "decay": ("float", 0.4, 1.0),
    },
    "lstm": {
        "hidden": ("int", 64, 384),
        "dropout": ("float", 0.0, 0.5),
        "epochs": ("int", 2, 12),
        "learning_rate": ("log", 5e-4, 1e-2),
    },
    "transformer": {
        "blocks": ("int", 1, 3),
        "dropout": ("float", 0.0, 0.5),
        "epochs": ("int", 2, 12),
        "learning_rate": ("log", 5e-4, 1e-2),
    },
    "text": {"decay": ("float", 0.4, 1.0), "min_count": ("int", 1, 10)},
    "blend": {
        "ease": ("float", 0.0, 2.0),
        "markov": ("float", 0.0, 2.0),
        "transformer": ("float", 0.0, 2.0),
    },
}
KINDS = {"float": float, "log": float, "int": int}


def suggest(trial: optuna.Trial, space: dict[str, tuple[str, float, float]]) -> dict:
    """One point of the space, chosen by the trial."""
    chosen = {}
    for name, (kind, low, high) in space.items():
        if kind == "int":
            chosen[name] = trial.suggest_int(name, int(low), int(high))
        else:
            chosen[name] = trial.suggest_float(name, low, high, log=kind == "log")
    return chosen


def open_study(folder: Path, name: str, *, seed: int) -> optuna.Study:
    """The study kept under `name` in the folder's journal, a new one where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    storage = JournalStorage(JournalFileBackend(str(folder / f"{name}.journal")))
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=6)
    return optuna.create_study(
        storage=storage, study_name=name, direction="maximize", load_if_exists=True, sampler=sampler
    )


def finished(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    return study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.COMPLETE])


def search(study: optuna.Study, model_name: str, split: Split, *, trials: int, k: int, progress) -> None:
    """Go on until the study holds `trials` finished trials; the first one is today's default settings.

    The value is the mean NDCG@k over the split's targets. `progress(done, text)` is told of every model's
    training and of each finished trial.
    """
    space = SPACES[model_name]
    if not study.get_trials(deepcopy=False):
        today = asdict(base.create(model_name).settings)
        first = {
            name: min(max(KINDS[kind](today[name] if today[name] is not None else high), low), high)
            for name, (kind, low, high) in space.items()
        }
        study.enqueue_trial(first)

    def objective(trial: optuna.Trial) -> float:
        done = len(finished(study))

        def report(part: float, text: str) -> None:
            progress((done + part) / trials, f"trial {trial.number + 1}: {text}")

        model = base.create(model_name, **suggest(trial, space)).fit(split.train, progress=report)
        ranks, _, _ = rank_targets(model, split, k=1)
        return float(np.mean(ndcg(ranks, k)))

    while len(finished(study)) < trials:
        study.optimize(objective, n_trials=1)
        progress(len(finished(study)) / trials, f"best {study.best_value:.4f}")


def trials_table(study: optuna.Study, k: int) -> str:
    """Every finished trial as a Markdown table, best first."""
    trials = sorted(finished(study), key=lambda trial: -trial.value)
    names = list(trials[0].params)
    lines = [f"| trial | NDCG@{k} | seconds | " + " | ".join(names) + " |", "| --- " * (len(names) + 3) + "|"]
    for trial in trials:
        cells = [f"{trial.params[name]:.4g}" for name in names]
        seconds = trial.duration.total_seconds()
        lines.append(
            f"| {trial.number + 1} | {trial.value:.4f} | {seconds:.0f} | " + " | ".join(cells) + " |"
        )
    return "\n".join(lines)


def write_defaults(model_name: str, settings: dict, file: Path = base.DEFAULTS_FILE) -> None:
    """Make `settings` the member's defaults, four digits each, beside those of other members."""
    rounded = {
        name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in settings.items()
    }
    defaults = json.loads(file.read_text()) if file.exists() else {}
    defaults[model_name] = defaults.get(model_name, {}) | rounded
    file.write_text(json.dumps(dict(sorted(defaults.items())), indent=2) + "\n")
