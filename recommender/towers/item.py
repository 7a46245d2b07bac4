"""Item tower: one vector and one bias an item, from its id and from what is known of it.

The id's own vector is masked at random in training, so that the features learn to stand alone: an item that
was published a minute ago has no id vector and is ranked by its features.
"""

import torch
from torch import Tensor, nn

from recommender.serving.encoding import N_ITEM_NUMBERS, N_KINDS

from .parts import Bag

CODED = ("kind", "level", "language", "provider")
CODED_WIDTH = 8


class ItemTower(nn.Module):
    """`sizes` holds the rows of each vocabulary (`Encoder.sizes`); `start` is float32[n_items, width].

    Vector of item i: mask_i * id_i + MLP(features_i, mask_i); bias alike. mask_i is 0 for an unknown id.
    """

    def __init__(self, sizes: dict[str, int], start: Tensor, *, text_width: int):
        super().__init__()
        n_items, width = start.shape
        self.id = nn.Parameter(start.clone())  # [n, d]
        self.id_bias = nn.Parameter(torch.zeros(n_items))  # [n]
        self.text = Bag(sizes["text"], text_width)
        self.topics = Bag(sizes["topics"], text_width)
        self.instructors = Bag(sizes["instructors"], text_width)
        rows = {"kind": N_KINDS, "level": sizes["levels"]}
        rows |= {"language": sizes["languages"], "provider": sizes["providers"]}
        self.coded = nn.ModuleDict({name: nn.Embedding(rows[name], CODED_WIDTH) for name in CODED})
        known = 3 * text_width + len(CODED) * CODED_WIDTH + N_ITEM_NUMBERS + 1
        self.hidden = nn.Linear(known, width)
        self.out = nn.Linear(width, width + 1)
        nn.init.zeros_(self.out.bias)
        nn.init.normal_(self.out.weight, std=0.02)
        width = sizes.get("sentence", 0)  # 0 where no sentence encoder is configured
        self.sentence = nn.Linear(width, text_width, bias=False) if width else None

    def from_features(self, features: dict[str, Tensor], mask: Tensor) -> tuple[Tensor, Tensor]:
        """Feature part of vectors [n, d] and biases [n]; `mask` float32[n] says whose id is known."""
        text = self.text(features["text"], features["text_weight"])  # [n, t]
        if self.sentence is not None:
            text = text + self.sentence(features["sentence"])
        parts = [
            text,
            self.topics.mean(features["topics"]),  # [n, t]
            self.instructors.mean(features["instructors"]),  # [n, t]
            *(self.coded[name](features[name]) for name in CODED),  # [n, 8] each
            features["numbers"],  # [n, 4]
            mask[:, None],  # [n, 1]
        ]
        out = self.out(nn.functional.gelu(self.hidden(torch.cat(parts, dim=1))))  # [n, d + 1]
        return out[:, :-1], out[:, -1]

    def forward(self, features: dict[str, Tensor], mask: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors [n, d] and biases [n] of all items of the vocabulary."""
        vectors, biases = self.from_features(features, mask)
        return vectors + mask[:, None] * self.id, biases + mask * self.id_bias
