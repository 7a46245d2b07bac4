"""How the neural sequence members are trained: to predict the next item at every step of every history."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from recommender.data.queries import Queries

from .base import Recommender
from .descent import minimise
from .histories import sequences
from .losses import fast_dtype, full_softmax, gbce
from .pmi import pmi_vectors


def token_batches(lengths: np.ndarray, tokens: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Rows in batches of similar length with at most `tokens` cells each (or one row), in random order."""
    order = np.argsort(-(lengths + rng.random(len(lengths))), kind="stable")  # the longest of a batch first
    batches, start = [], 0
    while start < len(order):
        size = max(tokens // max(int(lengths[order[start]]), 1), 1)
        batches.append(order[start : start + size])
        start += size
    rng.shuffle(batches)
    return batches


def left_aligned(histories: Queries, length: int) -> tuple[np.ndarray, np.ndarray]:
    """(items, lengths) of the last `length` items of each history, from column 0, -1 beyond its end."""
    recent = histories.last(length)
    items = np.full((len(recent), max(int(recent.lengths.max(initial=0)), 1)), -1, np.int64)
    place = np.arange(len(recent.items)) - np.repeat(recent.offsets[:-1], recent.lengths)
    items[recent.rows, place] = recent.items
    return items, recent.lengths


class SequenceNetwork(nn.Module):
    """Item vectors, tied between input and output; a subclass reads a sequence of them."""

    def __init__(self, n_items: int, width: int):
        super().__init__()
        self.item = nn.Embedding(n_items + 1, width, padding_idx=n_items)  # the last row is padding
        self.bias = nn.Parameter(torch.zeros(n_items))
        nn.init.normal_(self.item.weight, std=width**-0.5)

    def inputs(self, items: torch.Tensor) -> torch.Tensor:
        """float[..., width]: what items are in a history."""
        return self.item(items)

    def read(self, vectors: torch.Tensor) -> torch.Tensor:
        """float[batch, length, width] of the state after each of float[batch, length, width]; causal."""
        raise NotImplementedError

    def states(self, items: torch.Tensor) -> torch.Tensor:
        """float[batch, length, width] for int[batch, length] left-aligned items."""
        return self.read(self.inputs(items))

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """float[..., n_items]"""
        return states @ self.item.weight[:-1].T + self.bias


class SequenceRecommender(Recommender):
    """A member whose network predicts the next item from the items before it."""

    @dataclass(frozen=True)
    class Settings:
        width: int = 128
        length: int = 50  # items of a history that the network sees
        dropout: float = 0.2
        epochs: int = 6
        min_steps: int = 100  # small data gets more epochs until so many batches were seen
        tokens: int = 4096  # steps in a batch
        learning_rate: float = 2e-3
        weight_decay: float = 0.01
        negatives: int = 0  # 0: softmax over all items; else gBCE with as many sampled negatives
        calibration: float = 0.75  # t of gBCE
        seed: int = 0

    @abstractmethod
    def network(self) -> SequenceNetwork:
        """An untrained network for `self.n_items` items."""

    def train(self, dataset, progress):
        settings = self.settings
        torch.manual_seed(settings.seed)
        rng = np.random.default_rng(settings.seed)
        histories = sequences(dataset)
        self.net = self.network()
        start = torch.from_numpy(pmi_vectors(histories, self.n_items, settings.width))
        self.net.item.weight.data[:-1] = start
        items, lengths = left_aligned(histories, settings.length + 1)
        items[items < 0] = self.n_items
        rows = np.flatnonzero(lengths >= 2)
        items, steps = torch.from_numpy(items[rows]), lengths[rows] - 1
        epoch = token_batches(steps, settings.tokens, rng)
        epochs = max(settings.epochs, -(-settings.min_steps // max(len(epoch), 1)))
        batches = [batch for _ in range(epochs) for batch in token_batches(steps, settings.tokens, rng)]
        self.curve = minimise(
            self.net,
            batches,
            lambda batch: self.loss(items[batch, : int(steps[batch].max()) + 1]),
            learning_rate=settings.learning_rate,
            weight_decay=settings.weight_decay,
            progress=progress,
        )

    def loss(self, items: torch.Tensor) -> torch.Tensor:
        """Mean loss of predicting items[:, t + 1] from items[:, : t + 1]; int[batch, length + 1]."""
        before, after = items[:, :-1], items[:, 1:]
        real = after != self.n_items  # [batch, length]
        with torch.autocast("cpu", fast_dtype(), enabled=fast_dtype() != torch.float32):
            states = self.net.states(before)[real].float()  # [steps, width]
        targets = after[real]
        weight, bias = self.net.item.weight[:-1], self.net.bias
        if self.settings.negatives:
            sampling = {"negatives": self.settings.negatives, "calibration": self.settings.calibration}
            return gbce(states, weight, bias, targets, **sampling)
        # An item met before can't be suggested, so the softmax need not push it down.
        past = torch.ones(before.shape[1], before.shape[1], dtype=torch.bool).tril()  # [step, item before]
        batch, step, place = torch.nonzero(past & real[:, :, None], as_tuple=True)
        row = (torch.cumsum(real.flatten(), 0) - 1).reshape(real.shape)  # of each step in `states`
        return full_softmax(states, weight, bias, targets, (row[batch, step], before[batch, place]))

    @torch.inference_mode()
    def predict(self, queries):
        items, lengths = left_aligned(queries.engagements(), self.settings.length)
        items[items < 0] = self.n_items
        last = torch.empty(len(items), self.settings.width)
        order = np.argsort(lengths, kind="stable")  # similar lengths together, so that little is padding
        for start in range(0, len(order), 64):
            rows = order[start : start + 64]
            at = np.maximum(lengths[rows] - 1, 0)
            states = self.net.states(torch.from_numpy(items[rows, : at.max() + 1]))
            last[rows] = states[torch.arange(len(rows)), torch.from_numpy(at)]
        return self.net.logits(last).numpy()

    def state(self):
        return {name: tensor.numpy() for name, tensor in self.net.state_dict().items()}

    def restore(self, state):
        self.net = self.network()
        self.net.load_state_dict({name: torch.from_numpy(array) for name, array in state.items()})
        self.net.eval()
