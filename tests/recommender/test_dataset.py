import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.data.context import Context
from recommender.data.queries import Queries
from recommender.data.vocabulary import Vocabulary

histories = st.lists(st.lists(st.integers(0, 5), max_size=8), min_size=1, max_size=6).filter(any)


@given(histories)
def test_selecting_learners_keeps_their_histories_in_the_order_asked(worlds, lists):
    dataset = worlds.dataset_of(lists, n_items=6)
    rows = np.arange(len(lists))[::-1]
    chosen = dataset.select_learners(rows)
    assert [chosen.history(row).items.tolist() for row in range(len(rows))] == lists[::-1]


@given(histories, st.lists(st.integers(0, 5), unique=True))
def test_selecting_items_renumbers_them(worlds, lists, kept):
    dataset = worlds.dataset_of(lists, n_items=6)
    chosen = dataset.select_items(np.array(kept, int))
    wanted = [[kept.index(item) for item in history if item in kept] for history in lists]
    assert [chosen.history(row).items.tolist() for row in range(len(lists))] == wanted
    assert chosen.items.ids == [f"course:{item}" for item in kept]


@given(histories)
def test_first_encounters_are_each_item_once_per_learner(worlds, lists):
    dataset = worlds.dataset_of(lists, n_items=6)
    kept = dataset.where(dataset.is_first_encounter)
    wanted = [list(dict.fromkeys(history)) for history in lists]
    assert [kept.history(row).items.tolist() for row in range(len(lists))] == wanted
    assert dataset.popularity.tolist() == [sum(item in history for history in lists) for item in range(6)]


@given(histories, st.integers(0, 4))
def test_leave_last_drops_that_many(worlds, lists, n):
    dataset = worlds.dataset_of(lists, n_items=6).leave_last(n)
    wanted = [history[: max(len(history) - n, 0)] for history in lists]
    assert [dataset.history(row).items.tolist() for row in range(len(lists))] == wanted


def test_events_before_a_moment_exclude_the_moment_and_the_unknown(worlds):
    dataset = worlds.dataset_of([[0, 1, 2]], n_items=3, times=[[np.nan, 10.0, 20.0]])
    assert dataset.before(20.0).item.tolist() == [1]


@given(histories)
def test_queries_carry_the_histories_they_are_asked_with(worlds, lists):
    dataset = worlds.dataset_of(lists, n_items=6)
    queries = Queries.of(dataset, np.arange(len(lists)))
    parts = [queries.batch(row, row + 1).items.tolist() for row in range(len(lists))]
    assert parts == lists
    padded = queries.padded(3)
    assert [[i for i in row if i >= 0] for row in padded.tolist()] == [history[-3:] for history in lists]


def test_engagements_are_distinct_known_undismissed_items_at_their_latest(worlds):
    verbs = [["viewed", "viewed", "viewed", "dismissed", "viewed"]]
    dataset = worlds.dataset_of([[0, 1, 0, 2, 3]], n_items=4, verbs=verbs)
    queries = Queries.of(dataset, [0]).within(3)
    assert queries.items.tolist() == [0, 1, 0, 2, -1]
    assert queries.engagements().items.tolist() == [1, 0]


def test_gaps_are_seconds_before_the_moment_of_the_query(worlds):
    dataset = worlds.dataset_of([[0, 1]], n_items=2, times=[[np.nan, 40.0]])
    gaps = Queries.of(dataset, [0], now=[100.0]).gaps
    assert np.isnan(gaps[0])
    assert gaps[1] == 60


def test_the_moment_gives_hour_and_weekday():
    thursday_midnight = Context.at(np.array([0.0, 3 * 86400 + 3600 * 13, np.nan]))
    assert thursday_midnight.hour.tolist() == [0, 13, -1]
    assert thursday_midnight.weekday.tolist() == [3, 6, -1]


def test_a_vocabulary_gives_unknown_words_code_zero():
    vocabulary = Vocabulary.learn(["b", "a", "b", ""], min_count=2)
    assert [vocabulary.code(word) for word in ("b", "a", "")] == [1, 0, 0]
    assert len(vocabulary) == 2
