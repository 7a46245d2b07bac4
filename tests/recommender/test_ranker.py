"""The ranker learns from what serving will show it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from recommender import artifacts
from recommender.data.queries import Queries
from recommender.data.splits import leave_last_out
from recommender.serving.asked import Asked
from recommender.serving.candidates import best, opinions
from recommender.serving.engine import Engine
from recommender.serving.ranking import combine, features
from recommender.towers.ranking import HEADS, Ranker
from recommender.training import export, fitting, ranker
from recommender.training.config import Config
from recommender.training.loop import Watch
from recommender.training.rivals import request_of

NOW = 1.7e9 + 100 * 86_400


@pytest.fixture(scope="module")
def fitted(topical, worlds):
    return fitting.fit(topical, config=Config(**worlds.small_training), watch=Watch())


@pytest.fixture(scope="module")
def engine(fitted, tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    with artifacts.building(root, "v1") as folder:
        export.write(fitted, folder)
    return Engine.open(artifacts.version_path(root, "v1"))


def test_serving_sees_the_numbers_that_training_saw(fitted, engine, topical):
    scene, learners = fitted.scene, np.array([0, 1, 5, 17])
    queries = Queries.of(topical, learners, now=np.full(4, NOW))
    for row, state in enumerate(ranker.states(queries, scene)):
        request = request_of(queries, row, topical.items.ids, topical.locales)
        served = Asked(engine, engine.items, request).state
        for name in ("engaged", "graded", "grades", "done", "interests", "page"):
            assert np.array_equal(getattr(state, name), getattr(served, name)), name
        for name in ("query", "user", "context"):
            assert getattr(served, name) == pytest.approx(getattr(state, name), abs=1e-4), name
        said = scene.opinions(state)
        items = engine.items
        heard = opinions(
            served, items.sources, items.vectors, items.biases, engine.blend, items.known, engine.n_trained
        )
        assert heard.blend == pytest.approx(said.blend, abs=1e-3)
        chosen = best(said.blend, np.ones(len(items.keys), bool), 12)
        shape = (items.table, items.vectors, items.known, engine.n_trained)
        columns = features(served, chosen, heard, items.sources, *shape)
        assert columns == pytest.approx(scene.features(state, chosen, said), abs=2e-3)
        assert columns.shape == (12, len(scene.feature_names))


def test_the_engine_orders_as_the_model_that_was_judged(fitted, engine, topical):
    learners = np.array([2, 9, 30])
    queries = Queries.of(topical, learners, now=np.full(3, NOW))
    scores = fitted.ranked(queries, ranker.asked(queries, fitted.scene))
    scores[queries.rows, queries.items] = -np.inf
    for row in range(3):
        request = request_of(queries, row, topical.items.ids, topical.locales)
        expected = [topical.items.ids[item] for item in np.argsort(-scores[row], kind="stable")[:5]]
        assert engine.best(request, 5) == expected


def test_the_exported_ranker_orders_as_the_network(fitted, engine, topical):
    scene = fitted.scene
    queries = Queries.of(topical, [3, 8], now=np.full(2, NOW))
    lists = ranker.candidate_lists(queries, scene, 20, ranker.asked(queries, scene))
    inputs = lists.inputs(np.arange(2), torch.from_numpy(scene.vectors))
    with torch.no_grad():
        expected = fitted.ranker(*inputs).numpy()
    feed = {name: part.numpy() for name, part in zip(Ranker.INPUTS, inputs, strict=True)}
    assert engine._ranker.run(None, feed)[0] == pytest.approx(expected, abs=1e-3)


def test_the_blend_starts_the_ranker():
    untrained = Ranker(torch.zeros(5), torch.ones(5), width=4, hidden=8, dropout=0.0, blend=2).eval()
    columns = torch.randn(2, 6, 5)
    scores = untrained(columns, *(torch.randn(2, 4) for _ in range(3)), torch.randn(2, 6, 4))
    assert scores.shape == (2, 6, len(HEADS))
    torch.testing.assert_close(scores, columns[..., 2:3].expand(-1, -1, len(HEADS)))


def test_a_column_that_never_varied_in_training_is_not_heard(fitted):
    constant = fitted.ranker.scale > 1e8
    assert constant.any()
    names = np.array(fitted.scene.feature_names)
    assert "language_recent" in names[constant.numpy()]  # no item of this world has a language
    width = fitted.scene.vectors.shape[1]
    columns = torch.zeros(1, 2, len(names))
    changed = columns.clone()
    changed[..., constant] = 3.0
    rest = (*(torch.zeros(1, width) for _ in range(3)), torch.zeros(1, 2, width))
    with torch.no_grad():
        torch.testing.assert_close(fitted.ranker(columns, *rest), fitted.ranker(changed, *rest))


def test_how_far_a_learner_got_counts_up_to_the_furthest(worlds):
    verbs = [
        ["viewed", "viewed", "enrolled", "completed"],
        ["viewed", "viewed", "passed"],
        ["enrolled", "viewed"],
    ]
    dataset = worlds.dataset_of([[9, 0, 0, 0], [9, 1, 1], [9, 2]], n_items=10, verbs=verbs)
    split = leave_last_out(dataset)
    assert split.target_items.tolist() == [0, 1, 2]
    assert ranker.stages(split).tolist() == [2, 2, 0]


def test_heads_count_by_their_weights():
    heads = np.array([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]])
    trained = np.ones(3, bool)
    by_first = combine(heads, np.array([1.0, 0.0, 0.0]), trained)
    by_second = combine(heads, np.array([0.0, 1.0, 0.0]), trained)
    assert by_first.argmax() == 0
    assert by_second.argmax() == 1
    assert np.exp(by_first).sum() == pytest.approx(1.0)


def test_an_item_after_training_moves_no_other_score():
    heads = np.random.default_rng(0).normal(size=(4, 3))
    weights = np.array([0.2, 0.3, 0.5])
    before = combine(heads[:3], weights, np.ones(3, bool))
    after = combine(heads, weights, np.array([True, True, True, False]))
    assert after[:3] == pytest.approx(before)


def test_training_the_ranker_helps_where_the_blend_is_wrong(topical, worlds):
    """Examples whose choice is told by one column alone: the ranker finds it."""
    rng = np.random.default_rng(0)
    n_lists, count, n_columns = 400, 10, 6
    columns = rng.normal(size=(n_lists, count, n_columns)).astype(np.float16)
    lists = ranker.Lists(
        columns,
        np.tile(np.arange(count, dtype=np.int32), (n_lists, 1)),
        *(np.zeros((n_lists, 4), np.float32),) * 3,
    )
    given = ranker.Examples(lists, columns[..., 3].argmax(axis=1), np.zeros(n_lists, np.int64))
    config = replace(Config(**worlds.small_training), ranker_epochs=15, ranker_learning_rate=1e-2)
    vectors = np.zeros((count, 4), np.float32)
    names = ["a", "blend", "b", "c", "d", "e"]
    network, weights = ranker.train_ranker(given, vectors, names, config, Watch())
    assert weights.tolist() == [1.0, 0.0, 0.0]  # only opens were seen
    with torch.no_grad():
        scores = network(*lists.inputs(np.arange(n_lists), torch.from_numpy(vectors)))[..., 0].numpy()
    assert (scores.argmax(axis=1) == given.positive).mean() > 0.8


def test_candidates_are_the_best_allowed_ones_in_order():
    blend = np.array([0.5, 3.0, 2.0, 9.0, 2.0])
    allowed = np.array([True, True, True, False, True])
    assert best(blend, allowed, 3).tolist() == [1, 2, 4]
    assert best(blend, allowed, 99).tolist() == [1, 2, 4, 0]
    assert best(blend, np.zeros(5, bool), 3).tolist() == []
