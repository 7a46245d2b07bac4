"""What every member of the zoo promises, whatever it is made of."""

import json
from dataclasses import replace

import numpy as np
import pytest

from recommender.data.dataset import Items, Learners
from recommender.data.queries import Context, Queries
from recommender.data.splits import global_time
from recommender.evaluation.protocol import judge
from recommender.ordering import NETWORKS, ON_REQUEST
from recommender.zoo import base

# Small and quick, but trained: each must beat chance.
TOWERS = {"width": 16, "hidden": 16, "text_buckets": 512, "min_steps": 100, "threads": 1}
SMALL = {
    "matrix_factorization": {"width": 16, "epochs": 12},
    "lstm": {"width": 16, "hidden": 16, "epochs": 30, "learning_rate": 0.01},
    "transformer": {"width": 16, "epochs": 30, "learning_rate": 0.01, "dropout": 0.0},
    "autoencoder": {"width": 16, "epochs": 20, "batch": 32, "learning_rate": 0.01},
    "blend": {"transformer": 0.0},
    "multi_tower": TOWERS,
    "multi_tower_ranker": TOWERS,
}
MEMBERS = base.names()
CONSTANT = {"popularity", "popularity_week"}


def fitted(name, dataset):
    return base.create(name, **SMALL.get(name, {})).fit(dataset)


def ask(*histories):
    """Queries with these histories of item rows, of learners nobody knows."""
    items = np.array([item for history in histories for item in history], np.int32)
    offsets = np.cumsum([0, *map(len, histories)])
    nan, now = np.full(len(items), np.nan), np.full(len(histories), np.nan)
    learners = Learners(ids=[""] * len(histories))
    verbs = np.zeros(len(items), np.int8)
    return Queries(items, verbs, nan, nan.astype(np.float32), offsets, learners, now, Context.at(now))


@pytest.fixture(scope="module")
def dataset(worlds):
    return worlds.random_world(n_learners=150, n_items=30)


@pytest.fixture(scope="module", params=MEMBERS)
def model(request, dataset):
    return fitted(request.param, dataset)


def test_every_item_gets_a_finite_score(model):
    scores = model.scores(ask([3, 4], [7]))
    assert scores.shape == (2, 30)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()


def test_an_empty_history_is_answered_with_popularity(model, dataset):
    scores = model.scores(ask([], [3, 4]))
    assert np.isfinite(scores).all()
    order = np.argsort(-dataset.popularity, kind="stable")
    if model.answers_empty_histories:  # by profile and moment, with what is popular there
        return
    assert set(np.argsort(-scores[0], kind="stable")[:5]) == set(order[:5])


def test_an_unknown_item_in_the_history_changes_nothing(model):
    assert model.scores(ask([3, -1, 4, 99])) == pytest.approx(model.scores(ask([3, 4])), abs=1e-6)


def test_one_learner_with_two_thousand_events_is_answered(model):
    history = np.random.default_rng(0).integers(0, 30, 2000).tolist()
    assert np.isfinite(model.scores(ask(history))).all()


def test_a_learner_with_two_thousand_events_can_be_learned_from(model, worlds, dataset):
    rng = np.random.default_rng(0)
    long = worlds.dataset_of([rng.permutation(2000).tolist(), *[[1, 2, 3]] * 5], n_items=2000)
    changes = SMALL.get(model.name, {}) | ({"epochs": 1} if "epochs" in SMALL.get(model.name, {}) else {})
    assert np.isfinite(base.create(model.name, **changes).fit(long).scores(ask([1]))).all()


def test_answers_do_not_depend_on_the_batch(model):
    together = model.scores(ask([3, 4], [7], [], [1, 2, 3, 4, 5, 6]))
    alone = np.concatenate([model.scores(ask(h)) for h in ([3, 4], [7], [], [1, 2, 3, 4, 5, 6])])
    assert together == pytest.approx(alone, abs=1e-4)


def test_a_saved_model_answers_as_before(model, tmp_path):
    model.save(tmp_path)
    again = base.load(tmp_path)
    assert again.settings == model.settings
    queries = ask([3, 4], [], [7, 99])
    assert (again.scores(queries) == model.scores(queries)).all()
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} == {".npz", ".json"}


def test_the_same_data_and_seed_give_the_same_model(model, dataset):
    again = fitted(model.name, dataset)
    assert again.scores(ask([3, 4], [9])) == pytest.approx(model.scores(ask([3, 4], [9])), abs=1e-6)


def test_items_published_later_are_known_or_last(model, dataset, tmp_path):
    model.save(tmp_path)
    again = base.load(tmp_path)  # the shared model stays as it is
    again.extend(Items(ids=["course:new", "course:newer"], kind=np.zeros(2)))
    # who reads new items may learn from meeting one; to all others it is as if it weren't there
    scores = again.scores(ask([3, 4] if again.reads_new_items else [3, 30, 4], []))
    assert scores.shape == (2, 32)
    assert (scores[:, 30:] <= scores[:, :30].max(axis=1, keepdims=True)).all()
    assert scores[0, :30] == pytest.approx(model.scores(ask([3, 4]))[0], abs=1e-6)


