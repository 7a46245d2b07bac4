"""How the neural sequence members are trained: to predict the next item at every step of every history."""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse.linalg import svds
from torch import nn

from recommender.data.queries import Queries

from .base import Recommender
from .histories import sequences
from .losses import fast_dtype, full_softmax, gbce
from .markov import transition_counts


def pmi_vectors(
    histories: Queries, n_items: int, width: int, *, window: int = 5, decay: float = 0.7
) -> np.ndarray:
    """float32[n_items, width]: where to start item vectors, an SVD of positive pointwise mutual information.

    Levy, Goldberg (2014), "Neural word embedding as implicit matrix factorization", NeurIPS, on decayed
    transitions. Rows have the scale of a normal initialisation (mean square 1 / width).
    """
    counts = transition_counts(histories, n_items, window=window, decay=decay)
    counts = (counts + counts.T).tocoo()
    rows = np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1e-9)
    # The context distribution is smoothed by the power 0.75, which tempers rare pairs.
    columns = rows**0.75 / (rows**0.75).sum()
    counts.data = np.maximum(np.log(counts.data / (rows[counts.row] * columns[counts.col])), 0)
    rank = min(width, n_items - 1)
    left, sigma, _ = svds(counts.tocsr(), k=rank, random_state=np.random.default_rng(0))
    vectors = np.zeros((n_items, width), np.float32)
    vectors[:, :rank] = left * np.sqrt(sigma)
    return vectors / max(math.sqrt((vectors**2).mean() * width), 1e-9)


def token_batches(lengths: np.ndarray, tokens: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Rows in batches of similar length with about `tokens` cells each, in random order."""
    order = np.argsort(lengths + rng.random(len(lengths)), kind="stable")
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
    """Item vectors, tied between input and output; a subclass turns a sequence of them into states."""

    def __init__(self, n_items: int, width: int):
        super().__init__()
        self.item = nn.Embedding(n_items + 1, width, padding_idx=n_items)  # the last row is padding
        self.bias = nn.Parameter(torch.zeros(n_items))
        nn.init.normal_(self.item.weight, std=width**-0.5)

    def states(self, items: torch.Tensor) -> torch.Tensor:
        """float[batch, length, width] for int[batch, length] left-aligned items; causal."""
        raise NotImplementedError

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
        epochs: int = 10
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
        plan = [batch for _ in range(settings.epochs) for batch in token_batches(steps, settings.tokens, rng)]
        decayed = [p for p in self.net.parameters() if p.ndim > 1]
        plain = [p for p in self.net.parameters() if p.ndim <= 1]
        groups = [
            {"params": decayed, "weight_decay": settings.weight_decay},
            {"params": plain, "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(0.9, 0.98))
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, settings.learning_rate, total_steps=max(len(plan), 2), pct_start=0.1
        )
        self.net.train()
        began, recent = time.perf_counter(), []
        for step, batch in enumerate(plan):
            loss = self.loss(items[batch, : int(steps[batch].max()) + 1])
            if not torch.isfinite(loss):
                raise ValueError(f"the loss became {loss.item()} at step {step}; lower the learning rate")
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            recent.append(loss.item())
            if (step + 1) % max(len(plan) // 100, 1) == 0:
                mean, recent = float(np.mean(recent)), []
                self.curve.append((time.perf_counter() - began, mean))
                progress((step + 1) / len(plan), f"loss {mean:.3f}")
        self.net.eval()

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
        states = self.net.states(torch.from_numpy(items))
        last = states[torch.arange(len(items)), torch.from_numpy(np.maximum(lengths - 1, 0))]
        return self.net.logits(last).numpy()

    def state(self):
        return {name: tensor.numpy() for name, tensor in self.net.state_dict().items()}

    def restore(self, state):
        self.net = self.network()
        self.net.load_state_dict({name: torch.from_numpy(array) for name, array in state.items()})
        self.net.eval()
