"""A half-trained network on disk, so that an interrupted training goes on where it stopped."""

from __future__ import annotations

import json
import os
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn


def save(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, best_weights: dict | None, state: dict
) -> None:
    """Write weights, optimiser moments and `state` (JSON values) in one file, replaced atomically."""
    tensors = {f"model.{name}": tensor.contiguous() for name, tensor in model.state_dict().items()}
    tensors |= {f"best.{name}": tensor.contiguous() for name, tensor in (best_weights or {}).items()}
    for index, moments in optimizer.state_dict()["state"].items():
        for name, tensor in moments.items():
            tensors[f"optimizer.{index}.{name}"] = torch.as_tensor(tensor).contiguous()
    partial = path.with_suffix(".partial")
    save_file(tensors, partial, metadata={"state": json.dumps(state)})
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    os.replace(partial, path)


def restore(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> dict | None:
    """Load what `save` wrote and return its `state`; None where there is none or it is of another network."""
    if not path.exists():
        return None
    with safe_open(path, framework="pt") as stored:
        tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 (not a mapping)
        state = json.loads(stored.metadata()["state"])
    own = model.state_dict()
    weights = {name[6:]: tensor for name, tensor in tensors.items() if name.startswith("model.")}
    if {name: t.shape for name, t in own.items()} != {name: t.shape for name, t in weights.items()}:
        return None
    model.load_state_dict(weights)
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, index, moment = name.split(".")
            moments.setdefault(int(index), {})[moment] = tensor
    optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
    best_weights = {name[5:]: tensor for name, tensor in tensors.items() if name.startswith("best.")}
    return state | {"best_weights": best_weights or None}
