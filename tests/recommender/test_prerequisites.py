"""What has to come before what reaches the ranker: as columns, for new items too, and to some use."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.models import Course
from recommender import export as exporting
from recommender.data.bundles import read_items
from recommender.data.dataset import Dataset, Items, Learners
from recommender.data.prerequisites import circle, without_circles
from recommender.data.queries import Queries
from recommender.data.splits import leave_last_out
from recommender.data.vocabulary import VERB_CODE
from recommender.evaluation.metrics import ndcg, pessimistic_ranks
from recommender.serving import delta
from recommender.serving.engine import Engine
from recommender.serving.ranking import PER_ITEM
from recommender.training import export, fitting, ranker
from recommender.training.config import Config
from recommender.training.loop import Watch
from world import build_course

NAMES = [name for name in PER_ITEM if name.startswith("prerequisites_")]
graphs = st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefg"), max_size=4))


@given(graphs)
def test_a_circle_is_found_where_one_is(before):
    found = circle(before)
    assert all(after in before[one] for one, after in pairwise(found))
    if found:
        assert found[0] == found[-1]
        assert len(found) > 1
    else:  # then the items can be put in an order in which each comes after what it needs
        done, open_ = set("g"), dict(before) | {one: [] for one in "abcdef" if one not in before}
        while ready := [one for one, required in open_.items() if done >= set(required)]:
            done |= set(ready)
            open_ = {one: required for one, required in open_.items() if one not in done}
        assert not open_


@given(graphs)
def test_without_circles_only_whole_entries_are_gone(before):
    kept = without_circles(before)
    assert not circle(kept)
    assert all(kept[one] == tuple(before[one]) for one in kept)
    if not circle(before):
        assert set(kept) == {one for one in before if before[one]}


N_BASE, N_ADVANCED = 24, 60


def world(seed=0, n_learners=500):
    """Learners wander through basic items and mostly take up what they have unlocked: an advanced item whose
    two prerequisites they have completed. Each advanced item is met by few, so that habits say little of it.
    """
    rng = np.random.default_rng(seed)
    pairs = [tuple(int(one) for one in rng.choice(N_BASE, 2, replace=False)) for _ in range(N_ADVANCED)]
    ids = [f"course:{row}" for row in range(N_BASE + N_ADVANCED)]
    before = [()] * N_BASE + [tuple(ids[row] for row in pair) for pair in pairs]
    events = []
    for learner in range(n_learners):
        met: list[int] = []
        while len(met) < 8:
            unlocked = [
                N_BASE + row
                for row, pair in enumerate(pairs)
                if set(pair) <= set(met) and N_BASE + row not in met
            ]
            if unlocked and rng.random() < 0.9:
                met.append(int(rng.choice(unlocked)))
            else:
                met.append(int(rng.choice([row for row in range(N_BASE) if row not in met])))
        events += [(learner, item) for item in met]
    items = Items(ids=ids, kind=np.zeros(len(ids)), prerequisites=before)
    learner, item = np.array(events).T
    verb = np.full(len(events), VERB_CODE["completed"])
    return Dataset.build(
        items, Learners(ids=[str(row) for row in range(n_learners)]), learner=learner, item=item, verb=verb
    )


@pytest.fixture(scope="module")
def planted():
    return world()


@pytest.fixture(scope="module")
def config(worlds):
    settings = worlds.small_training | {"ranker_batch": 32, "ranker_epochs": 12, "min_steps": 150}
    return Config(**settings, ranker_learning_rate=5e-3)


@pytest.fixture(scope="module")
def fitted(planted, config):
    held = leave_last_out(planted)
    return fitting.fit(held.train, config=config, watch=Watch())


def columns(fitted, dataset, history, verbs, items):
    """The four columns of some items, for a learner with this history."""
    alone = Dataset.build(
        dataset.items,
        Learners(ids=["ada"]),
        learner=np.zeros(len(history), int),
        item=np.array(history, int),
        verb=np.array([VERB_CODE[verb] for verb in verbs], int),
    )
    scene = fitted.scene
    (state,) = ranker.states(Queries.of(alone, [0]), scene)
    table = scene.features(state, np.array(items), scene.opinions(state))
    return table[:, [scene.feature_names.index(name) for name in NAMES]].tolist()


def test_the_columns_tell_what_is_met_done_recent_and_missing(fitted, planted):
    assert [f"prerequisites_{part}" for part in ("met", "done", "recent", "unmet")] == NAMES
    advanced = N_BASE
    first, second = (planted.items.index[one] for one in planted.items.prerequisites[advanced])
    others = [row for row in range(N_BASE) if row not in (first, second)][:6]
    asked = [advanced, first]
    none = [0, 0, 0, 0]
    verbs = ["completed", "viewed", *["viewed"] * 6]
    assert columns(fitted, planted, [], [], asked) == [[0, 0, 0, 1], none]
    assert columns(fitted, planted, [first, second], verbs[:2], asked) == [[1, 0.5, 1, 1], none]
    assert columns(fitted, planted, [first, second], ["completed", "passed"], asked)[0] == [1, 1, 1, 0]
    long_ago = columns(fitted, planted, [first, second, *others], verbs, asked)
    assert long_ago == [[1, 0.5, 0, 1], none]


def without_prerequisites(dataset):
    return replace(dataset, items=replace(dataset.items, prerequisites=[()] * dataset.n_items))


def quality(fitted, split):
    """NDCG@10 of each learner's last item."""
    queries = split.queries(0, len(split))
    scores = fitted.scores(queries)
    return ndcg(pessimistic_ranks(scores, split.target_items, (queries.rows, queries.items)), 10)


