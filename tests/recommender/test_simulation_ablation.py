"""In a planted world every tower is needed: without any one of them the ranking is worse beyond doubt.

A learner likes one topic (user), an item has a topic and a kind that its features tell (item; a fifth of the
items are new and have nothing else), and the hour decides which kind is wanted (context).
"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from recommender.data.dataset import Dataset, Items, Learners
from recommender.data.queries import Context, Queries
from recommender.data.vocabulary import KIND_CODE
from recommender.evaluation.metrics import ndcg, pessimistic_ranks
from recommender.zoo import base

N_TOPICS, N_OF_EACH, N_NEW = 5, 6, 18
KINDS = ("course", "lesson", "quiz")
HOURS = (8, 14, 20)
SETTINGS = {
    "width": 24,
    "hidden": 32,
    "text_width": 16,
    "text_buckets": 256,
    "min_steps": 240,
    "patience": 20,
    "threads": 1,
    "learning_rate": 1e-2,
    "id_masking": 0.3,
    "dropout": 0.1,
}


def world(seed=0, n_learners=420, length=9):
    rng = np.random.default_rng(seed)
    cells = [(topic, kind) for topic in range(N_TOPICS) for kind in range(3) for _ in range(N_OF_EACH)]
    order = rng.permutation(len(cells))
    topic = np.array([cells[row][0] for row in order])
    kind = np.array([cells[row][1] for row in order])
    items = Items(
        ids=[f"{KINDS[kind[row]]}:{row}" for row in range(len(cells))],
        kind=np.array([KIND_CODE[KINDS[one]] for one in kind]),
        title=[f"subject{one}" for one in topic],
        topics=[(f"topic{one}",) for one in topic],
    )
    likes = rng.integers(N_TOPICS, size=n_learners)
    learner, item, hour = [], [], []
    for row in range(n_learners):
        met = set()
        for _ in range(length):
            part = int(rng.integers(3))
            wanted_topic = likes[row] if rng.random() < 0.9 else rng.integers(N_TOPICS)
            wanted_kind = part if rng.random() < 0.9 else rng.integers(3)
            fitting = [
                one
                for one in np.flatnonzero((topic == wanted_topic) & (kind == wanted_kind))
                if one not in met
            ]
            if not fitting:
                continue
            one = int(rng.choice(fitting))
            met.add(one)
            learner.append(row), item.append(one), hour.append(HOURS[part])
    m = len(item)
    unknown = np.full(m, -1, np.int32)
    context = Context(np.array(hour, np.int32), unknown, unknown, unknown, unknown, unknown)
    return Dataset.build(
        items,
        Learners(ids=[str(row) for row in range(n_learners)]),
        learner=np.array(learner),
        item=np.array(item),
        verb=np.zeros(m, int),
        context=context,
    )


@pytest.fixture(scope="module")
def planted():
    """Training data without the newest items, and one question for each learner's last event."""
    whole = world()
    n_old = whole.n_items - N_NEW
    last = whole.offsets[1:] - 1
    past = whole.where(np.arange(whole.n_events) < last[whole.learner])
    train = past.where(past.item < n_old).select_items(np.arange(n_old))
    questions = Queries.of(whole, np.arange(whole.n_learners), ends=last, context=whole.context.take(last))
    return SimpleNamespace(
        train=train,
        new=whole.items.take(np.arange(n_old, whole.n_items)),
        questions=questions,
        targets=whole.item[last],
    )


def quality(planted, train=None, questions=None, new=None):
    """NDCG@10 of each question, by towers trained on `train`."""
    model = base.create("multi_tower", **SETTINGS).fit(train or planted.train)
    model.extend(new or planted.new)
    questions = questions or planted.questions
    scores = model.scores(questions)
    seen = (planted.questions.rows, planted.questions.items)
    return ndcg(pessimistic_ranks(scores, planted.targets, seen), 10)


@pytest.fixture(scope="module")
def whole_model(planted):
    return quality(planted)


def without_user(planted):
    """Every event is the only one of its learner, and histories are not read."""
    train = planted.train
    alone = Dataset.build(
        train.items,
        Learners(ids=[str(row) for row in range(train.n_events)]),
        learner=np.arange(train.n_events),
        item=train.item,
        verb=train.verb,
        context=train.context,
    )
    return {"train": alone, "questions": planted.questions.last(0)}


def without_item(planted):
    """Of an item only its id is known."""

    def bare(items):
        return Items(ids=items.ids, kind=np.zeros(len(items)))

    return {"train": replace(planted.train, items=bare(planted.train.items)), "new": bare(planted.new)}


def without_context(planted):
    unknown = Context.at(np.full(len(planted.questions), np.nan))
    return {
        "train": replace(planted.train, context=None),
        "questions": replace(planted.questions, context=unknown),
    }


def lowest_difference(better, worse, *, draws=1_000):
    """Lower end of the 95 % bootstrap interval of the mean paired difference."""
    rng = np.random.default_rng(0)
    difference = better - worse
    means = [difference[rng.integers(len(difference), size=len(difference))].mean() for _ in range(draws)]
    return float(np.quantile(means, 0.025))


@pytest.mark.parametrize("ablation", [without_user, without_item, without_context])
def test_without_one_tower_the_ranking_is_worse_beyond_its_interval(planted, whole_model, ablation):
    worse = quality(planted, **ablation(planted))
    assert lowest_difference(whole_model, worse) > 0.01


def test_the_whole_model_is_far_above_popularity(planted, whole_model):
    popular = base.create("popularity").fit(planted.train)
    popular.extend(planted.new)
    seen = (planted.questions.rows, planted.questions.items)
    scores = np.nan_to_num(popular.scores(planted.questions), neginf=-1.0)
    assert whole_model.mean() > 2 * ndcg(pessimistic_ranks(scores, planted.targets, seen), 10).mean()
