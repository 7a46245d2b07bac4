"""A denoising autoencoder with a multinomial likelihood over the learner's items.

Liang, Krishnan, Hoffman, Jebara (2018), "Variational autoencoders for collaborative filtering", WWW:
Mult-DAE, equation 2 for the likelihood, one hidden tanh layer, dropout of the input as the noise. It is
asked with a decayed history: recent items count more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .base import Recommender
from .descent import minimise
from .histories import binary, decayed, sequences
from .losses import fast_dtype


class AutoencoderNetwork(nn.Module):
    def __init__(self, n_items: int, width: int, dropout: float):
        super().__init__()
        self.dropout = dropout
        self.encode, self.decode = nn.Linear(n_items, width), nn.Linear(width, n_items)
        nn.init.xavier_normal_(self.encode.weight)
        nn.init.xavier_normal_(self.decode.weight)

    def forward(self, histories: torch.Tensor) -> torch.Tensor:
        """Logits, float[batch, n_items], of float[batch, n_items] histories of any length."""
        x = F.dropout(F.normalize(histories, dim=1), self.dropout, self.training)
        return self.decode(torch.tanh(self.encode(x)))


class Autoencoder(Recommender):
    name = "autoencoder"

    @dataclass(frozen=True)
    class Settings:
        width: int = 400
        dropout: float = 0.5
        epochs: int = 10
        batch: int = 500
        learning_rate: float = 2e-3
        weight_decay: float = 0.01
        decay: float = 0.65
        seed: int = 0

    def train(self, dataset, progress):
        settings = self.settings
        torch.manual_seed(settings.seed)
        rng = np.random.default_rng(settings.seed)
        histories = binary(sequences(dataset), self.n_items)
        histories = histories[np.diff(histories.indptr) > 0]
        self.net = self._network()
        rows = np.arange(histories.shape[0])
        batches = []
        for _ in range(settings.epochs):
            order = rng.permutation(rows)
            batches += [
                order[start : start + settings.batch] for start in range(0, len(rows), settings.batch)
            ]

        def loss_of(batch: np.ndarray) -> torch.Tensor:
            x = torch.from_numpy(histories[batch].toarray())
            with torch.autocast("cpu", fast_dtype(), enabled=fast_dtype() != torch.float32):
                logits = self.net(x)
            # minus the multinomial log-likelihood of every item of the learner, a mean over items
            return -(F.log_softmax(logits.float(), dim=1) * x).sum() / x.sum()

        self.curve = minimise(
            self.net,
            batches,
            loss_of,
            learning_rate=settings.learning_rate,
            weight_decay=settings.weight_decay,
            progress=progress,
        )

    def _network(self) -> AutoencoderNetwork:
        return AutoencoderNetwork(self.n_items, self.settings.width, self.settings.dropout)

    @torch.inference_mode()
    def predict(self, queries):
        x = decayed(queries, self.n_items, factor=self.settings.decay).toarray()
        return self.net(torch.from_numpy(x)).numpy()

    def state(self):
        return {name: tensor.numpy() for name, tensor in self.net.state_dict().items()}

    def restore(self, state):
        self.net = self._network()
        self.net.load_state_dict({name: torch.from_numpy(array) for name, array in state.items()})
        self.net.eval()
