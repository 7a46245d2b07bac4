"""Several training processes under `torchrun`: each takes its share of the batches, gradients are averaged.

With one process, the normal case, nothing here does anything.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch
from torch import distributed, nn


@dataclass(frozen=True)
class World:
    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """True for the one process that writes files and reports."""
        return self.rank == 0

    def share(self, batches: list) -> list:
        """This process's batches: the same number for every process, so that none waits for ever."""
        even = len(batches) - len(batches) % self.size if len(batches) >= self.size else 0
        return batches[self.rank : even : self.size] if even else batches

    def average_gradients(self, model: nn.Module) -> None:
        if self.size == 1:
            return
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        distributed.all_reduce(flat)
        flat /= self.size
        for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(part.view_as(gradient))

    def agree(self, wish: bool) -> bool:
        """True for all if it is true for one: nobody stops alone."""
        if self.size == 1:
            return wish
        votes = torch.tensor(float(wish))
        distributed.all_reduce(votes)
        return bool(votes > 0)


def join() -> World:
    """The group that `torchrun` describes in the environment, or a world of one."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        return World()
    if not distributed.is_initialized():
        distributed.init_process_group("gloo")
    return World(distributed.get_rank(), size)
