"""The ranker's view of a candidate: one row of numbers, made by the same code in training and in serving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from recommender.data.dataset import Dataset, Items
from recommender.data.vocabulary import DISMISSED, KINDS

from .candidates import TOWERS, Opinions, State
from .catalogue import LEVELS
from .encoding import ItemFeatures
from .sources import Linear, Source

RECENT = 5
PREREQUISITES_LENGTH = 8
"""Prerequisites that are read of one item."""
DAY = 86_400.0
PER_SOURCE = ("z", "share", "rank")
PER_ITEM = (
    "blend", "log_share", "popularity", "trend", "idle_days", "age_days", "age_known", "untrained",
    "history", "no_history", "since_hours",
    "provider_last", "provider_recent", "instructor_recent", "topic_recent", "topic_history", "interests",
    "level_step", "level_distance", "language_recent", "kind_last", *(f"kind_{kind}" for kind in KINDS),
    "prerequisites_met", "prerequisites_done", "prerequisites_recent", "prerequisites_unmet",
    "mastery", "after_last", "after_page", "like_last", "like_recent", "user_dot", "context_dot",
)  # fmt: skip


def feature_names(sources: list[str]) -> list[str]:
    """Names of the columns, in order, for sources (the towers last) of these names."""
    return [f"{source}_{part}" for source in sources for part in PER_SOURCE] + list(PER_ITEM)


def is_of_this_release(model: dict) -> bool:
    """Whether a version, by its model.json, was made for the very columns that this code makes."""
    return model["features"] == feature_names([*model["sources"], TOWERS])


@dataclass(frozen=True, eq=False)
class ItemTable:
    """What the ranker knows of n items, in the order of the vectors. Code 0 is unknown."""

    topics: np.ndarray  # int32[n, 8]
    instructors: np.ndarray  # int32[n, 4]
    kind: np.ndarray  # int8[n]
    language: np.ndarray  # int32[n]
    provider: np.ndarray  # int32[n]
    level: np.ndarray  # int8[n], 1 beginner to 3 advanced
    popularity: np.ndarray  # float32[n], log(1 + learners), scaled to 1 at the most popular
    trend: np.ndarray  # float32[n], log of the share lately over the share ever
    idle_days: np.ndarray  # float32[n], from its last event to the end of the training data, 0 unknown
    published_at: np.ndarray  # float64[n], nan unknown
    prerequisites: np.ndarray  # int32[n, 8], 1 + row of each; 0 is padding

    COLUMNS = ("topics", "instructors", "kind", "language", "provider", "level", "popularity", "trend",
               "idle_days", "published_at", "prerequisites")  # fmt: skip

    @classmethod
    def of(
        cls,
        items: Items,
        features: ItemFeatures,
        dataset: Dataset | None = None,
        rows: Mapping[str, int] | None = None,
    ) -> ItemTable:
        """From the encoded items and the training events; without these, the items are new.

        `rows` is the row of each item id that a prerequisite may name, by default those of `items`.
        """
        n = len(items)
        popularity, trend, idle_days = (np.zeros(n, np.float32) for _ in range(3))
        if dataset is not None:
            known = dataset.n_items
            ever = dataset.popularity.astype(np.float64)
            popularity[:known] = np.log1p(ever) / max(np.log1p(ever.max(initial=0)), 1e-9)
            trend[:known] = _trend(dataset, ever)
            if dataset.has_times:
                timed = np.isfinite(dataset.time)
                last = np.full(known, -np.inf)
                np.maximum.at(last, dataset.item[timed], dataset.time[timed])
                idle = (np.nanmax(dataset.time) - last) / DAY
                idle_days[:known] = np.where(np.isfinite(idle), idle, 0)
        return cls(
            topics=features["topics"].astype(np.int32),
            instructors=features["instructors"].astype(np.int32),
            kind=features["kind"].astype(np.int8),
            language=features["language"].astype(np.int32),
            provider=features["provider"].astype(np.int32),
            level=np.array([LEVELS.get(level.lower(), 0) for level in items.level], np.int8),
            popularity=popularity,
            trend=trend,
            idle_days=idle_days,
            published_at=items.published_at,
            prerequisites=_prerequisite_codes(items, items.index if rows is None else rows),
        )

    def __len__(self) -> int:
        return len(self.kind)

    def extended(self, new: ItemTable) -> ItemTable:
        """With the rows of `new` after its own."""
        joined = {name: np.concatenate([getattr(self, name), getattr(new, name)]) for name in self.COLUMNS}
        return replace(self, **joined)


def _prerequisite_codes(items: Items, rows: Mapping[str, int]) -> np.ndarray:
    codes = np.zeros((len(items), PREREQUISITES_LENGTH), np.int32)
    for row, required in enumerate(items.prerequisites):
        known = [rows[item] + 1 for item in required if item in rows][:PREREQUISITES_LENGTH]
        codes[row, : len(known)] = known
    return codes


def _trend(dataset: Dataset, ever: np.ndarray) -> np.ndarray:
    """Log of an item's share of the newest tenth of the engagements over its share of all.

    Where times are unknown, the newest are each learner's last tenth (at least one event).
    """
    engaged = dataset.is_first_encounter & (dataset.verb != DISMISSED)
    if dataset.has_times:
        newest = dataset.time >= np.nanquantile(dataset.time, 0.9)
    else:
        lengths = dataset.lengths[dataset.learner]
        newest = dataset.position >= lengths - np.maximum(lengths // 10, 1)
    late = np.bincount(dataset.item[engaged & newest], minlength=dataset.n_items)
    share_late = (late + 1) / (late.sum() + dataset.n_items)
    return np.log(share_late / ((ever + 1) / (ever.sum() + dataset.n_items))).astype(np.float32)


def features(
    state: State,
    items: np.ndarray,
    said: Opinions,
    sources: list[Source],
    table: ItemTable,
    vectors: np.ndarray,
    known: np.ndarray,
    n_trained: int,
) -> np.ndarray:
    """float32[c, f]: the columns of `feature_names` for the candidates `items` int64[c], best blend first.

    `known` bool[n]: training showed the item; the first `n_trained` make up the vocabulary, and ranks are
    among these. Costs O(sources * n log n) for the ranks.
    """
    columns = []
    for place in range(len(said.raw)):
        raw = said.raw[place]
        scores = raw[items]
        columns += [said.z[place, items], _share(said, place, scores, items), _rank(raw[:n_trained], scores)]
    last, recent = state.engaged[-1:], state.engaged[-RECENT:]
    size = len(items)
    now, history = state.now, len(state.engaged)
    timed_now = np.isfinite(now)
    age = (now - table.published_at[items]) / DAY if timed_now else np.full(size, np.nan)
    since = (now - state.met_at[-1]) / 3_600 if history else np.nan
    provider, topics = table.provider[items], table.topics[items]
    level = table.level[items].astype(np.float32)
    levels_met = table.level[recent][table.level[recent] > 0]
    step = np.where(level > 0, level - levels_met.mean(), 0) if len(levels_met) else np.zeros(size)
    candidates = vectors[items]  # [c, d]
    columns += [
        said.blend[items] - said.blend[items[0]],  # near 0 for the best, where float16 is finest
        said.log_share[items],
        table.popularity[items],
        table.trend[items],
        np.log1p(table.idle_days[items]),
        np.log1p(np.maximum(np.nan_to_num(age), 0)),
        np.isfinite(age),
        ~known[items],
        np.full(size, np.log1p(history)),
        np.full(size, history == 0),
        np.full(size, np.log1p(max(since, 0)) if np.isfinite(since) else 0.0),
        _share_of_equal(provider, table.provider[last]),
        _share_of_equal(provider, table.provider[recent]),
        any_shared(table.instructors[items], table.instructors[recent]),
        any_shared(topics, table.topics[recent]),
        any_shared(topics, table.topics[state.engaged[-50:]]),
        any_shared(topics, state.interests),
        step,
        np.abs(step),
        _share_of_equal(table.language[items], table.language[recent]),
        _share_of_equal(table.kind[items], table.kind[last]),
        *(table.kind[items] == code + 1 for code in range(len(KINDS))),
        *_prerequisites(state, table.prerequisites[items]),
        _mastery(state, topics, table),
        _after(sources, state.engaged[-1] if history else -1, items),
        _after(sources, state.page, items),
        *_likeness(candidates, vectors[recent]),
        candidates @ state.user,
        candidates @ state.context,
    ]
    return np.stack([np.asarray(column, np.float32) for column in columns], axis=1)


def _share(said: Opinions, place: int, scores: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Fourth root of a score's share of the total; for the towers, of its softmax."""
    if place == len(said.raw) - 1:
        return np.exp(said.log_share[items] / 4)
    total = max(float(said.raw[place].sum()), 1e-9)  # items after training have 0 in all but the towers
    return np.sqrt(np.sqrt(np.maximum(scores, 0) / total))


