"""A recurrent network over the history.

Hidasi, Karatzoglou, Baltrunas, Tikk (2016), "Session-based recommendations with recurrent neural networks",
ICLR (GRU4Rec), with LSTM cells (Hochreiter, Schmidhuber (1997), Neural Computation 9) and, as in Hidasi,
Karatzoglou (2018), CIKM, "constrained" item vectors shared by input and output; softmax over all items.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from .sequence import SequenceNetwork, SequenceRecommender


class LSTMNetwork(SequenceNetwork):
    def __init__(self, n_items: int, settings: LSTM.Settings):
        super().__init__(n_items, settings.width)
        self.dropout = nn.Dropout(settings.dropout)
        self.recurrent = nn.LSTM(settings.width, settings.hidden, batch_first=True)
        self.project = nn.Linear(settings.hidden, settings.width)

    def read(self, vectors):
        x = self.dropout(vectors * self.item.embedding_dim**0.5)
        hidden, _ = self.recurrent(x)
        return self.project(self.dropout(hidden))


class LSTM(SequenceRecommender):
    name = "lstm"

    @dataclass(frozen=True)
    class Settings(SequenceRecommender.Settings):
        hidden: int = 256

    def network(self):
        return LSTMNetwork(self.n_items, self.settings)
