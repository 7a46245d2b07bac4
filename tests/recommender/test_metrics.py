import subprocess
import sys

import ir_measures
import numpy as np
import pytest
from scipy import sparse

from recommender.data.dataset import Items
from recommender.evaluation import metrics
from recommender.evaluation.bootstrap import LearnerBootstrap, interval
from recommender.evaluation.labels import item_labels
from recommender.evaluation.protocol import top_lists

NOTHING_SEEN = (np.array([], int), np.array([], int))


def test_hand_worked_ranks():
    ranks = np.array([1, 2, 3, 11])
    assert metrics.hit(ranks, 10).tolist() == [1, 1, 1, 0]
    assert metrics.hit(ranks, 1).tolist() == [1, 0, 0, 0]
    assert metrics.ndcg(ranks, 10) == pytest.approx([1, 0.6309298, 0.5, 0])
    assert metrics.reciprocal_rank(ranks) == pytest.approx([1, 0.5, 1 / 3, 1 / 11])


def test_recall_is_a_share_of_each_learners_targets():
    ranks, learners = np.array([1, 20, 3, 99]), np.array([7, 7, 7, 2])
    assert metrics.recall(ranks, learners, 10) == pytest.approx([0, 2 / 3])


@pytest.mark.parametrize("seed", range(3))
def test_metrics_agree_with_ir_measures(seed):
    rng = np.random.default_rng(seed)
    queries, items, k = 40, 30, 10
    scores = rng.permuted(np.tile(np.arange(items, dtype=np.float32), (queries, 1)), axis=1)
    targets = rng.integers(items, size=queries)
    qrels = [ir_measures.Qrel(str(q), str(target), 1) for q, target in enumerate(targets)]
    run = [
        ir_measures.ScoredDoc(str(q), str(i), float(scores[q, i]))
        for q in range(queries)
        for i in range(items)
    ]
    nDCG, RR, R, Success = ir_measures.nDCG, ir_measures.RR, ir_measures.R, ir_measures.Success
    theirs = ir_measures.calc_aggregate([nDCG @ k, RR, R @ k, Success @ k], qrels, run)
    ranks = metrics.pessimistic_ranks(scores.copy(), targets, NOTHING_SEEN)
    assert metrics.ndcg(ranks, k).mean() == pytest.approx(theirs[nDCG @ k])
    assert metrics.reciprocal_rank(ranks).mean() == pytest.approx(theirs[RR])
    assert metrics.hit(ranks, k).mean() == pytest.approx(theirs[Success @ k])
    assert metrics.recall(ranks, np.arange(queries), k).mean() == pytest.approx(theirs[R @ k])


def test_ties_go_against_the_target():
    scores = np.array([[1.0, 1, 1, 0], [0, 0, 0, 0]])
    assert metrics.pessimistic_ranks(scores, np.array([1, 2]), NOTHING_SEEN).tolist() == [3, 4]


def test_seen_items_do_not_compete():
    scores = np.array([[5.0, 4, 3, 2]])
    ranks = metrics.pessimistic_ranks(scores, np.array([2]), (np.array([0, 0]), np.array([0, 1])))
    assert ranks.tolist() == [1]


def test_a_target_that_nobody_knows_ranks_last():
    scores = np.array([[5.0, -np.inf, 3, -np.inf]])
    assert metrics.pessimistic_ranks(scores, np.array([1]), NOTHING_SEEN).tolist() == [4]


def test_a_score_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="not a number"):
        metrics.pessimistic_ranks(np.array([[1.0, np.nan]]), np.array([0]), NOTHING_SEEN)


def test_a_seen_target_is_refused():
    with pytest.raises(ValueError, match="has seen"):
        metrics.pessimistic_ranks(np.array([[1.0, 2]]), np.array([0]), (np.array([0]), np.array([0])))


def test_lists_are_best_first_without_seen_items():
    scores = np.array([[1.0, np.nan, 3, 2], [np.nan, np.nan, -np.inf, 7]])
    assert top_lists(scores, 3).tolist() == [[2, 3, 0], [3, -1, -1]]


def test_coverage_counts_items_listed_at_least_once():
    assert metrics.coverage(np.array([[0, 1], [1, -1]]), 8) == 0.25


def test_novelty_is_mean_bits():
    popularity = np.array([8, 4, 0])
    assert metrics.novelty(np.array([[0, 1], [1, -1], [2, -1]]), popularity, 8) == pytest.approx([0.5, 1, 3])


def labels_of(*topics):
    return item_labels(
        Items(ids=[str(n) for n in range(len(topics))], kind=[0] * len(topics), topics=list(topics))
    )


def test_diversity_is_mean_distance_of_pairs():
    labels = labels_of(("a",), ("a",), ("b",), ("a", "b"), ())
    lists = np.array([[0, 1, -1], [0, 2, -1], [0, 1, 2], [0, 3, -1], [0, 4, -1], [0, -1, -1]])
    wanted = [0, 1, 2 / 3, 1 - np.sqrt(0.5), 1, np.nan]
    assert metrics.intra_list_diversity(lists, labels) == pytest.approx(wanted, nan_ok=True)


def test_calibration_is_the_divergence_of_topics():
    labels = labels_of(("a",), ("b",), ("a", "b"), ())
    histories = sparse.csr_matrix(np.array([[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]]))
    got = metrics.calibration(np.array([[2], [1], [0]]), histories, labels)
    # all of "a" wanted, "b" given: log(1 / 0.01); a history without topics says nothing
    assert got == pytest.approx([0, np.log(100), np.nan], nan_ok=True)


def test_providers_stand_in_for_missing_topics():
    items = Items(ids=["a", "b", "c"], kind=[0] * 3, topics=[("t",), (), ()], provider=["p", "p", ""])
    assert item_labels(items).toarray().tolist() == [[0, 1], [1, 0], [0, 0]]


def test_the_interval_of_a_mean_matches_theory():
    values = np.random.default_rng(1).normal(2.0, 1.0, (400, 1))
    low, high = interval(LearnerBootstrap(np.arange(400), draws=2000, seed=0).means(values))
    assert low[0] == pytest.approx(values.mean() - 1.96 / 20, abs=0.02)
    assert high[0] == pytest.approx(values.mean() + 1.96 / 20, abs=0.02)


def test_learners_are_drawn_whole():
    """Twenty equal values of one learner are one observation, not twenty."""
    per_learner = np.random.default_rng(2).normal(size=50)
    once = LearnerBootstrap(np.arange(50), seed=0).means(per_learner[:, None])
    often = LearnerBootstrap(np.repeat(np.arange(50), 20), seed=0).means(np.repeat(per_learner, 20)[:, None])
    assert often == pytest.approx(once)


def test_missing_values_are_left_out_of_a_mean():
    means = LearnerBootstrap(np.arange(3), draws=50).means(
        np.array([[1.0, np.nan], [1, np.nan], [np.nan, np.nan]])
    )
    known = means[np.isfinite(means[:, 0]), 0]
    assert (known == 1).all()
    assert np.isnan(means[:, 1]).all()


def test_peak_memory_sees_what_was_held_inside():
    """In a process of its own: one that once held more and may not reset its peak would see nothing new."""
    script = (
        "import numpy as np\n"
        "from recommender.evaluation.memory import PeakMemory\n"
        "with PeakMemory() as before:\n    pass\n"
        "with PeakMemory() as during:\n    np.ones(40 * 2**20 // 8).sum()\n"
        "print(during.mebibytes - before.mebibytes)\n"
    )
    asked = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert float(asked.stdout) >= 20
