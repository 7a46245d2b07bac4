"""Laws: nothing lost, nothing leaked."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recommender.data.splits import SplitError, global_time, leave_last_out
from recommender.data.vocabulary import VERB_CODE

VERBS = ("viewed", "enrolled", "dismissed")
events = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 5), st.sampled_from(VERBS), st.integers(0, 9)),
    min_size=1,
    max_size=40,
)


def world(worlds, rows):
    """A timed data set of (learner, item, verb, time) rows."""
    of = [sorted((row for row in rows if row[0] == learner), key=lambda row: row[3]) for learner in range(5)]
    return worlds.dataset_of(
        [[row[1] for row in one] for one in of],
        n_items=6,
        verbs=[[row[2] for row in one] for one in of],
        times=[[float(row[3]) for row in one] for one in of],
    )


def split_or_none(make, *arguments):
    try:
        return make(*arguments)
    except SplitError:
        return None


@given(events)
@example([(0, 0, "viewed", 0), (0, 1, "dismissed", 0), (0, 1, "viewed", 1)])
def test_leave_last_out_loses_and_leaks_nothing(worlds, rows):
    dataset = world(worlds, rows)
    split = split_or_none(leave_last_out, dataset)
    if split is None:
        # Then nobody met anything new after their first event, other than by dismissing it.
        for learner in range(5):
            start, stop = dataset.offsets[learner], dataset.offsets[learner + 1]
            items, verbs = dataset.item[start:stop].tolist(), dataset.verb[start:stop]
            for place in range(1, len(items)):
                assert items[place] in items[:place] or verbs[place] == VERB_CODE["dismissed"]
        return
    targets = set(split.targets.tolist())
    after = 0
    for learner in range(5):
        start, stop = dataset.offsets[learner], dataset.offsets[learner + 1]
        held_out = [event for event in range(start, stop) if event in targets]
        assert len(held_out) <= 1
        trained = split.train.history(learner).items.tolist()
        if held_out:
            assert trained == dataset.item[start : held_out[0]].tolist()
            assert dataset.item[held_out[0]] not in trained
            after += stop - held_out[0] - 1
        else:
            assert trained == dataset.item[start:stop].tolist()
    assert split.train.n_events + len(split) + after == dataset.n_events


@given(events, st.integers(1, 9))
def test_global_time_loses_and_leaks_nothing(worlds, rows, at):
    dataset = world(worlds, rows)
    split = split_or_none(global_time, dataset, float(at))
    if split is None:
        assert (dataset.time < at).all() or (dataset.time >= at).all()
        return
    whole, train = split.whole, split.train
    assert whole.n_events == dataset.n_events
    assert train.n_events == (dataset.time < at).sum()
    assert (train.time < at).all()
    assert (whole.time[split.targets] >= at).all()
    assert train.items.ids == whole.items.ids[: train.n_items]
    assert len(split.new_items) == whole.n_items - train.n_items
    assert (train.popularity + (np.bincount(train.item, minlength=train.n_items)) > 0).all(), "met before"
    assert (train.lengths > 0).all(), "no learner is known without an event"
    for row, target in enumerate(split.targets):
        queries = split.queries(row, row + 1)
        assert queries.now[0] == whole.time[target]
        assert (queries.times < whole.time[target]).all()
        assert (queries.gaps > 0).all()
        learner = whole.learner[target]
        earlier = (whole.learner == learner) & (whole.time < whole.time[target])
        assert len(queries.items) == earlier.sum(), "all that came before is seen"
        assert whole.item[target] not in queries.items
        assert split.new_learner[row] == (not ((whole.learner == learner) & (whole.time < at)).any())


def test_dismissals_and_repeats_are_never_targets(worlds):
    dataset = worlds.dataset_of(
        [[0, 1, 0, 2]], n_items=3, verbs=[["viewed", "viewed", "viewed", "dismissed"]]
    )
    split = leave_last_out(dataset)
    assert split.target_items.tolist() == [1]
    assert split.train.item.tolist() == [0]


def test_splitting_the_training_part_again_holds_out_the_one_before(worlds):
    dataset = worlds.dataset_of([[0, 1, 2, 3]], n_items=4)
    assert leave_last_out(leave_last_out(dataset).train).target_items.tolist() == [2]


def test_learners_are_drawn_by_seed_with_all_their_targets(worlds):
    split = global_time(worlds.random_world(timed=True), 500.0)
    drawn = split.of_learners(10, seed=3)
    assert len(np.unique(drawn.learners)) == 10
    assert (np.isin(split.learners, drawn.learners)).sum() == len(drawn)
    assert drawn.targets.tolist() == split.of_learners(10, seed=3).targets.tolist()
    assert drawn.targets.tolist() != split.of_learners(10, seed=4).targets.tolist()
    assert drawn.train is split.train, "models learn from everyone"


def test_an_order_alone_can_not_be_split_by_time(worlds):
    with pytest.raises(SplitError, match="use leave-last-out"):
        global_time(worlds.dataset_of([[0, 1]], n_items=2), 5.0)


@pytest.mark.parametrize(("at", "side"), [(0.0, "before"), (99.0, "after")])
def test_a_moment_outside_the_data_is_refused(worlds, at, side):
    dataset = worlds.dataset_of([[0, 1]], n_items=2, times=[[1.0, 2.0]])
    with pytest.raises(SplitError, match=f"No event is {side} the split"):
        global_time(dataset, at)


def test_histories_without_two_items_can_not_hold_one_out(worlds):
    with pytest.raises(SplitError, match="none can be held out"):
        leave_last_out(worlds.dataset_of([[0], [1, 1]], n_items=2))
