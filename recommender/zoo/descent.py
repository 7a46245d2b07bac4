"""The training loop that the neural members share: AdamW, a warm-up, a cosine to zero."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from .base import Progress


def learning_rate_factor(step: int, steps: int, warm_up: float = 0.1) -> float:
    """Linear to 1 over the first `warm_up` of all steps, then a half cosine towards 0."""
    warm = max(int(warm_up * steps), 1)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(steps - warm, 1)))


def minimise(
    net: nn.Module,
    batches: Sequence[np.ndarray],
    loss_of: Callable[[np.ndarray], torch.Tensor],
    *,
    learning_rate: float,
    weight_decay: float,
    progress: Progress,
) -> list[tuple[float, float]]:
    """Take one step for each batch of rows; returns the curve, (seconds, mean loss since the last point).

    Matrices decay, vectors (biases, norms) do not. Raises ValueError where the loss is no longer a number.
    """
    matrices = [parameter for parameter in net.parameters() if parameter.ndim > 1]
    vectors = [parameter for parameter in net.parameters() if parameter.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.98))
    steps = len(batches)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: learning_rate_factor(step, steps))
    net.train()
    began, curve, recent = time.perf_counter(), [], []
    for step, batch in enumerate(batches):
        loss = loss_of(batch)
        if not torch.isfinite(loss):
            raise ValueError(f"the loss became {loss.item()} at step {step}; lower the learning rate")
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        recent.append(loss.item())
        if (step + 1) % max(steps // 100, 1) == 0:
            mean, recent = float(np.mean(recent)), []
            curve.append((time.perf_counter() - began, mean))
            progress((step + 1) / steps, f"loss {mean:.3f}")
    net.eval()
    return curve
