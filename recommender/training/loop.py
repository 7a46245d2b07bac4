"""The training loop of the towers."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from recommender.data.dataset import Dataset
from recommender.data.queries import Queries
from recommender.serving.encoding import Encoder, ItemFeatures, event_tokens, gap_buckets
from recommender.towers.multi_tower import MultiTower

from . import checkpoint
from .batches import Batch, Histories
from .config import Config
from .distributed import join
from .losses import full_softmax, sampled_softmax
from .start_vectors import start_vectors


class TrainingFailed(Exception):
    """Training can't go on; the message is one sentence for a person."""


class TrainingCancelled(Exception):
    """Somebody asked for the end of the training."""


Report = Callable[[str, float, str], None]
"""stage, share done from 0 to 1, a short text"""


STAGES = {
    "towers": (0.0, 0.6),
    "sources": (0.6, 0.63),
    "candidates": (0.63, 0.76),
    "ranker": (0.76, 0.82),
    "judging": (0.82, 0.87),
    "refit": (0.87, 0.97),
    "final sources": (0.97, 0.99),
    "export": (0.99, 1.0),
}
"""Where each stage begins and ends in the whole, by the time that it takes on large data."""


VALIDATIONS = 20


def overall(stage: str, done: float) -> float:
    """Share of the whole training, from 0 to 1, when `done` of a stage is done."""
    begin, end = STAGES.get(stage, (0.0, 0.0))
    return begin + (end - begin) * done


@dataclass(frozen=True)
class Watch:
    """How a training talks to whoever started it."""

    progress: Report = lambda stage, done, text: None
    cancelled: Callable[[], bool] = lambda: False
    heartbeat: Callable[[], None] = lambda: None

    def beat(self) -> None:
        """Once a batch: say that the training lives, and stop it where that is wanted."""
        self.heartbeat()
        if self.cancelled():
            raise TrainingCancelled

    def report(self, stage: str) -> Callable[[float, str], None]:
        """Progress of one stage, with a beat at every call."""

        def report(done: float, text: str) -> None:
            self.beat()
            self.progress(stage, done, text)

        return report


