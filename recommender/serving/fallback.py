"""What is shown without any model: popular items, those that fit the learner's interests first."""

import time

import numpy as np

from recommender.serving.catalogue import Catalogue
from recommender.serving.request import Reason, Request, Suggestion, Suggestions

VERSION = "popular"

# One chosen topic weighs as much as the most popular item; the page's own topics half of that.
INTEREST_WEIGHT = 1.0
PAGE_WEIGHT = 0.5


def popular(request: Request, catalogue: Catalogue) -> Suggestions:
    """A row of popular, available items for `request`, without any artifact.

    Scores are popularity as a share of the most popular item's, plus the weights above for shared topics.
    Prerequisites must be met. Deterministic: ties go to the newer item, then to the catalogue's order.
    """
    started = time.perf_counter()
    scores, interest, page = _scores(request, catalogue)
    allowed = _allowed(request, catalogue)
    chosen = _with_quotas(request, catalogue, _ranked(scores, catalogue, allowed))
    items = tuple(
        Suggestion(
            item=catalogue.keys[row],
            score=float(scores[row]),
            reason=_reason(request, catalogue, row, interest, page),
            source="popularity",
        )
        for row in chosen
    )
    return Suggestions(items=items, version=VERSION, milliseconds=1000 * (time.perf_counter() - started))


def _scores(request, catalogue):
    """Scores and the two topic contributions, [n] each."""
    top = float(catalogue.popularity.max(initial=0.0))
    share = catalogue.popularity / top if top else np.zeros(len(catalogue), dtype=np.float32)
    interest = INTEREST_WEIGHT * _shares_topic(catalogue, request.profile.interests)
    row = catalogue.row.get(request.context.item)
    here = [catalogue.topics[code] for code in catalogue.topics_of(row)] if row is not None else []
    page = PAGE_WEIGHT * _shares_topic(catalogue, here)
    return share + interest + page, interest, page


def _shares_topic(catalogue, topics):
    """1 where an item has at least one of `topics`, else 0: float32 [n]."""
    codes = [catalogue.topic_code[topic] for topic in topics if topic in catalogue.topic_code]
    hit = np.isin(catalogue.topic_codes, codes)
    counts = np.concatenate([[0], np.cumsum(hit)])
    return (counts[catalogue.topic_offsets[1:]] > counts[catalogue.topic_offsets[:-1]]).astype(np.float32)


def _allowed(request, catalogue):
    allowed = catalogue.available.copy()
    for key in request.exclude:
        row = catalogue.row.get(key)
        if row is not None:
            allowed[row] = False
    done = np.zeros(len(catalogue), dtype=bool)
    done[[catalogue.row[key] for key in request.completed if key in catalogue.row]] = True
    unmet = np.concatenate([[0], np.cumsum(~done[catalogue.prerequisite_rows])])
    starts, ends = catalogue.prerequisite_offsets[:-1], catalogue.prerequisite_offsets[1:]
    return allowed & (unmet[ends] == unmet[starts])


def _ranked(scores, catalogue, allowed):
    """Rows in the order of their scores; the first few hundred are more than any row shows."""
    rows = np.flatnonzero(allowed)
    newest = np.nan_to_num(catalogue.published_at[rows], nan=-np.inf)
    return rows[np.lexsort((rows, -newest, -scores[rows]))]


def _with_quotas(request, catalogue, ranked):
    """The first `limit` rows, where the last places go to kinds that would otherwise be missing."""
    chosen = list(ranked[: request.limit])
    for kind, wanted in request.quotas.items():
        have = sum(catalogue.kind[row] == kind for row in chosen)
        spare = [row for row in ranked[request.limit :] if catalogue.kind[row] == kind][
            : max(wanted - have, 0)
        ]
        for row in spare:
            for place in range(len(chosen) - 1, -1, -1):
                other = catalogue.kind[chosen[place]]
                kept = sum(catalogue.kind[shown] == other for shown in chosen)
                if other != kind and kept > request.quotas.get(other, 0):
                    del chosen[place]
                    chosen.append(row)
                    break
    return chosen


def _reason(request, catalogue, row, interest, page):
    """The part that weighs most: an interest, the page, or plain popularity."""
    share = float(catalogue.popularity[row]) / max(float(catalogue.popularity.max()), 1e-9)
    if interest[row] > max(page[row], share * 0.999):
        mine = {catalogue.topic_code.get(topic): topic for topic in request.profile.interests}
        topic = next(mine[code] for code in catalogue.topics_of(row) if code in mine)
        return Reason("interest", source="popularity", topic=topic, contribution=float(interest[row]))
    if page[row] > share:
        return Reason("page", source="popularity", item=request.context.item, contribution=float(page[row]))
    return Reason("popular", source="popularity", contribution=share)
