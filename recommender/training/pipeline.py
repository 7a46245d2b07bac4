"""From a data set to a model version on disk, in one call."""

from __future__ import annotations

import json
import resource
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recommender import artifacts
from recommender.data.dataset import Dataset

from . import export, fitting
from .config import Config
from .distributed import join
from .loop import Report, TrainingCancelled, TrainingFailed, Watch
from .rivals import against_live

__all__ = ["ArtifactSummary", "TrainingCancelled", "TrainingFailed", "train"]


@dataclass(frozen=True)
class ArtifactSummary:
    """What a training made. `metrics["models"]` holds NDCG@10 and HR@10 with intervals, by model."""

    version: str
    directory: Path
    metrics: dict
    n_items: int
    n_learners: int
    n_events: int
    seconds: float
    peak_mebibytes: int


def train(
    dataset: Dataset,
    *,
    config: Config,
    directory: Path,
    progress: Report = lambda stage, done, text: None,
    cancelled: Callable[[], bool] = lambda: False,
    heartbeat: Callable[[], None] = lambda: None,
    resume: bool = True,
) -> ArtifactSummary | None:
    """Fit everything on `dataset` and write a new version below the models' root `directory`.

    The version is complete and hashed, but not live: `artifacts.publish` does that. Half-trained networks
    are kept in `directory/checkpoints`; with `resume` a later call on the same data and configuration goes
    on from them. Raises TrainingFailed, with a sentence for a person, and TrainingCancelled; neither leaves
    a version behind. Of several processes under `torchrun` only the first writes; the others return None.
    """
    began, directory = time.monotonic(), Path(directory)
    checkpoints = directory / "checkpoints"
    _prepare(checkpoints, dataset, config, resume=resume)
    watch = Watch(progress, cancelled, heartbeat)
    try:
        fitted = fitting.fit(
            dataset,
            config=config,
            watch=watch,
            checkpoints=checkpoints,
            compare=lambda fitted, test: against_live(fitted, test, directory),
        )
        if not join().leads:
            return None
        progress("export", 0.0, "writing the version")
        version = artifacts.new_id()
        seconds = time.monotonic() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        newest = float(np.nanmax(dataset.time)) if dataset.has_times else None
        fitted.metrics.update(
            trained_until=newest,
            items=dataset.n_items, learners=dataset.n_learners, events=dataset.n_events,
            seconds=round(seconds, 1), peak_mebibytes=peak, curve=fitted.curve,
        )  # fmt: skip
        with artifacts.building(directory, version) as folder:
            export.write(fitted, folder)
    except MemoryError as error:
        raise TrainingFailed("The machine has too little memory for this training.") from error
    except OSError as error:
        raise TrainingFailed(f"The version could not be written: {error.strerror or error}.") from error
    shutil.rmtree(checkpoints, ignore_errors=True)
    return ArtifactSummary(
        version=version,
        directory=artifacts.version_path(directory, version),
        metrics=fitted.metrics,
        n_items=dataset.n_items,
        n_learners=dataset.n_learners,
        n_events=dataset.n_events,
        seconds=seconds,
        peak_mebibytes=peak,
    )


def _prepare(checkpoints: Path, dataset: Dataset, config: Config, *, resume: bool) -> None:
    """Keep checkpoints only if they are of this very training."""
    about = {"config": config.as_dict(), "events": dataset.n_events, "items": dataset.n_items}
    about = json.dumps(about | {"last": dataset.items.ids[-1:]}, sort_keys=True)
    marker = checkpoints / "about.json"
    if not resume or not marker.exists() or marker.read_text() != about:
        shutil.rmtree(checkpoints, ignore_errors=True)
    checkpoints.mkdir(parents=True, exist_ok=True)
    marker.write_text(about)
