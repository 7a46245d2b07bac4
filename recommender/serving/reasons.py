"""Why an item is shown: what in the learner's state added most to its score.

The score that is taken apart is the linear blend of the sources, which the ranker starts from. What an event
of the history gave through a linear source is known exactly; through the towers it is what the towers' score
loses when they read the history without it. Page, interests, moment and demographics are left out alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .candidates import Blend, Opinions, State
from .request import Reason
from .sources import Linear, SecondOrder, Source

POPULAR = ("popularity", "popularity_week")


@dataclass(frozen=True, eq=False)
class Variants:
    """What one thing does to the towers' query: the query with it minus the query without it."""

    events: np.ndarray  # float32[e, d], of one event each
    engaged: np.ndarray  # int64[e], the place in `state.engaged` of that event's item
    other: dict[str, np.ndarray]  # by reason code: float32[d]


def contributions(
    state: State,
    items: np.ndarray,
    said: Opinions,
    sources: list[Source],
    blend: Blend,
    vectors: np.ndarray,
    variants: Variants,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """What each engagement, each other cause and each source gave the items int64[c], in units of the blend.

    -> (by engagement and source float32[k, s, c], by other cause float32[c])
    """
    per_unit, of_towers = _scales(said, blend)
    terms = np.zeros((len(state.engaged), len(sources) + 1, len(items)), np.float32)
    for place, source in enumerate(sources):
        if source.name not in POPULAR:
            terms[:, place] = per_unit[place] * source.terms(state.engaged, items)
    chosen = vectors[items]  # [c, d]
    np.add.at(terms[:, -1], variants.engaged, of_towers * (variants.events @ chosen.T))
    others = {code: of_towers * (chosen @ did) for code, did in variants.other.items()}
    popular = np.zeros(len(items), np.float32)
    for place, source in enumerate(sources):
        if source.name in POPULAR:
            popular += np.maximum(blend.of_z[place] * said.z[place, items], 0)
    others["popular"] = popular
    return terms, others


def _scales(said: Opinions, blend: Blend) -> tuple[np.ndarray, float]:
    """The blend for one unit of each source's raw score float32[s], and for one of the towers'."""
    per_unit = blend.of_z / np.maximum(said.spread, 1e-9)
    # log_share moves one for one with the towers' score, up to a constant that is the same for all items
    return per_unit, float(per_unit[-1] + blend.of_log_share)


def owed_to(
    engagement: int,
    state: State,
    items: np.ndarray,
    said: Opinions,
    sources: list[Source],
    blend: Blend,
    vectors: np.ndarray,
    variants: Variants,
) -> np.ndarray:
    """float32[c]: what one engagement gave the items int64[c] by the linear sources and the towers.

    That is the part of `contributions` which a whole short list can be asked for on every page.
    """
    per_unit, of_towers = _scales(said, blend)
    owed = np.zeros(len(items), np.float32)
    for place, source in enumerate(sources):
        if isinstance(source, Linear | SecondOrder) and per_unit[place]:
            owed += per_unit[place] * source.terms(state.engaged, items)[engagement]
    did = variants.events[variants.engaged == engagement].sum(axis=0)
    return owed + of_towers * (vectors[items] @ did)


def strongest(
    terms: np.ndarray, others: dict[str, np.ndarray], column: int, names: list[str], keys: list[str | None]
) -> Reason:
    """The largest contribution to one item. names: sources, towers last; keys: the engaged items' keys."""
    by_event = terms[:, :, column].sum(axis=1)  # [k]
    known = np.array([key is not None for key in keys], bool)
    by_event = np.where(known, by_event, -np.inf)
    code, value = max(((code, float(values[column])) for code, values in others.items()), key=lambda p: p[1])
    if len(by_event) and by_event.max() > max(value, 0.0):
        event = int(by_event.argmax())
        source = names[int(terms[event, :, column].argmax())]
        return Reason("history", source, item=keys[event], contribution=float(by_event[event]))
    if value <= 0:
        return Reason("popular", POPULAR[0])
    return Reason(code, POPULAR[0] if code == "popular" else names[-1], contribution=value)
