"""Merge: user and context become one query; its dot product with an item's vector is the item's score."""

import torch
from torch import Tensor, nn

from .parts import zero_linear


class Merge(nn.Module):
    """query = user + context + MLP(user, context): additive at the start, interactions where they help."""

    def __init__(self, *, width: int):
        super().__init__()
        self.hidden = nn.Linear(2 * width, width)
        self.out = zero_linear(width, width)

    def forward(self, user: Tensor, context: Tensor) -> Tensor:
        """[m, d], [m, d] -> [m, d]"""
        both = torch.cat([user, context], dim=1)  # [m, 2d]
        return user + context + self.out(nn.functional.gelu(self.hidden(both)))
