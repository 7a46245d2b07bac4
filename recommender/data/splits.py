"""What is learned from and what is asked, with nothing lost and nothing leaked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .dataset import Dataset, Items
from .queries import Queries
from .vocabulary import DISMISSED


class SplitError(ValueError):
    """The data can't be split as asked; the message says why."""


@dataclass(frozen=True, eq=False)
class Split:
    """`train` is all a model may see. Target t is event `targets[t]` of `whole`; its query's history ends at
    event `ends[t]` (exclusive).

    Item rows of `train` are the first rows of `whole`; items that training must not know come after them.
    """

    train: Dataset
    whole: Dataset
    targets: np.ndarray  # int64[targets], event rows in whole
    ends: np.ndarray  # int64[targets]
    new_learner: np.ndarray  # bool[targets], the learner has no event in train

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def new_items(self) -> Items:
        return self.whole.items.take(np.arange(self.train.n_items, self.whole.n_items))

    @property
    def target_items(self) -> np.ndarray:
        return self.whole.item[self.targets]

    @property
    def learners(self) -> np.ndarray:
        """Learner row in `whole` of each target."""
        return self.whole.learner[self.targets]

    def take(self, rows: np.ndarray) -> Split:
        """The same training data with only some of the targets."""
        return Split(self.train, self.whole, self.targets[rows], self.ends[rows], self.new_learner[rows])

    def of_learners(self, n: int, seed: int) -> Split:
        """Targets of `n` learners drawn with `seed` (all of them where there are not more)."""
        learners = np.unique(self.learners)
        if n >= len(learners):
            return self
        drawn = np.random.default_rng(seed).choice(learners, n, replace=False)
        return self.take(np.flatnonzero(np.isin(self.learners, drawn)))

    def queries(self, start: int, stop: int) -> Queries:
        """The questions of targets `start` to `stop`, asked at the moment of the target."""
        part = slice(start, stop)
        targets = self.targets[part]
        context = None if self.whole.context is None else self.whole.context.take(targets)
        return Queries.of(
            self.whole,
            self.learners[part],
            ends=self.ends[part],
            now=self.whole.time[targets],
            context=context,
        )


def _is_target(dataset: Dataset) -> np.ndarray:
    """First encounters that are not dismissals: the events a recommender should have foreseen."""
    return dataset.is_first_encounter & (dataset.verb != DISMISSED)


def leave_last_out(dataset: Dataset) -> Split:
    """Hold out each learner's last newly met item; training keeps what came before it.

    Later events of the learner (repeats of items met before) are after the target, so they are in neither
    part. Learners with nothing before their target stay in training whole. Split `split.train` again to
    choose settings without touching the targets.
    """
    targets = np.flatnonzero(_is_target(dataset) & (dataset.position > 0))
    last = np.append(dataset.learner[targets][1:] != dataset.learner[targets][:-1], True)[: len(targets)]
    targets = targets[last]
    if not len(targets):
        raise SplitError("No learner has two events with different items, so none can be held out.")
    first_unseen = np.full(dataset.n_learners, dataset.n_events)
    first_unseen[dataset.learner[targets]] = targets
    train = dataset.where(np.arange(dataset.n_events) < first_unseen[dataset.learner])
    return Split(train, dataset, targets, targets.copy(), np.zeros(len(targets), bool))


def global_time(dataset: Dataset, at: float) -> Split:
    """Train on events before `at` (seconds since the epoch), ask for every new encounter from then on.

    Items and learners without an event before `at` are unknown to training. A query sees the learner's
    events strictly before its target's moment. Events of unknown time are on neither side.
    """
    timed = dataset.where(np.isfinite(dataset.time))
    if not timed.n_events:
        raise SplitError("No event has a time; use leave-last-out for histories that know only an order.")
    past = timed.time < at
    if not past.any() or past.all():
        side = "before" if not past.any() else "after"
        raise SplitError(f"No event is {side} the split; choose a moment inside the data.")
    known = np.zeros(dataset.n_items, bool)
    known[timed.item[past]] = True
    whole = timed.select_items(np.concatenate([np.flatnonzero(known), np.flatnonzero(~known)]))
    met = np.zeros(dataset.n_learners, bool)
    met[whole.learner[past]] = True
    train = whole.where(past).select_items(np.arange(known.sum())).select_learners(np.flatnonzero(met))
    targets = np.flatnonzero(_is_target(whole) & ~past)
    # Events of one learner at one moment do not see each other: a history ends where the moment begins.
    begins = np.ones(whole.n_events, bool)
    begins[1:] = (np.diff(whole.learner) != 0) | (np.diff(whole.time) != 0)
    ends = np.maximum.accumulate(np.where(begins, np.arange(whole.n_events), 0))[targets]
    return Split(train, whole, targets, ends, ~met[whole.learner[targets]])
