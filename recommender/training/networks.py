"""The zoo's networks in the form in which they are served: a graph that reads vectors, and tables of them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from recommender.serving.network import Network
from recommender.zoo.autoencoder import Autoencoder
from recommender.zoo.sequence import SequenceNetwork, SequenceRecommender

from .graphs import compare, write_graph

LONGEST = 30
"""Items of a history that the autoencoder is asked with: those before weigh nothing under its decay."""


class SequenceGraph(nn.Module):
    INPUTS = ("history",)

    def __init__(self, net: SequenceNetwork):
        super().__init__()
        self.net = net

    def forward(self, history: Tensor) -> Tensor:
        """[b, l, w] -> [b, w], after the last item"""
        return self.net.read(history)[:, -1]


class AutoencoderGraph(nn.Module):
    """The encoder, where an item's input weights are its vector and the decayed history has length 1."""

    INPUTS = ("history",)

    def __init__(self, model: Autoencoder):
        super().__init__()
        self.bias, self.decay = model.net.encode.bias, model.settings.decay

    def forward(self, history: Tensor) -> Tensor:
        """[b, l, w] -> [b, w]"""
        length = history.shape[1]
        weights = self.decay ** torch.arange(length - 1, -1, -1).to(history.dtype)  # [l]
        weights = weights / (weights * weights).sum().sqrt()
        return torch.tanh((weights[:, None] * history).sum(dim=1) + self.bias)


def served_sequence(model: SequenceRecommender) -> Network:
    net, every = model.net.eval(), torch.arange(model.n_items)
    with torch.no_grad():
        inputs, outputs = net.inputs(every).numpy(), net.item(every).numpy()
    graph = SequenceGraph(net).eval()
    return _network(model, graph, inputs, outputs, net.bias.detach().numpy(), model.settings.length)


def served_autoencoder(model: Autoencoder) -> Network:
    net = model.net.eval()
    inputs, outputs = net.encode.weight.detach().numpy().T, net.decode.weight.detach().numpy()
    return _network(
        model, AutoencoderGraph(model).eval(), inputs, outputs, net.decode.bias.detach().numpy(), LONGEST
    )


def _network(model, graph: nn.Module, inputs, outputs, biases, window: int) -> Network:
    generator = torch.Generator().manual_seed(0)
    axes = {"history": {0: "b", 1: "l"}, "state": {0: "b"}}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{model.name}.onnx"
        for batch, length in ((2, 3), (1, 1), (3, window)):
            given = (torch.randn(batch, length, inputs.shape[1], generator=generator),)
            if not file.exists():
                write_graph(graph, given, file, graph.INPUTS, ("state",), axes)
            compare(graph, given, file)
        content = np.frombuffer(file.read_bytes(), np.uint8)
    popularity = np.log1p(model.popularity).astype(np.float32)
    return Network(model.name, content, inputs.copy(), outputs.copy(), biases.copy(), popularity, window)
