"""One protocol for every model: fit on the training part, rank the whole catalogue for each target."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from recommender.data.splits import Split
from recommender.zoo.base import Recommender

from .memory import PeakMemory
from .metrics import pessimistic_ranks

BATCH = 512


@dataclass(frozen=True, eq=False)
class Result:
    """What one model did with one split."""

    name: str
    settings: dict
    ranks: np.ndarray  # int32[targets], from 1
    lists: np.ndarray  # int32[targets, k], best first, -1 where fewer items are left
    train_seconds: float  # of the wall clock
    train_cpu_seconds: float  # of all threads together; what a busy machine does not change
    milliseconds_per_learner: float
    peak_mebibytes: float
    curve: list[tuple[float, float]] = field(default_factory=list)  # (seconds, loss) while training


def top_lists(scores: np.ndarray, k: int) -> np.ndarray:
    """The k best items of each row, best first: int32[batch, k]. nan is never listed; -1 fills the rest."""
    k = min(k, scores.shape[1])
    ranked = np.where(np.isnan(scores), -np.inf, scores)
    best = np.argpartition(-ranked, k - 1, axis=1)[:, :k]
    values = np.take_along_axis(ranked, best, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    best = np.take_along_axis(best, order, axis=1)
    listed = np.isfinite(np.take_along_axis(values, order, axis=1))
    return np.where(listed, best, -1).astype(np.int32)


def rank_targets(
    model: Recommender, split: Split, *, k: int, progress: Callable[[float, str], None] | None = None
) -> tuple[np.ndarray, np.ndarray, float]:
    """(ranks, lists of the best k, seconds spent in the model) for every target of the split."""
    ranks = np.empty(len(split), np.int32)
    lists = np.full((len(split), k), -1, np.int32)
    seconds = 0.0
    for start in range(0, len(split), BATCH):
        queries = split.queries(start, start + BATCH)
        began = time.perf_counter()
        scores = model.scores(queries)
        seconds += time.perf_counter() - began
        part = slice(start, start + len(queries))
        scores = np.array(scores, np.float32)
        ranks[part] = pessimistic_ranks(scores, split.target_items[part], (queries.rows, queries.items))
        best = top_lists(scores, k)
        lists[part, : best.shape[1]] = best
        if progress is not None:
            progress((start + len(queries)) / len(split), "ranking")
    return ranks, lists, seconds


def judge(
    model: Recommender, split: Split, *, k: int = 20, progress: Callable[[float, str], None] | None = None
) -> Result:
    """Fit `model` on the split's training part and rank every target."""
    with PeakMemory() as memory:
        began, began_cpu = time.perf_counter(), time.process_time()
        model.fit(split.train, progress=progress)
        train_seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - began_cpu
        model.extend(split.new_items)
        ranks, lists, seconds = rank_targets(model, split, k=k, progress=progress)
    settings = {name: getattr(model.settings, name) for name in model.settings.__dataclass_fields__}
    return Result(
        name=model.name,
        settings=settings,
        ranks=ranks,
        lists=lists,
        train_seconds=train_seconds,
        train_cpu_seconds=cpu_seconds,
        milliseconds_per_learner=1000 * seconds / max(len(split), 1),
        peak_mebibytes=memory.mebibytes,
        curve=list(model.curve),
    )
