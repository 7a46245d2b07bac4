"""From a learner's state to the best few candidates: what every source says, standardised and blended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .bags import Bags
from .sources import Source

TOWERS = "towers"
Z_LIMIT = 12.0
IMPUTED = 0.5
"""What the sources would say of an item that they have never seen: this share of the towers' z-score."""


@dataclass(frozen=True, eq=False)
class State:
    """One learner at one moment, in rows of the model's items."""

    engaged: np.ndarray  # int64[k], items met, each once, none dismissed, oldest first
    met_at: np.ndarray  # float64[k], seconds since the epoch, nan unknown
    graded: np.ndarray  # int64[g], items of graded events
    grades: np.ndarray  # float32[g], 1 or -1
    done: np.ndarray  # int64[f], items completed or passed, each once
    interests: np.ndarray  # int64[i], topic codes
    page: int  # the item on the page, -1 none
    now: float  # seconds since the epoch, nan unknown
    query: np.ndarray  # float32[d], from the towers
    user: np.ndarray  # float32[d]
    context: np.ndarray  # float32[d]


@dataclass(frozen=True, eq=False)
class Opinions:
    """What s sources, the towers last, say of n items."""

    raw: np.ndarray  # float32[s, n]
    z: np.ndarray  # float32[s, n], standardised over the items; cut at 12 where there is something to blend
    spread: np.ndarray  # float32[s], the standard deviations
    log_share: np.ndarray  # float32[n], log softmax of the towers' scores
    blend: np.ndarray  # float32[n]


@dataclass(frozen=True, eq=False)
class Blend:
    """Linear score over the catalogue, fitted by a softmax over all items: who is worth ranking."""

    of_z: np.ndarray  # float32[s]
    of_log_share: float

    @property
    def is_one_opinion(self) -> bool:
        """Nothing is blended: the order is that of one source, or of the towers."""
        return np.count_nonzero(self.of_z) + np.count_nonzero(self.of_log_share) == 1

    def __call__(self, z: np.ndarray, log_share: np.ndarray) -> np.ndarray:
        return self.of_z @ z + self.of_log_share * log_share


def opinions(
    state: State,
    sources: list[Source],
    vectors: np.ndarray,
    biases: np.ndarray,
    blend: Blend,
    known: np.ndarray,
    n_trained: int,
) -> Opinions:
    """Ask every source about every item. vectors [n, d], biases [n].

    Standardisation is over the first `n_trained` items alone, so that items published since don't move the
    scores of the others. Where `known` bool[n] is false only the towers and bags can speak, and the other
    sources are imputed: their silence is no verdict.
    """
    n = len(vectors)
    raw = np.empty((len(sources) + 1, n), np.float32)
    for place, source in enumerate(sources):
        raw[place] = source.scores(state.engaged, n)
    raw[-1] = vectors @ state.query + biases
    z, spread = standardised(raw, n_trained)
    if not blend.is_one_opinion:  # whoever speaks alone keeps the order of its first few, however far ahead
        np.clip(z, -Z_LIMIT, Z_LIMIT, out=z)
    new = np.flatnonzero(~known)
    if len(new):
        silent = [place for place, source in enumerate(sources) if not isinstance(source, Bags)]
        z[np.ix_(silent, new)] = IMPUTED * z[-1, new]
    log_share = raw[-1] - log_sum(raw[-1, :n_trained])
    return Opinions(raw, z, spread, log_share, blend(z, log_share))


def standardised(raw: np.ndarray, n_trained: int) -> tuple[np.ndarray, np.ndarray]:
    """z-scores of each row and the standard deviations; a source that says nothing gives 0."""
    centred = raw - raw[:, :n_trained].mean(axis=1, keepdims=True)
    measured = centred[:, :n_trained]
    spread = np.sqrt(np.einsum("sn,sn->s", measured, measured) / n_trained)
    np.divide(centred, np.maximum(spread, 1e-9)[:, None], out=centred)
    return centred, spread


def log_sum(scores: np.ndarray) -> float:
    """log of the sum of exp(scores)"""
    top = scores.max()
    return float(top + np.log(np.exp(scores - top).sum()))


def best(blend: np.ndarray, allowed: np.ndarray, count: int) -> np.ndarray:
    """int64[<= count]: the allowed items with the best blend, best first; ties by row."""
    rows = np.flatnonzero(allowed)
    values = blend[rows]
    if len(rows) > count:
        kept = np.argpartition(-values, count - 1)[:count]
        rows, values = rows[kept], values[kept]
    return rows[np.lexsort((rows, -values))]
