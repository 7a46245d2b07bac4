"""What is held back from the first fit: events for the ranker to learn from, and others to judge by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.data.dataset import Dataset
from recommender.data.splits import Split, SplitError, leave_last_out
from recommender.data.vocabulary import DISMISSED

from .config import Config

DAY = 86_400.0
TEST_SHARE = 0.2
MIN_SHARE, MAX_SHARE = 0.02, 0.2
"""The held-back period holds at least and at most this share of all first encounters."""


@dataclass(frozen=True, eq=False)
class HoldOut:
    """`base` is all that the first fit sees. Neither the ranker's targets nor the test's are in it."""

    base: Dataset
    ranker: Split
    test: Split
    protocol: str  # "global-time" or "leave-last-out"


def hold_out(dataset: Dataset, config: Config) -> HoldOut | None:
    """By time where times are known, else the last event of some learners; None where there is too little.

    By time, the held-back period's first four fifths are the ranker's and its end is the test's, as in
    life: a model ranks what comes after all that it has seen. Otherwise different learners are drawn.
    All item rows are kept, so that a row means the same item before and after.
    """
    if dataset.has_times and np.isfinite(dataset.time).mean() > 0.9:
        return _by_time(dataset, config)
    return _by_learner(dataset, config)


def _by_time(dataset: Dataset, config: Config) -> HoldOut | None:
    timed = dataset.where(np.isfinite(dataset.time))
    is_target = timed.is_first_encounter & (timed.verb != DISMISSED)
    times = timed.time[is_target]
    if len(times) < 20:
        return _by_learner(dataset, config)
    begin = times.max() - config.held_back_days * DAY
    begin = np.clip(begin, np.quantile(times, 1 - MAX_SHARE), np.quantile(times, 1 - MIN_SHARE))
    middle = np.quantile(times[times >= begin], 1 - TEST_SHARE)
    base = timed.where(timed.time < begin)
    if not base.n_events:
        return _by_learner(dataset, config)
    known = np.zeros(timed.n_learners, bool)
    known[base.learner] = True
    moment_begins = np.ones(timed.n_events, bool)
    moment_begins[1:] = (np.diff(timed.learner) != 0) | (np.diff(timed.time) != 0)
    history_end = np.maximum.accumulate(np.where(moment_begins, np.arange(timed.n_events), 0))

    def split(chosen: np.ndarray, at_most: int, seed: int) -> Split:
        targets = np.flatnonzero(is_target & chosen)
        if len(targets) > at_most:
            targets = np.sort(np.random.default_rng(seed).choice(targets, at_most, replace=False))
        new = ~known[timed.learner[targets]]
        return Split(base, timed, targets, history_end[targets], new)

    ranker = split((timed.time >= begin) & (timed.time < middle), config.ranker_learners, config.seed)
    test = split(timed.time >= middle, config.test_learners, config.seed + 1)
    if not len(ranker) or not len(test):
        return _by_learner(dataset, config)
    return HoldOut(base, ranker, test, "global-time")


def _by_learner(dataset: Dataset, config: Config) -> HoldOut | None:
    try:
        whole = leave_last_out(dataset)
    except SplitError:
        return None
    learners = np.random.default_rng(config.seed).permutation(whole.learners)
    n_test = min(config.test_learners, max(int(len(learners) * TEST_SHARE), 1))
    test = whole.take(np.flatnonzero(np.isin(whole.learners, learners[:n_test])))
    chosen = learners[n_test : n_test + config.ranker_learners]
    ranker = whole.take(np.flatnonzero(np.isin(whole.learners, chosen)))
    held = np.full(dataset.n_learners, dataset.n_events)
    held[test.learners], held[ranker.learners] = test.targets, ranker.targets
    base = dataset.where(np.arange(dataset.n_events) < held[dataset.learner])
    if not base.n_events or not len(ranker):
        return None

    def on_base(split: Split) -> Split:
        return Split(base, dataset, split.targets, split.ends, split.new_learner)

    return HoldOut(base, on_base(ranker), on_base(test), "leave-last-out")
