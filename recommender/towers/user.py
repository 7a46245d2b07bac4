"""User tower: who the learner is (profile) and what they did (events), at every point of their sequence.

The sequence part is a gated recurrent network (Cho et al. 2014; on sessions Hidasi et al. 2016, GRU4Rec) that
reads item vector + verb + time gap.
Skill state is the running mean of the vectors of mastered items minus that of failed ones; credits are earned
by passing, so the running count of passes stands for them.
"""

import torch
from torch import Tensor, nn

from recommender.data.vocabulary import VERB_CODE
from recommender.serving.encoding import N_AGES, N_EVENT_TOKENS, N_GAPS, event_grades

from .parts import Bag, ZeroEmbedding, zero_linear

DEMOGRAPHICS = ("gender", "country", "education", "age")


class ProfileEncoder(nn.Module):
    """Interests (a bag of topics) and optional demographics -> [b, d]; all unknown gives zero."""

    def __init__(self, sizes: dict[str, int], width: int, text_width: int):
        super().__init__()
        rows = {"gender": sizes["genders"], "country": sizes["countries"], "education": sizes["educations"]}
        rows["age"] = N_AGES
        self.coded = nn.ModuleDict({name: ZeroEmbedding(rows[name], width) for name in DEMOGRAPHICS})
        self.interests = Bag(sizes["topics"], text_width)
        self.interests_out = nn.Linear(text_width, width, bias=False)
        nn.init.zeros_(self.interests_out.weight)

    def forward(self, profile: dict[str, Tensor]) -> Tensor:
        """-> [b, d]"""
        total = self.interests_out(self.interests.mean(profile["interests"]))
        for name in DEMOGRAPHICS:
            codes = profile[name]
            total = total + self.coded[name](codes) * (codes > 0).float()[:, None]
        return total


class UserTower(nn.Module):
    def __init__(self, sizes: dict[str, int], *, width: int, hidden: int, text_width: int, dropout: float):
        super().__init__()
        self.profile = ProfileEncoder(sizes, width, text_width)
        self.start = nn.Parameter(torch.randn(width) * 0.02)  # [d], stands before the first event
        self.verb = ZeroEmbedding(N_EVENT_TOKENS, width)
        self.gap = ZeroEmbedding(N_GAPS, width)
        self.sequence = nn.GRU(width, hidden, batch_first=True)
        self.out = nn.Linear(hidden, width)
        self.skill = zero_linear(width, width)
        self.credits = zero_linear(1, width)
        self.dropout = nn.Dropout(dropout)
        grades = event_grades(torch.arange(N_EVENT_TOKENS).numpy())
        self.register_buffer("grades", torch.tensor(grades), persistent=False)  # [tokens]

    def forward(self, vectors: Tensor, tokens: Tensor, gaps: Tensor, profile: dict[str, Tensor]) -> Tensor:
        """State before the first event and after each one.

        vectors [b, l, d] of the events' items, tokens and gaps int64[b, l] (gap to the event before),
        profile as `ProfileFeatures` -> [b, l + 1, d]
        """
        about = self.profile(profile)[:, None]  # [b, 1, d]
        events = vectors + self.verb(tokens) + self.gap(gaps)  # [b, l, d]
        first = self.start + about  # [b, 1, d]
        states, _ = self.sequence(self.dropout(torch.cat([first, events], dim=1)))  # [b, l + 1, h]
        grades = self.grades[tokens]  # [b, l]
        mastery = torch.cumsum(grades[..., None] * vectors, dim=1)  # [b, l, d]
        mastery = mastery / (1 + torch.cumsum(grades.abs(), dim=1))[..., None]
        passes = torch.cumsum((tokens == VERB_CODE["passed"] + 1).float(), dim=1)[..., None]  # [b, l, 1]
        gained = self.skill(mastery) + self.credits(torch.log1p(passes))  # [b, l, d]
        gained = nn.functional.pad(gained, (0, 0, 1, 0))  # [b, l + 1, d], nothing before the first event
        return self.out(self.dropout(states)) + about + gained