@dataclass(eq=False)
class Towers:
    """The network with all that turns queries into its inputs."""

    model: MultiTower
    encoder: Encoder
    features: dict[str, torch.Tensor]  # of the vocabulary's items
    item_known: torch.Tensor  # float32[n_items], 1 where training showed the item
    config: Config

    @torch.no_grad()
    def item_vectors(self) -> tuple[torch.Tensor, torch.Tensor]:
        """[n, d] and [n], as they are served."""
        self.model.eval()
        return self.model.item(self.features, self.item_known)

    @torch.no_grad()
    def query_vectors(self, queries: Queries, vectors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Query, user and context vectors [b, d] at the end of each history."""
        self.model.eval()
        batch = query_batch(queries, self.encoder, self.config.history)
        return self.model.queries(vectors, batch.events, batch.profile, batch.at, batch.context)


def query_batch(queries: Queries, encoder: Encoder, history: int) -> Batch:
    """Queries in the form of a training batch, one point each, at the end; unknown items are not read."""
    recent = queries.known().last(history)
    n, lengths = len(recent), recent.lengths
    width = int(lengths.max(initial=0))
    columns = np.arange(len(recent.items)) - np.repeat(recent.offsets[:-1], lengths)
    item = np.full((n, width), -1, np.int64)
    token, gap = np.zeros((n, width), np.int64), np.zeros((n, width), np.int64)
    gaps = np.diff(recent.times, prepend=np.nan)
    gaps[recent.offsets[:-1][lengths > 0]] = np.nan
    rows = recent.rows
    item[rows, columns] = recent.items
    token[rows, columns] = event_tokens(recent.verbs, recent.values)
    gap[rows, columns] = gap_buckets(gaps)
    last_time = np.full(n, np.nan)
    last_time[lengths > 0] = recent.times[recent.offsets[1:][lengths > 0] - 1]
    context = {name: getattr(recent.context, name).astype(np.int64) + 1 for name in
               ("hour", "weekday", "device", "locale", "placement")}  # fmt: skip
    context |= {"since": gap_buckets(recent.now - last_time), "item": recent.context.item.astype(np.int64)}
    newest = np.nanmax(recent.now) if np.isfinite(recent.now).any() else np.nan
    profile = encoder.profiles(recent.learners, year=1970 + newest / 31_556_952)

    def tensors(arrays):
        return {name: torch.from_numpy(values) for name, values in arrays.items()}

    return Batch(
        learners=np.arange(n),
        events=tensors({"item": item, "token": token, "gap": gap}),
        profile=tensors(profile),
        at=(torch.arange(n), torch.from_numpy(lengths)),
        context=tensors(context),
        targets=torch.zeros(0, dtype=torch.int64),
        seen=(torch.from_numpy(rows), torch.from_numpy(recent.items.astype(np.int64))),
        moments=torch.from_numpy(recent.now),
    )


def new_towers(dataset: Dataset, encoder: Encoder, features: ItemFeatures, config: Config) -> Towers:
    """An untrained network for the items of `dataset`."""
    torch.manual_seed(config.seed)
    start = torch.from_numpy(start_vectors(dataset, config.width, seed=config.seed))
    model = MultiTower(
        encoder.sizes, start, hidden=config.hidden, text_width=config.text_width, dropout=config.dropout
    )
    return Towers(
        model=model,
        encoder=encoder,
        features={name: torch.from_numpy(values) for name, values in features.items()},
        item_known=torch.from_numpy((dataset.popularity > 0).astype(np.float32)),
        config=config,
    )


def train_towers(
    towers: Towers,
    dataset: Dataset,
    *,
    watch: Watch,
    stage: str,
    epochs: int,
    learning_rate: float,
    validate: Callable[[], float] | None = None,
    checkpoint_path: Path | None = None,
) -> list[dict]:
    """Train in place and return one row an epoch: loss and validation (higher is better).

    With `validate`, asked at most 20 times, the best weights win, and training stops after `config.patience`
    answers without a better one. With `checkpoint_path`, an earlier run's epochs are not repeated. Raises
    TrainingFailed when the loss is not a number, TrainingCancelled when asked.
    """
    config, model, world = towers.config, towers.model, join()
    histories = Histories(dataset, towers.encoder, config)
    if len(histories) == 0:
        return []
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, betas=(0.9, 0.98), weight_decay=0.0)
    n_batches = len(histories.epoch(np.random.default_rng(config.seed)))
    epochs = max(epochs, math.ceil(config.min_steps / n_batches)) if validate or epochs > 2 else epochs
    every = math.ceil(epochs / VALIDATIONS)  # small data has many short epochs
    curve: list[dict] = []
    best, best_weights, first = -math.inf, None, 0
    if checkpoint_path is not None:
        state = checkpoint.restore(checkpoint_path, model, optimizer)
        if state is not None:
            curve, first, best = state["curve"], state["epoch"], state["best"]
            best_weights = state["best_weights"]
    for epoch in range(first, epochs):
        torch.manual_seed(config.seed * 1_000 + epoch)
        rng = np.random.default_rng([config.seed, epoch])
        windows = world.share(histories.epoch(rng))
        losses = []
        for number, part in enumerate(windows):
            done = (epoch + number / len(windows)) / epochs
            step = epoch * len(windows) + number
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * _schedule(step, done, config.warmup_steps)
            loss = _loss(towers, histories, histories.batch(part, rng), rng)
            losses.append(loss.item())
            if not math.isfinite(losses[-1]):
                raise TrainingFailed(f"The loss became {losses[-1]} in epoch {epoch + 1} of the {stage}.")
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            world.average_gradients(model)
            nn.utils.clip_grad_norm_(model.parameters(), config.clip_norm)
            optimizer.step()
            watch.beat()
            if number % 20 == 0:
                watch.progress(
                    stage, done, f"epoch {epoch + 1} of {epochs}, loss {np.mean(losses[-50:]):.3f}"
                )
        row = {"epoch": epoch + 1, "loss": float(np.mean(losses))}
        is_last = epoch + 1 == epochs
        if validate is not None and ((epoch + 1) % every == 0 or is_last):
            row["validation"] = validate()
        curve.append(row)
        if validate is None or row.get("validation", -math.inf) > best:
            best = row.get("validation", best)
            best_weights = copy.deepcopy(model.state_dict())
        if checkpoint_path is not None and world.leads:
            state = {"epoch": epoch + 1, "best": best, "curve": curve}
            checkpoint.save(checkpoint_path, model, optimizer, best_weights, state)
        enough = (epoch + 1) * n_batches >= config.min_steps
        if validate is not None and enough and _stale(curve, config.patience):
            break
    if best_weights is not None:
        model.load_state_dict(best_weights)
    return curve


def _schedule(step: int, done: float, warmup: int) -> float:
    """Linear warm-up, then a half cosine down to one fiftieth."""
    return min(1.0, (step + 1) / warmup) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))


def _stale(curve: list[dict], patience: int) -> bool:
    values = [row["validation"] for row in curve if "validation" in row]
    return bool(values) and len(values) - 1 - int(np.argmax(values)) >= patience


def _loss(towers: Towers, histories: Histories, batch: Batch, rng: np.random.Generator) -> torch.Tensor:
    config, model = towers.config, towers.model
    model.train()
    kept = torch.rand(len(towers.item_known)) >= config.id_masking
    vectors, biases = model.item(towers.features, towers.item_known * kept)  # [n, d], [n]
    query, _, _ = model.queries(vectors, batch.events, batch.profile, batch.at, batch.context)  # [m, d]
    n_items = len(vectors)
    if n_items <= config.full_softmax_items:
        closed = histories.closed(batch.moments)
        return full_softmax(
            query, vectors, biases, batch.targets, batch.seen, closed, low_precision=_bfloat16_is_fast()
        )
    share = histories.dataset.popularity + 1.0
    share = share / share.sum()
    sampled = torch.from_numpy(rng.choice(n_items, size=config.negatives, p=share))
    log_expected = torch.from_numpy(np.log(config.negatives * share).astype(np.float32))
    return sampled_softmax(query, vectors, biases, batch.targets, sampled, log_expected)


def _bfloat16_is_fast() -> bool:
    return torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
