import numpy as np
import pytest

from recommender.data.splits import global_time, leave_last_out
from recommender.evaluation.protocol import Result, judge, rank_targets
from recommender.evaluation.report import slices, summarise
from recommender.zoo.base import Recommender


class Oracle(Recommender):
    """Scores the one item it is told most, and all others alike."""

    name = "oracle"

    def __init__(self, favourite):
        super().__init__()
        self.favourite = favourite

    def train(self, dataset, progress):
        """Nothing to learn."""

    def predict(self, queries):
        scores = np.zeros((len(queries), self.n_items), np.float32)
        scores[:, self.favourite] = 1
        return scores

    def state(self):
        return {}

    def restore(self, state):
        """Nothing to restore."""


def test_ranks_are_over_all_unseen_items_with_ties_against_the_target(worlds):
    split = leave_last_out(worlds.dataset_of([[0, 1, 3], [1, 2], [4, 0]], n_items=5))
    ranks, lists, seconds = rank_targets(Oracle(3).fit(split.train), split, k=2)
    # learner 0 has seen 0 and 1 and is told 3; the others' targets tie with all other unseen items
    assert ranks.tolist() == [1, 4, 4]
    assert lists[0, 0] == 3
    assert not {0, 1} & set(lists[0].tolist())
    assert seconds > 0


def test_all_targets_are_ranked_across_batches(worlds):
    split = leave_last_out(worlds.random_world(n_learners=1100))
    whole, _, _ = rank_targets(Oracle(1).fit(split.train), split, k=1)
    part = split.take(np.arange(700, 720))
    again, _, _ = rank_targets(Oracle(1).fit(split.train), part, k=1)
    assert (whole[700:720] == again).all()


def test_slices_follow_history_length_and_novelty(worlds):
    dataset = worlds.dataset_of(
        [[0, 1, 2], [0], [5, 0]], n_items=6, times=[[1.0, 2.0, 11.0], [12.0], [13.0, 14.0]]
    )
    split = global_time(dataset, 10.0)
    named = {name: mask.tolist() for name, mask in slices(split).items()}
    ids = [split.whole.items.ids[item] for item in split.target_items]
    assert ids == ["course:2", "course:0", "course:5", "course:0"]
    assert named["history 0"] == [False, True, True, False]
    assert named["history 1-3"] == [True, False, False, True]
    assert named["new items"] == [True, False, True, False]
    assert named["new learners"] == [False, True, True, True]
    assert "history 11+" not in named


def result(name, ranks, split):
    lists = np.tile(np.arange(10, dtype=np.int32), (len(ranks), 1))
    ranks = np.asarray(ranks, np.int32)
    return Result(
        name,
        {},
        ranks,
        lists,
        train_seconds=1.0,
        train_cpu_seconds=0.9,
        milliseconds_per_learner=0.1,
        peak_mebibytes=50,
    )


@pytest.fixture
def split(worlds):
    return leave_last_out(worlds.random_world(n_learners=200))


def test_the_summary_states_means_intervals_and_paired_differences(split):
    n = len(split)
    rng = np.random.default_rng(0)
    good = rng.integers(1, 20, n)
    better = np.maximum(good - 1, 1)
    worst = np.full(n, 25)
    models = summarise(
        [result("good", good, split), result("better", better, split), result("worst", worst, split)],
        split,
        ks=[10],
        seed=0,
        draws=200,
    )
    wanted = np.where(good <= 10, 1 / np.log2(1 + good), 0).mean()
    assert models["good"]["ndcg@10"] == pytest.approx(wanted, abs=1e-6)
    assert models["good"]["ndcg@10_low"] < wanted < models["good"]["ndcg@10_high"]
    assert models["good"]["hr@10"] == models["good"]["recall@10"]
    assert models["worst"]["hr@10"] == 0
    assert models["better"]["ndcg@10_best_other"] == "good"
    assert models["better"]["ndcg@10_difference_low"] > 0
    assert models["good"]["ndcg@10_best_other"] == "better"
    width = models["better"]["ndcg@10_difference_high"] - models["better"]["ndcg@10_difference_low"]
    assert width < models["better"]["ndcg@10_high"] - models["better"]["ndcg@10_low"], "pairing narrows it"
    parts = models["good"]["slices"]
    assert sum(parts[name]["targets"] for name in parts if name.startswith("history")) == n


def test_the_same_seed_draws_the_same_intervals(split):
    ranks = np.random.default_rng(0).integers(1, 20, len(split))
    first, again, other = (
        summarise([result("one", ranks, split)], split, ks=[10], seed=seed, draws=50) for seed in (0, 0, 1)
    )
    assert first == again
    assert first["one"]["ndcg@10_low"] != other["one"]["ndcg@10_low"]


def test_a_model_that_answers_nonsense_is_refused(worlds, split):
    model = Oracle(0)
    model.predict = lambda queries: np.full((len(queries), split.train.n_items), np.nan, np.float32)
    with pytest.raises(ValueError, match="not a number"):
        judge(model, split)