def _rank(raw: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """1 / log2(2 + better items); 0 for a score of nothing."""
    ordered = np.sort(raw[raw != 0])
    better = len(ordered) - np.searchsorted(ordered, scores, side="right")
    return np.where(scores != 0, 1 / np.log2(2 + better), 0)


def _share_of_equal(values: np.ndarray, met: np.ndarray) -> np.ndarray:
    """Share of `met` that equals each value; 0 is unknown and equals nothing."""
    if not len(met):
        return np.zeros(len(values))
    return ((values[:, None] == met[None, :]) & (values[:, None] > 0)).mean(axis=1)


def any_shared(codes: np.ndarray, met: np.ndarray) -> np.ndarray:
    """Share of each row's codes that occur in `met`; 0 is padding."""
    met = met.ravel()
    listed = np.zeros(max(int(codes.max(initial=0)), int(met.max(initial=0))) + 1, bool)
    listed[met] = True
    listed[0] = False
    return listed[codes].sum(axis=1) / np.maximum((codes > 0).sum(axis=1), 1)


def _prerequisites(state: State, codes: np.ndarray) -> list[np.ndarray]:
    """Of the prerequisites int32[c, 8] of each candidate: the shares met, done, and among the newest met; and
    whether one is not done. All 0 for a candidate without any."""
    has = codes[:, 0] > 0
    if not has.any():
        return [np.zeros(len(codes))] * 4
    done = any_shared(codes, state.done + 1)
    recent = any_shared(codes, state.engaged[-RECENT:] + 1)
    return [any_shared(codes, state.engaged + 1), done, recent, has & (done < 1)]


def _mastery(state: State, topics: np.ndarray, table: ItemTable) -> np.ndarray:
    """Mean grade of the learner's graded events that share a topic with each candidate."""
    if not len(state.graded):
        return np.zeros(len(topics))
    met = table.topics[state.graded]  # [g, 8]
    alike = ((topics[:, None, :, None] == met[None, :, None, :]) & (topics > 0)[:, None, :, None]).any(
        axis=(2, 3)
    )
    return (alike * state.grades).sum(axis=1) / np.maximum(alike.sum(axis=1), 1)


def _after(sources: list[Source], item: int, candidates: np.ndarray) -> np.ndarray:
    """First-order transition weight from one item to each candidate, relative to its strongest."""
    for source in sources:
        if source.name == "markov" and isinstance(source, Linear) and 0 <= item < len(source.weights):
            part = slice(source.weights.indptr[item], source.weights.indptr[item + 1])
            strongest = max(float(source.weights.values[part].max(initial=0)), 1e-9)
            return source.weights.at(item, candidates) / strongest
    return np.zeros(len(candidates))


def _likeness(candidates: np.ndarray, recent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosine with the last item met, and the largest one with the last few."""
    if not len(recent):
        return np.zeros(len(candidates)), np.zeros(len(candidates))
    unit = candidates / np.maximum(np.linalg.norm(candidates, axis=1, keepdims=True), 1e-9)
    met = recent / np.maximum(np.linalg.norm(recent, axis=1, keepdims=True), 1e-9)
    cosine = unit @ met.T  # [c, r]
    return cosine[:, -1], cosine.max(axis=1)


def combine(heads: np.ndarray, weights: np.ndarray, trained: np.ndarray) -> np.ndarray:
    """float32[c]: log of the weighted mean of the heads' shares; heads [c, heads].

    A share is the softmax over the `trained` bool[c] candidates, so that new items don't move the others.
    """
    reference = trained if trained.any() else ~trained
    top = heads[reference].max(axis=0, initial=-np.inf)
    shares = np.exp(np.minimum(heads - top, 50.0))
    return np.log((shares / shares[reference].sum(axis=0)) @ weights + 1e-30)
