"""The towers put together.

item features --> item tower ----------------------------> vectors [n, d], biases [n]
                       |  (the history is read with the same vectors)
profile, events --> user tower --> [m, d] --.
                                             merge --> query [m, d];  score = query . vector + bias
moment, page ----> context tower --> [m, d] '
"""

import torch
from torch import Tensor, nn

from .context import ContextTower
from .item import ItemTower
from .merge import Merge
from .user import UserTower


class MultiTower(nn.Module):
    """See the module. `start` float32[n_items, d] holds the id vectors to begin with."""

    def __init__(self, sizes: dict[str, int], start: Tensor, *, hidden: int, text_width: int, dropout: float):
        super().__init__()
        width = start.shape[1]
        self.item = ItemTower(sizes, start, text_width=text_width)
        self.user = UserTower(sizes, width=width, hidden=hidden, text_width=text_width, dropout=dropout)
        self.context = ContextTower(sizes["locales"], width=width)
        self.merge = Merge(width=width)

    def queries(
        self,
        vectors: Tensor,
        events: dict[str, Tensor],
        profile: dict[str, Tensor],
        at: tuple[Tensor, Tensor],
        context: dict[str, Tensor],
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Query, user and context vectors [m, d] at m points of b histories.

        vectors [n, d] of all items; events: item (-1 unknown or padding), token, gap int64[b, l];
        at: row and number of events seen before the point, int64[m] each; context codes int64[m] and
        `item` int64[m], the item on the page (-1: none).
        """
        known = events["item"] >= 0
        history = vectors[events["item"].clamp(min=0)] * known[..., None]  # [b, l, d]
        states = self.user(history, events["token"], events["gap"], profile)  # [b, l + 1, d]
        user = states[at]  # [m, d]
        shown = context["item"] >= 0
        page = vectors[context["item"].clamp(min=0)] * shown[:, None]  # [m, d]
        moment = self.context(context, page)  # [m, d]
        return self.merge(user, moment), user, moment


class UserGraph(nn.Module):
    """Exported for serving: the user tower at the end of each of b histories of one length."""

    INPUTS = ("history", "token", "gap", "interests", "gender", "country", "education", "age")

    def __init__(self, towers: MultiTower):
        super().__init__()
        self.towers = towers

    def forward(self, *inputs: Tensor) -> Tensor:
        """history [b, l, d], token and gap int64[b, l], interests [b, 16], codes int64[b] -> [b, d]"""
        given = dict(zip(self.INPUTS, inputs, strict=True))
        return self.towers.user(given["history"], given["token"], given["gap"], given)[:, -1]


class QueryGraph(nn.Module):
    """Exported for serving: the context tower and the merge."""

    INPUTS = ("user", "hour", "weekday", "device", "locale", "placement", "since", "page")

    def __init__(self, towers: MultiTower):
        super().__init__()
        self.towers = towers

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """user and page [b, d], codes int64[b] -> query and context [b, d]"""
        given = dict(zip(self.INPUTS, inputs, strict=True))
        context = self.towers.context(given, given["page"])
        return self.towers.merge(given["user"], context), context


class ItemGraph(nn.Module):
    """What is exported for new items: vectors from features alone."""

    INPUTS = (
        "text",
        "text_weight",
        "topics",
        "instructors",
        "kind",
        "level",
        "language",
        "provider",
        "numbers",
    )

    def __init__(self, towers: MultiTower):
        super().__init__()
        self.towers = towers
        if towers.item.sentence is not None:
            self.INPUTS = (*ItemGraph.INPUTS, "sentence")

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """-> vectors [n, d], biases [n]"""
        given = dict(zip(self.INPUTS, inputs, strict=True))
        mask = torch.zeros_like(given["numbers"][:, 0])
        return self.towers.item.from_features(given, mask)
