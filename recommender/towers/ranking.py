"""Ranker: the deep fusion of user, item and context vectors with all that is known of a candidate.

For each of three acts (opens, enrols, completes or passes) it gives a score whose softmax over the candidates
is the probability that the learner's next new item is this one and gets that far.
"""

import torch
from torch import Tensor, nn

HEADS = ("opens", "enrols", "completes")
VERB_STAGE = {"viewed": 0, "enrolled": 1, "answered": 1, "failed": 1, "rated": 1, "completed": 2, "passed": 2}
"""How far each verb takes an item: index into HEADS."""


class Ranker(nn.Module):
    """score = weight * blend + MLP(features, query * item, context * item): the linear blend of the sources
    is the start, and the network learns what to add to it."""

    INPUTS = ("features", "query", "user", "context", "vectors")

    def __init__(self, mean: Tensor, scale: Tensor, *, width: int, hidden: int, dropout: float, blend: int):
        """mean and scale float32[f] standardise the features; `blend` is the column of the linear blend."""
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)
        self.blend = blend
        fused = 16
        self.query_item = nn.Linear(width, fused)
        self.context_item = nn.Linear(width, fused)
        self.item = nn.Linear(width, fused)
        self.user = nn.Linear(width, fused)
        self.network = nn.Sequential(
            nn.Linear(len(mean) + 4 * fused, hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, len(HEADS)),
        )
        nn.init.zeros_(self.network[-1].weight)
        nn.init.zeros_(self.network[-1].bias)
        self.residual = nn.Parameter(torch.ones(len(HEADS)))

    def forward(
        self, features: Tensor, query: Tensor, user: Tensor, context: Tensor, vectors: Tensor
    ) -> Tensor:
        """features [b, c, f], query, user, context [b, d], vectors [b, c, d] -> [b, c, heads]"""
        standard = ((features - self.mean) / self.scale).clamp(-6, 6)  # [b, c, f]
        user_part = self.user(user)[:, None].expand(-1, vectors.shape[1], -1)  # [b, c, 16]
        parts = [
            standard,
            self.query_item(query[:, None] * vectors),
            self.context_item(context[:, None] * vectors),
            self.item(vectors),
            user_part,
        ]
        return self.network(torch.cat(parts, dim=2)) + features[..., self.blend, None] * self.residual
