"""The ranker's training: lists of candidates, made as in serving, with the learner's choice among them."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
import torch

from recommender.data.queries import Queries
from recommender.data.splits import Split
from recommender.data.vocabulary import VERBS
from recommender.serving import candidates
from recommender.serving.candidates import Blend, Opinions, State
from recommender.serving.encoding import are_done, event_grades, event_tokens
from recommender.serving.ranking import ItemTable, feature_names, features
from recommender.serving.sources import Source
from recommender.towers.ranking import HEADS, VERB_STAGE, Ranker

from .config import Config
from .loop import Towers, TrainingFailed, Watch
from .losses import listwise_softmax

BLEND_NUMBERS = 30_000_000
"""Numbers of the dense array on which the blend is fitted: learners * items * sources."""
PRIOR_LISTS = 5.0
"""The start of the blend counts as so many observed choices: small data doesn't run away from it."""
STAGE = np.array([VERB_STAGE.get(verb, 0) for verb in VERBS])


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything fitted so far, over n items."""

    towers: Towers
    sources: list[Source]
    table: ItemTable  # [n]
    vectors: np.ndarray  # float32[n, d]
    biases: np.ndarray  # float32[n]
    known: np.ndarray  # bool[n], training showed the item
    n_trained: int  # items of the vocabulary; those after them were published later
    blend: Blend

    def opinions(self, state: State) -> Opinions:
        return candidates.opinions(
            state, self.sources, self.vectors, self.biases, self.blend, self.known, self.n_trained
        )

    def features(self, state: State, items: np.ndarray, said: Opinions) -> np.ndarray:
        """float32[c, f]"""
        return features(
            state, items, said, self.sources, self.table, self.vectors, self.known, self.n_trained
        )

    @property
    def feature_names(self) -> list[str]:
        return feature_names([source.name for source in self.sources] + [candidates.TOWERS])


def states(queries: Queries, scene: Scene) -> list[State]:
    """The queries as the engine would see them; the towers run once for all."""
    towers = scene.towers
    vectors = torch.from_numpy(scene.vectors)
    query, user, context = (part.numpy() for part in towers.query_vectors(queries, vectors))
    interests = towers.encoder.profiles(queries.learners, year=math.nan)["interests"]
    engaged = queries.engagements()
    grades = event_grades(event_tokens(queries.verbs, queries.values))
    done = are_done(queries.verbs) & (queries.items >= 0)
    result = []
    for b in range(len(queries)):
        part = slice(engaged.offsets[b], engaged.offsets[b + 1])
        events = slice(queries.offsets[b], queries.offsets[b + 1])
        graded = (grades[events] != 0) & (queries.items[events] >= 0)
        state = State(
            engaged=engaged.items[part].astype(np.int64),
            met_at=engaged.times[part],
            graded=queries.items[events][graded][-50:].astype(np.int64),
            grades=grades[events][graded][-50:],
            done=np.unique(queries.items[events][done[events]]).astype(np.int64),
            interests=interests[b][interests[b] > 0],
            page=int(queries.context.item[b]),
            now=float(queries.now[b]),
            query=query[b],
            user=user[b],
            context=context[b],
        )
        result.append(state)
    return result


def fit_blend(split: Split, scene: Scene, *, seed: int) -> Blend:
    """Weights of the linear blend, by a softmax over the whole catalogue at the split's targets."""
    n_sources, n = len(scene.sources) + 1, len(scene.vectors)
    learners = max(64, min(2_000, BLEND_NUMBERS // (n * n_sources)))
    sample = split.of_learners(learners, seed)
    sample = sample.take(np.arange(min(len(sample), learners)))
    z = np.zeros((len(sample), n, n_sources + 1), np.float32)
    for start in range(0, len(sample), 256):
        queries = sample.queries(start, start + 256)
        for row, state in enumerate(states(queries, scene), start):
            said = scene.opinions(state)
            z[row, :, :-1], z[row, :, -1] = said.z.T, said.log_share
            part = slice(queries.offsets[row - start], queries.offsets[row - start + 1])
            z[row, queries.items[part], 0] = -np.inf  # what was met is no choice
    inputs = torch.from_numpy(z)
    closed = torch.isinf(inputs[..., 0])
    inputs[..., 0].masked_fill_(closed, 0)
    targets = torch.from_numpy(sample.target_items.astype(np.int64))
    start = torch.from_numpy(np.append(scene.blend.of_z, scene.blend.of_log_share).astype(np.float32))
    weights = start.clone().requires_grad_()
    penalty = PRIOR_LISTS / len(sample)
    optimizer = torch.optim.LBFGS([weights], max_iter=40, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = listwise_softmax(inputs @ weights, targets, ~closed)
        value = value + penalty * ((weights - start) ** 2).sum()
        value.backward()
        return value

    optimizer.step(loss)
    fitted = weights.detach().numpy()
    if not np.isfinite(fitted).all():
        raise TrainingFailed("The blend of the candidate sources could not be fitted.")
    return Blend(fitted[:-1], float(fitted[-1]))


@dataclass(frozen=True, eq=False)
class Lists:
    """Candidates of l learners, padded to c."""

    features: np.ndarray  # float16[l, c, f]
    items: np.ndarray  # int32[l, c], -1 padding
    query: np.ndarray  # float32[l, d]
    user: np.ndarray
    context: np.ndarray

    @classmethod
    def empty(cls, total: int, scene: Scene, count: int) -> Lists:
        width = scene.vectors.shape[1]
        features = np.zeros((total, count, len(scene.feature_names)), np.float16)
        return cls(
            features,
            np.full((total, count), -1, np.int32),
            *(np.zeros((total, width), np.float32) for _ in range(3)),
        )

    def inputs(self, rows: np.ndarray, vectors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """What the ranker reads of some lists; vectors [n, d]."""
        items = torch.from_numpy(self.items[rows].astype(np.int64)).clamp(min=0)
        given = (
            self.features[rows].astype(np.float32),
            self.query[rows],
            self.user[rows],
            self.context[rows],
        )
        return *(torch.from_numpy(part) for part in given), vectors[items]


@dataclass(frozen=True, eq=False)
class Examples:
    """Lists with what the learner chose."""

    lists: Lists
    positive: np.ndarray  # int64[l], place of the choice, -1 where it isn't a candidate
    stage: np.ndarray  # int64[l], how far the learner went with it


def asked(queries: Queries, scene: Scene) -> list[tuple[State, Opinions]]:
    """Each query's state, and what every source says to it."""
    return [(state, scene.opinions(state)) for state in states(queries, scene)]


def candidate_lists(
    queries: Queries, scene: Scene, count: int, answers: list[tuple[State, Opinions]]
) -> Lists:
    """The best `count` candidates of each query, with their features; `answers` are those of `asked`."""
    lists = Lists.empty(len(queries), scene, count)
    for row, (state, said) in enumerate(answers):
        allowed = np.ones(len(scene.vectors), bool)
        met = queries.items[queries.offsets[row] : queries.offsets[row + 1]]
        allowed[met[met >= 0]] = False
        chosen = candidates.best(said.blend, allowed, count)
        if len(chosen):  # none is left for who has met everything
            lists.items[row, : len(chosen)] = chosen
            lists.features[row, : len(chosen)] = np.clip(scene.features(state, chosen, said), -6e4, 6e4)
        lists.query[row], lists.user[row], lists.context[row] = state.query, state.user, state.context
    return lists


def examples(split: Split, scene: Scene, config: Config, watch: Watch) -> Examples:
    """Candidates at every target of the split, made as in serving."""
    total = len(split)
    lists = Lists.empty(total, scene, config.candidates)
    for start in range(0, total, 256):
        watch.beat()
        watch.progress("candidates", start / total, f"{start:,} of {total:,} learners")
        queries = split.queries(start, min(start + 256, total))
        part = candidate_lists(queries, scene, config.candidates, asked(queries, scene))
        rows = slice(start, start + len(part.items))
        for column in fields(Lists):
            getattr(lists, column.name)[rows] = getattr(part, column.name)
    chosen = lists.items == split.target_items[:, None]
    return Examples(lists, np.where(chosen.any(axis=1), chosen.argmax(axis=1), -1), stages(split))


def stages(split: Split) -> np.ndarray:
    """int64[targets]: the furthest that the learner got with each target item, at the target or later."""
    whole = split.whole
    key = whole.learner.astype(np.int64) * whole.n_items + whole.item
    keys, place = np.unique(key, return_inverse=True)
    furthest = np.zeros(len(keys), np.int64)
    np.maximum.at(furthest, place, STAGE[whole.verb])
    return furthest[place[split.targets]]


def train_ranker(
    given: Examples, vectors: np.ndarray, names: list[str], config: Config, watch: Watch
) -> tuple[Ranker, np.ndarray]:
    """The ranker and the weight of each head in the final order, float32[heads] with sum 1.

    A head's weight is its value times how often learners get that far; a head without examples gets none.
    """
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    table = torch.from_numpy(vectors)
    lists = given.lists
    rows = np.flatnonzero(given.positive >= 0)
    mean, scale = _moments(lists, rows)
    ranker = Ranker(
        mean,
        scale,
        width=vectors.shape[1],
        hidden=config.ranker_hidden,
        dropout=config.ranker_dropout,
        blend=names.index("blend"),
    )
    counts = np.array([(given.stage[rows] >= head).sum() for head in range(len(HEADS))])
    worth = (
        np.array([config.open_value, config.enrolment_value, config.completion_value])
        * counts
        * (counts >= min(50, max(len(rows), 1)))
    )
    if not worth.any():
        worth = np.eye(len(HEADS))[0]
    steps = max(math.ceil(len(rows) / config.ranker_batch), 1)
    optimizer = torch.optim.AdamW(ranker.parameters(), lr=config.ranker_learning_rate, weight_decay=1e-2)
    epochs = config.ranker_epochs if len(rows) >= config.ranker_batch else 0
    for epoch in range(epochs):
        order = rng.permutation(rows)
        losses = []
        for step in range(steps):
            done = (epoch + step / steps) / epochs
            for group in optimizer.param_groups:
                group["lr"] = config.ranker_learning_rate * (
                    0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done))
                )
            part = order[step * config.ranker_batch : (step + 1) * config.ranker_batch]
            ranker.train()
            scores = ranker(*lists.inputs(part, table))  # [b, c, heads]
            present = torch.from_numpy(lists.items[part] >= 0)
            positive = torch.from_numpy(given.positive[part])
            loss = scores.sum() * 0
            for head in range(len(HEADS)):
                reached = torch.from_numpy(given.stage[part] >= head)
                if reached.any():
                    share = reached.float().mean()
                    loss = loss + share * listwise_softmax(
                        scores[reached, :, head], positive[reached], present[reached]
                    )
            if not torch.isfinite(loss):
                raise TrainingFailed(f"The ranker's loss became {loss.item()} in epoch {epoch + 1}.")
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            watch.beat()
        watch.progress("ranker", (epoch + 1) / epochs, f"epoch {epoch + 1}, loss {np.mean(losses):.3f}")
    ranker.eval()
    return ranker, (worth / worth.sum()).astype(np.float32)


def _moments(lists: Lists, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation of each feature over the candidates of some lists."""
    sample = rows[:: max(len(rows) // 2_000, 1)]
    values = lists.features[sample].astype(np.float32)[lists.items[sample] >= 0]
    if not len(values):
        return torch.zeros(lists.features.shape[2]), torch.ones(lists.features.shape[2])
    spread = values.std(axis=0)
    # A feature that never varied in training must not speak in serving: its scale is out of all reach.
    scale = np.where(spread > 1e-6, spread, 1e9)
    return torch.from_numpy(values.mean(axis=0)), torch.from_numpy(scale.astype(np.float32))
