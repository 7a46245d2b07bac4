"""Losses over a whole catalogue that fit the caches of one processor core."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch
from torch.nn import functional as F

CHUNK = 512  # rows of logits held at once


@cache
def fast_dtype() -> torch.dtype:
    """bfloat16 where the processor multiplies it natively (about five times as fast), float32 elsewhere."""
    cpuinfo = Path("/proc/cpuinfo")
    flags = cpuinfo.read_text() if cpuinfo.exists() else ""
    native = "avx512_bf16" in flags or "amx_bf16" in flags
    return torch.bfloat16 if native else torch.float32


class _FullSoftmax(torch.autograd.Function):
    """Mean cross-entropy of a tied output layer; its gradients are formed chunk by chunk in the same pass.

    Neither the logits [rows, items] nor their gradient ever exist as a whole: each chunk is used while it
    is still in the cache. Products are taken in `fast_dtype`, sums in float32.
    """

    @staticmethod
    def forward(ctx, states, weight, bias, targets, forbidden_row, forbidden_item):
        dtype = fast_dtype()
        n = len(targets)
        low_states, low_weight, low_bias = states.to(dtype), weight.to(dtype), bias.to(dtype)
        grad_states = torch.empty_like(states, dtype=torch.float32)
        grad_weight, grad_bias = torch.zeros_like(weight), torch.zeros_like(bias)
        edges = torch.searchsorted(forbidden_row, torch.arange(0, n + CHUNK, CHUNK))
        total = 0.0
        for place, start in enumerate(range(0, n, CHUNK)):
            part = low_states[start : start + CHUNK]
            target = targets[start : start + CHUNK, None]
            logits = torch.addmm(low_bias, part, low_weight.T)  # [chunk, items]
            cut = slice(edges[place], edges[place + 1])
            logits[forbidden_row[cut] - start, forbidden_item[cut]] = float("-inf")
            probability = F.softmax(logits, dim=1, dtype=torch.float32)
            hit = probability.gather(1, target)
            total -= hit.clamp_min(1e-30).log().sum().item()
            probability.scatter_(1, target, hit - 1)  # now the gradient of the logits
            grad_bias += probability.sum(0)
            low = probability.to(dtype)
            grad_states[start : start + CHUNK] = low @ low_weight
            grad_weight += low.T @ part
        ctx.save_for_backward(grad_states, grad_weight, grad_bias)
        ctx.n = n
        return states.new_tensor(total / n, dtype=torch.float32)

    @staticmethod
    def backward(ctx, grad):
        grad = grad / ctx.n
        return (*(part * grad for part in ctx.saved_tensors), None, None, None)


def full_softmax(
    states: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor,
    targets: torch.Tensor,
    forbidden: tuple[torch.Tensor, torch.Tensor] | None = None,
) -> torch.Tensor:
    """Mean cross-entropy of `targets` under softmax(states @ weight.T + bias).

    states float[rows, width], weight float[items, width], bias float[items], targets int[rows]; `forbidden`
    names (row, item) pairs that are left out of the softmax, rows ascending; a target must not be among them.
    """
    if forbidden is None:
        forbidden = (targets.new_empty(0), targets.new_empty(0))
    return _FullSoftmax.apply(states.float(), weight, bias, targets, *forbidden)


def gbce(
    states: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor,
    targets: torch.Tensor,
    *,
    negatives: int,
    calibration: float,
) -> torch.Tensor:
    """Generalised binary cross-entropy, uniform negatives: for catalogues too large for a softmax.

    Petrov, Macdonald (2023), "gSASRec: reducing overconfidence in sequential recommendation trained with
    negative sampling", RecSys, equations 9 and 13; `calibration` is t.
    """
    n_items = len(bias)
    rate = min(negatives / max(n_items - 1, 1), 1.0)  # alpha, the sampling rate
    beta = rate * (calibration * (1 - 1 / rate) + 1 / rate)
    sampled = torch.randint(n_items, (len(targets), negatives))
    positive = (states * weight[targets]).sum(-1) + bias[targets]
    negative = torch.einsum("sd,skd->sk", states, weight[sampled]) + bias[sampled]
    other = (sampled != targets[:, None]).float()
    return -(beta * F.logsigmoid(positive) + (F.logsigmoid(-negative) * other).sum(-1)).mean()