@pytest.mark.parametrize("name", sorted(set(MEMBERS) - CONSTANT - {"text"}))
def test_what_usually_comes_next_is_ranked_above_chance(name, dataset):
    model = fitted(name, dataset)
    scores = model.scores(ask(*([n, n + 1] for n in range(5, 25))))
    next_score = scores[np.arange(20), np.arange(7, 27)]
    assert np.median((scores > next_score[:, None]).sum(axis=1)) < 5


@pytest.mark.parametrize("name", ON_REQUEST)
def test_what_is_chosen_is_served_as_it_was_judged(name, dataset):
    from recommender.serving.sources import arrays_of, from_arrays
    from recommender.training.sources import served

    titles = [f"part {row} of {('ships', 'birds', 'stars')[row % 3]}" for row in range(30)]
    dataset = replace(dataset, items=replace(dataset.items, title=titles))
    model = fitted(name, dataset)
    about, arrays = arrays_of(served(model, dataset.items))
    source = from_arrays(json.loads(json.dumps(about)), arrays)
    for history in ([3, 4], [7], [1, 2, 3, 4, 5, 6], list(range(20))):
        expected = model.scores(ask(history))[0]
        assert source.scores(np.array(history), 30) == pytest.approx(expected, rel=5e-3, abs=5e-3)
        if name in NETWORKS:  # to them an item that training never showed says nothing
            with_new = source.scores(np.array([history[0], 31, *history[1:]]), 32)
            assert with_new[:30] == pytest.approx(source.scores(np.array(history), 30), abs=1e-5)
    terms = source.terms(np.array([3, 4, 9]), np.array([5, 0]))
    assert terms.shape == (3, 2)
    assert source.terms(np.zeros(0, np.int64), np.array([5, 0])).shape == (0, 2)


@pytest.mark.parametrize("history", [[], [7], [3, 4, 9], [31, 3], list(range(18))])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_asked_without_each_event(request, name, history, dataset):
    """What an event gave is what the score, measured from the catalogue's mean, loses without it."""
    from recommender.training.sources import served

    source = served(fitted(name, dataset), dataset.items)
    engaged, items = np.array(history, np.int64), np.array([5, 0, 29])

    def said(met):
        scores = source.scores(met, 30)
        return (scores - scores.mean())[items]

    terms = source.terms(engaged, items)
    known = [place for place, item in enumerate(history) if item < 30]
    for place in range(len(history)):
        if place not in known[-10:]:
            assert not terms[place].any()
            continue
        left = np.delete(engaged, place)
        lost = said(engaged) - (said(left) if len(known) > 1 else 0)
        assert terms[place] == pytest.approx(lost, abs=2e-3)
    if not known:
        popular = np.argsort(-dataset.popularity, kind="stable")
        assert set(np.argsort(-source.scores(engaged, 30), kind="stable")[:5]) == set(popular[:5])


def test_progress_is_told(worlds, model):
    told = []
    fitted_again = base.create(model.name, **SMALL.get(model.name, {}))
    fitted_again.fit(worlds.random_world(n_learners=20), progress=lambda done, text: told.append(done))
    assert told == sorted(told)
    assert all(0 <= done <= 1 for done in told)


def test_no_event_is_refused(worlds, model):
    empty = worlds.random_world(n_learners=5).leave_last(100)
    with pytest.raises(ValueError, match="no event to learn from"):
        base.create(model.name).fit(empty)


def test_what_happens_later_can_not_be_seen(worlds, model):
    """Plant a flood of later events, with new items and learners: no answer for the past may move."""
    past = worlds.random_world(seed=4, n_learners=60, n_items=20, timed=True)
    calm = [past.history(row).items.tolist() for row in range(60)]
    times = [past.history(row).times.tolist() for row in range(60)]
    flood = [[*history, 19, 21, 22, 23] for history in calm] + [[21, 22, 23, 0]] * 200
    flood_times = [[*moments, 5000.0, 5001.0, 5002.0, 5003.0] for moments in times] + [
        [5000.0, 5001, 5002, 5003]
    ] * 200
    # The calm world has one later event, so that it can be split at the same moment.
    quiet = worlds.dataset_of([*calm, [0]], n_items=20, times=[*times, [6000.0]])
    flooded = worlds.dataset_of(flood, n_items=24, times=flood_times)
    answers = []
    for world in (quiet, flooded):
        split = global_time(world, 2000.0)
        model_of_the_past = fitted(model.name, split.train)
        model_of_the_past.extend(split.new_items)
        rows = [split.train.items.index[item] for item in ("course:3", "course:4", "course:5")]
        scores = model_of_the_past.scores(ask(rows))[0, : split.train.n_items]
        answers.append(dict(zip(split.train.items.ids, scores.tolist(), strict=True)))
    assert answers[0] == answers[1]


def test_the_protocol_judges_it(worlds, model):
    split = global_time(worlds.random_world(seed=5, timed=True), 600.0)
    result = judge(base.create(model.name, **SMALL.get(model.name, {})), split, k=5)
    assert len(result.ranks) == len(split)
    assert (result.ranks >= 1).all()
    assert (result.ranks <= split.whole.n_items).all()
    assert result.lists.shape == (len(split), 5)
    assert result.peak_mebibytes > 0