def test_without_the_columns_the_ranking_is_worse_beyond_its_interval(planted, fitted, config):
    split = leave_last_out(planted)
    bare = fitting.fit(without_prerequisites(split.train), config=config, watch=Watch())
    with_them, without = quality(fitted, split), quality(bare, split)
    difference = with_them - without
    rng = np.random.default_rng(0)
    means = [difference[rng.integers(len(difference), size=len(difference))].mean() for _ in range(1_000)]
    assert np.quantile(means, 0.025) > 0.01, (with_them.mean(), without.mean(), np.quantile(means, 0.025))


def test_new_items_keep_their_place_and_know_what_comes_before_them(fitted, planted, tmp_path):
    from recommender import artifacts

    with artifacts.building(tmp_path, "v1") as folder:
        export.write(fitted, folder)
    path = artifacts.version_path(tmp_path, "v1")
    trained = fitted.items.ids

    def add(ids, before):
        items = Items(ids=ids, kind=np.zeros(len(ids)), prerequisites=before)
        delta.add_items(path, items, now=1.7e9)
        items = Engine.open(path).items
        codes = items.table.prerequisites[len(trained) :]
        named = [tuple(items.keys[code - 1] for code in row if code) for row in codes]
        return dict(zip(items.keys[len(trained) :], named, strict=True))

    one, two = trained[0], trained[1]
    first = {"course:a": (one,), "course:b": ("course:a", two)}
    assert add(list(first), list(first.values())) == first
    # a changed item keeps its place, and what names it keeps naming it
    changed = first | {"course:a": (two,), "course:c": ("course:b", "course:a")}
    assert add(["course:c", "course:a"], [("course:b", "course:a", "course:unknown"), (two,)]) == changed


@pytest.mark.django_db
def test_the_export_tells_what_comes_before_so_far_as_it_is_published(tmp_path):
    first, second, third, draft = (
        build_course(title, topic="Crafts") for title in ("Spin", "Weave", "Sew", "Dye")
    )
    Course.objects.filter(pk=draft.pk).update(status="draft")
    second.prerequisites.set([first, draft])
    exporting.export_bundle(tmp_path)
    told = {row.title: row.prerequisites for row in read_items(tmp_path)}
    assert told["Weave"] == (f"course:{first.pk}",)
    assert told["Spin"] == told["Sew"] == ()
    # a circle, which no form lets through, is opened: a run must not end over it
    first.prerequisites.set([second])
    third.prerequisites.set([first])
    exporting.export_bundle(tmp_path)
    told = {row.title: row.prerequisites for row in read_items(tmp_path)}
    assert [bool(told["Spin"]), bool(told["Weave"])].count(True) == 1
    assert told["Sew"] == (f"course:{first.pk}",)
