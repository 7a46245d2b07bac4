"""Causal self-attention over the history.

Kang, McAuley (2018), "Self-attentive sequential recommendation", ICDM (SASRec), trained with the softmax over
all items as Klenitskiy, Vasilev (2023), "Turning dross into gold loss", RecSys, found best. Order enters
as a learned bias a distance (Raffel et al. (2020), "T5", JMLR 21, section 2.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from .sequence import SequenceNetwork, SequenceRecommender


class Block(nn.Module):
    """Attention, then a position-wise network, each behind a norm and beside a residual path."""

    def __init__(self, width: int, heads: int, length: int, dropout: float):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.attention_norm, self.forward_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.project = nn.Linear(width, width)
        self.distance = nn.Parameter(torch.zeros(heads, length))  # attention bias by steps back
        self.wide, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        split = (batch, length, 3, self.heads, width // self.heads)
        query, key, value = self.query_key_value(self.attention_norm(x)).reshape(split).permute(2, 0, 3, 1, 4)
        steps_back = torch.arange(length)[:, None] - torch.arange(length)  # [to, from]
        bias = self.distance[:, steps_back.clamp(min=0)]  # [heads, to, from]
        bias = bias.masked_fill(steps_back < 0, float("-inf"))
        dropout = self.dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=bias, dropout_p=dropout)
        mixed = self.project(mixed.transpose(1, 2).reshape(batch, length, width))
        x = x + F.dropout(mixed, self.dropout, self.training)
        hidden = self.narrow(F.gelu(self.wide(self.forward_norm(x))))
        return x + F.dropout(hidden, self.dropout, self.training)


class TransformerNetwork(SequenceNetwork):
    def __init__(self, n_items: int, settings: Transformer.Settings):
        super().__init__(n_items, settings.width)
        self.dropout = nn.Dropout(settings.dropout)
        shape = (settings.width, settings.heads, settings.length, settings.dropout)
        self.blocks = nn.ModuleList(Block(*shape) for _ in range(settings.blocks))
        self.norm = nn.LayerNorm(settings.width)

    def read(self, vectors):
        x = self.dropout(vectors * self.item.embedding_dim**0.5)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


class Transformer(SequenceRecommender):
    name = "transformer"

    @dataclass(frozen=True)
    class Settings(SequenceRecommender.Settings):
        blocks: int = 2
        heads: int = 2

    def network(self):
        return TransformerNetwork(self.n_items, self.settings)
