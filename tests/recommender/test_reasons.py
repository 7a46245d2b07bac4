"""Reasons are true: what is named is what the score would miss most."""

import numpy as np
import pytest

from recommender.serving.asked import Asked
from recommender.serving.candidates import opinions
from recommender.serving.catalogue import Catalogue, CatalogueItem
from recommender.serving.engine import Engine
from recommender.serving.fallback import popular
from recommender.serving.request import Context, Event, Profile, Request
from recommender.serving.sources import Linear, Rows, SecondOrder, UserNeighbours, arrays_of, from_arrays

NOW = 1.71e9


def rows(dense):
    dense = np.asarray(dense, np.float32)
    indptr = np.concatenate([[0], np.cumsum((dense != 0).sum(axis=1))])
    return Rows(indptr.astype(np.int64), np.nonzero(dense)[1].astype(np.int32), dense[dense != 0])


@pytest.fixture
def numbers():
    rng = np.random.default_rng(0)
    return (rng.random((8, 8)) * (rng.random((8, 8)) < 0.6)).astype(np.float32)


def second_order(weights, pair_weights):
    pairs = np.array([1 * 8 + 2, 3 * 8 + 4], np.int64)
    return SecondOrder("markov_second_order", pairs, rows(pair_weights[:2]), rows(weights), 2.0)


def user_neighbours(weights):
    met = (weights > 0).astype(np.float32)
    return UserNeighbours("user_knn", rows(met), rows(weights.T), 0.8, 4, 3)


SOURCES = {
    "linear": lambda weights: Linear("ease", rows(weights), 0.7, 5),
    "second order": lambda weights: second_order(weights, weights),
    "user neighbours": user_neighbours,
}
HISTORIES = [[], [3], [1, 2], [5, 3, 4], [0, 1, 2, 3, 4, 5, 6], [9, 2]]


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("history", HISTORIES)
def test_the_terms_of_a_source_add_up_to_its_score(kind, history, numbers):
    source = SOURCES[kind](numbers)
    engaged, items = np.array(history, np.int64), np.array([7, 0, 4])
    total = source.terms(engaged, items).sum(axis=0)
    assert total == pytest.approx(source.scores(engaged, 8)[items], abs=1e-5)


@pytest.mark.parametrize("kind", SOURCES)
def test_a_source_comes_back_from_its_arrays(kind, numbers):
    source = SOURCES[kind](numbers)
    about, arrays = arrays_of(source)
    again = from_arrays(about, arrays)
    engaged = np.array([1, 2, 3], np.int64)
    assert (again.scores(engaged, 8) == source.scores(engaged, 8)).all()


def test_a_linear_source_is_decayed_history_times_weights(numbers):
    source = SOURCES["linear"](numbers)
    expected = 0.7**2 * numbers[2] + 0.7 * numbers[5] + numbers[1]
    assert source.scores(np.array([2, 5, 1]), 10) == pytest.approx([*expected, 0, 0], abs=1e-6)


@pytest.fixture(scope="module")
def engine(trained):
    return Engine.open(trained.path)


@pytest.fixture(scope="module")
def catalogue(topical):
    kinds = [key.partition(":")[0] for key in topical.items.ids]
    return Catalogue.of(
        [
            CatalogueItem(key, kind, topics=topical.items.topics[row])
            for row, (key, kind) in enumerate(zip(topical.items.ids, kinds, strict=True))
        ]
    )


def blend_of(engine, request, key):
    """The blend of one item for a request."""
    items = engine.items
    state = Asked(engine, items, request).state
    said = opinions(
        state, engine.items.sources, items.vectors, items.biases, engine.blend, items.known, engine.n_trained
    )
    return float(said.blend[items.index[key]] - np.median(said.blend))


def test_without_the_event_that_is_named_the_item_loses_most(engine, catalogue, topical):
    """Take each event away in turn: the named one mostly costs most, and nearly always something."""
    rng = np.random.default_rng(3)
    agree = costs = total = 0
    for _ in range(25):
        chosen = rng.choice(48, 4, replace=False)
        events = [Event(topical.items.ids[row], "viewed", NOW - 4_000 + n) for n, row in enumerate(chosen)]
        request = Request(events=tuple(events), context=Context(now=NOW))
        for one in engine.suggest(request, catalogue).items[:2]:
            if one.reason.code != "history":
                continue
            whole = blend_of(engine, request, one.item)
            loss = {}
            for event in events:
                rest = tuple(other for other in events if other is not event)
                loss[event.item] = whole - blend_of(
                    engine, Request(events=rest, context=request.context), one.item
                )
            total += 1
            agree += max(loss, key=loss.get) == one.reason.item
            costs += loss[one.reason.item] > 0
    assert total >= 20
    assert costs >= 0.9 * total
    assert agree >= 0.7 * total


@pytest.mark.parametrize("answer", ["engine", "popular"])
def test_what_was_met_before_is_never_its_own_cause(engine, topical, answer):
    """Where all was met, the row holds it again, and says so."""
    keys = topical.items.ids[:8]
    catalogue = Catalogue.of([CatalogueItem(key, "course", topics=("music",)) for key in keys])
    events = tuple(Event(key, "viewed", NOW - 900 + n) for n, key in enumerate(keys))
    suggest = engine.suggest if answer == "engine" else popular
    shown = suggest(Request(events=events, context=Context(now=NOW), quotas={}), catalogue).items
    assert {one.reason.code for one in shown} & {"again", "history"}
    for one in shown:
        assert (one.reason.item == one.item) == (one.reason.code == "again")


def test_a_reason_names_only_what_the_learner_did_or_chose(engine, catalogue, topical):
    rng = np.random.default_rng(4)
    for _ in range(20):
        chosen = rng.choice(48, int(rng.integers(0, 6)), replace=False)
        events = tuple(Event(topical.items.ids[row], "viewed", NOW - 900) for row in chosen)
        profile = Profile(interests=("music",) if rng.random() < 0.5 else ())
        page = topical.items.ids[int(rng.integers(48))] if rng.random() < 0.5 else None
        request = Request(events=events, profile=profile, context=Context("lesson", page, NOW, 9, 1))
        for one in engine.suggest(request, catalogue).items:
            reason = one.reason
            if reason.code == "history":
                assert reason.item in {event.item for event in events}
                assert reason.item != one.item
            elif reason.code == "interest":
                assert reason.topic in profile.interests
                assert reason.topic in topical.items.topics[topical.items.index[one.item]]
            elif reason.code == "page":
                assert reason.item == page
            else:
                assert reason.code in ("popular", "moment", "profile", "new")


def test_a_learner_of_whom_nothing_is_known_is_told_nothing_personal(engine, catalogue):
    shown = engine.suggest(Request(), catalogue).items
    assert {one.reason.code for one in shown} <= {"popular", "new"}
