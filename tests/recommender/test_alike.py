"""The source that compares what items are about: cosine of bags, also for items that nobody has met."""

import numpy as np
import pytest

from recommender.data.dataset import Dataset, Items, Learners
from recommender.serving.bags import with_new_items
from recommender.serving.encoding import BAG_LENGTH, Encoder, item_bags
from recommender.serving.sources import arrays_of, from_arrays
from recommender.training.sources import alike

TITLES = [
    "Sorting algorithms",
    "Graph algorithms",
    "Baroque music",
    "Music of the renaissance",
    "",
    "代数几何",
]
TOPICS = [("computing",), ("computing",), ("music",), ("music",), (), ("mathematics",)]


def items_of(titles, topics, **columns):
    ids = [f"course:{row}" for row in range(len(titles))]
    return Items(ids=ids, kind=np.zeros(len(ids)), title=titles, topics=topics, **columns)


@pytest.fixture
def fitted():
    dataset = Dataset.build(
        items_of(TITLES, TOPICS, provider=["north", "south", "north", "south", "", ""]),
        Learners(ids=["ada"]),
        learner=np.zeros(6, int),
        item=np.arange(6),
        verb=np.zeros(6, int),
    )
    encoder = Encoder.learn(dataset, text_buckets=2048)
    return alike(encoder, encoder.items(dataset.items, now=0.0)), encoder


def dense(source):
    """float32[items, terms]"""
    bags = np.zeros((len(source.bag_terms), int(source.bag_terms.max()) + 1), np.float32)
    for row in range(len(bags)):
        np.add.at(bags[row], source.bag_terms[row], source.bag_weights[row].astype(np.float32))
    return bags


def test_a_score_is_the_decayed_sum_of_cosines(fitted):
    source, _ = fitted
    bags, engaged = dense(source), np.array([3, 0, 1])
    factors = source.decay ** np.array([2, 1, 0])
    expected = factors @ (bags[engaged] @ bags.T)
    assert source.scores(engaged, 6) == pytest.approx(expected, abs=3e-3)


def test_words_that_many_items_use_count_as_rare_ones_do(fitted):
    """Common terms are summed by another way than rare ones; twins keep equal scores wherever they stand."""
    _, encoder = fitted
    titles = [f"{'algorithms' if n % 2 else 'music'} {chr(97 + n % 20) * 5}" for n in range(60)]
    source = alike(encoder, encoder.items(items_of(titles, [("computing",)] * 60), now=0.0))
    common, weights = source._common
    assert 0 < len(common) < np.count_nonzero(np.diff(source.by_term.indptr))
    bags, engaged = dense(source), np.array([3, 0, 1])
    assert weights == pytest.approx(bags[:, common].T, abs=1e-3)
    scores = source.scores(engaged, 60)
    factors = source.decay ** np.array([2, 1, 0])
    assert scores == pytest.approx(factors @ (bags[engaged] @ bags.T), abs=3e-3)
    assert (scores == scores[np.arange(60) % 20]).all()
    assert (source.scores(engaged, 70)[60:] == 0).all()


def test_the_terms_of_a_reason_add_up_to_the_score(fitted):
    source, _ = fitted
    engaged, items = np.array([2, 5, 0]), np.array([1, 3, 4])
    terms = source.terms(engaged, items)
    assert terms.sum(axis=0) == pytest.approx(source.scores(engaged, 6)[items], abs=2e-3)
    assert terms[2, 0] > terms[0, 0]  # graph algorithms: for sorting, not for baroque music
    assert terms[0, 1] > terms[2, 1]


def test_bags_have_length_one_and_an_item_without_words_has_none(fitted):
    source, _ = fitted
    length = np.linalg.norm(source.bag_weights.astype(np.float32), axis=1)
    assert length[:4] == pytest.approx(1, abs=2e-3)
    assert length[4] == 0
    assert source.bag_terms.shape == (6, BAG_LENGTH)


def test_nothing_is_alike_to_an_empty_history(fitted):
    source, _ = fitted
    none = np.zeros(0, np.int64)
    assert not source.scores(none, 6).any()
    assert source.terms(none, np.array([1])).shape == (0, 1)


def test_a_new_item_is_compared_by_what_it_says(fitted):
    source, encoder = fitted
    new = encoder.items(items_of(["Sorting and searching", "Music today"], [(), ("music",)]), now=0.0)
    (extended,) = with_new_items(
        [source], lambda alike: item_bags(new, alike.attribute_rarity, encoder.sizes)
    )
    scores = extended.scores(np.array([0]), 8)
    assert scores[6] > scores[7]
    assert extended.scores(np.array([2]), 8)[7] > extended.scores(np.array([2]), 8)[6]
    assert scores[:6] == pytest.approx(source.scores(np.array([0]), 6), abs=1e-6)


def test_it_comes_back_from_its_arrays(fitted):
    source, encoder = fitted
    again = from_arrays(*arrays_of(source))
    assert again.scores(np.array([1, 2]), 6) == pytest.approx(source.scores(np.array([1, 2]), 6))
    assert item_bags(encoder.items(items_of(["Graph"], [()]), now=0.0), again.attribute_rarity, encoder.sizes)
