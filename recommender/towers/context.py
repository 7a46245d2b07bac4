"""Context tower: the moment and the page."""

from torch import Tensor, nn

from recommender.serving.encoding import N_DEVICES, N_GAPS, N_HOURS, N_PLACEMENTS, N_WEEKDAYS

from .parts import ZeroEmbedding, zero_linear

CODED = ("hour", "weekday", "device", "locale", "placement", "since")


class ContextTower(nn.Module):
    """hour, weekday, device, locale, placement, since (gap to the last event) int64[m] and the vector of the
    item on the page [m, d] (zero: none) -> [m, d]. Code 0 and values never trained on add nothing."""

    def __init__(self, n_locales: int, *, width: int):
        super().__init__()
        rows = {"hour": N_HOURS, "weekday": N_WEEKDAYS, "device": N_DEVICES, "locale": n_locales}
        rows |= {"placement": N_PLACEMENTS, "since": N_GAPS}
        self.coded = nn.ModuleDict({name: ZeroEmbedding(rows[name], width) for name in CODED})
        self.page = zero_linear(width, width)

    def forward(self, context: dict[str, Tensor], page: Tensor) -> Tensor:
        """-> [m, d]"""
        total = self.page(page)
        for name in CODED:
            codes = context[name]
            total = total + self.coded[name](codes) * (codes > 0).float()[:, None]
        return total
