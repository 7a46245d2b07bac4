"""Small parts that several towers are made of."""

import torch
from torch import Tensor, nn


class Bag(nn.Module):
    """Weighted sum of embeddings; row 0 is padding and stays zero."""

    def __init__(self, rows: int, width: int):
        super().__init__()
        self.table = nn.Parameter(torch.randn(rows, width) * 0.1)
        with torch.no_grad():
            self.table[0] = 0

    def forward(self, codes: Tensor, weights: Tensor) -> Tensor:
        """codes int64[n, m], weights float32[n, m] -> [n, width]"""
        if torch.onnx.is_in_onnx_export():  # ONNX has no bag; the sum is the same
            return (self.table[codes] * weights[..., None]).sum(dim=1)
        return nn.functional.embedding_bag(codes, self.table, per_sample_weights=weights, mode="sum")

    def mean(self, codes: Tensor) -> Tensor:
        """Mean over the codes that are not padding: int64[n, m] -> [n, width]"""
        present = (codes > 0).float()  # [n, m]
        return self(codes, present / present.sum(dim=1, keepdim=True).clamp(min=1))


class ZeroEmbedding(nn.Embedding):
    """An embedding that starts at zero: a value that training never showed then changes nothing."""

    def reset_parameters(self) -> None:
        nn.init.zeros_(self.weight)


def zero_linear(inputs: int, outputs: int) -> nn.Linear:
    """A linear layer that starts as "adds nothing"."""
    layer = nn.Linear(inputs, outputs)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
