"""Laws of the row: diverse where it can be, with a place for each kind, prerequisites first."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recommender.serving.catalogue import Catalogue, CatalogueItem
from recommender.serving.reranking import MOST_ALIKE, ROW, Candidate, diversify, prerequisites_first


def catalogue_of(rows):
    """`rows`: (kind, topic, provider) of each item."""
    return Catalogue.of(
        [
            CatalogueItem(f"{kind}:{n}", kind, topics=(topic,) if topic else (), provider=provider)
            for n, (kind, topic, provider) in enumerate(rows)
        ]
    )


def ranked(catalogue):
    return [Candidate(row, row, -0.1 * row) for row in range(len(catalogue))]


def rows(chosen):
    return [candidate.row for candidate in chosen]


items = st.tuples(
    st.sampled_from(["course", "lesson", "quiz"]),
    st.sampled_from(["", "a", "b", "c"]),
    st.sampled_from(["", "p", "q"]),
)


@given(st.lists(items, max_size=30), st.integers(1, 12), st.integers(0, 3))
def test_a_row_is_as_long_as_it_can_be_without_repeats_and_fills_its_quotas(given_items, limit, quota):
    catalogue = catalogue_of(given_items)
    chosen = diversify(ranked(catalogue), catalogue, limit=limit, quotas={"quiz": quota})
    assert len(chosen) == len(set(rows(chosen))) == min(limit, len(catalogue))
    quizzes = sum(catalogue.kind[row] == "quiz" for row in rows(chosen))
    assert quizzes >= min(quota, limit, int((catalogue.kind == "quiz").sum()))


@given(st.lists(items, max_size=30), st.integers(1, 8), st.integers(0, 2), st.integers(0, 10_000))
@example(
    [
        ("course", topic, provider)
        for topic, provider in (("", ""), ("", "p"), ("a", "p"), ("", "p"), ("a", ""), ("a", ""))
    ],
    5,
    0,
    2,
).via("a third of one provider in the place of a third of one topic")
def test_the_last_click_gets_one_place_that_nothing_else_needs(given_items, limit, quota, seed):
    catalogue = catalogue_of(given_items)
    following = np.random.default_rng(seed).choice([0.0, 0.5, 1.0, 2.0], len(catalogue))
    quotas = {"quiz": quota}
    plain = rows(diversify(ranked(catalogue), catalogue, limit=limit, quotas=quotas))
    chosen = rows(diversify(ranked(catalogue), catalogue, limit=limit, quotas=quotas, following=following))
    assert len(chosen) == len(set(chosen)) == len(plain)
    assert chosen[:1] == plain[:1]
    changed = [place for place in range(len(plain)) if chosen[place] != plain[place]]
    assert len(changed) <= 1
    assert all(following[chosen[place]] > 0 and chosen[place] not in plain for place in changed)
    held = [sum(catalogue.kind[row] == "quiz" for row in one) for one in (plain, chosen)]
    assert held[1] >= min(held[0], quota)
    for groups in (catalogue.topics_of, provider_of(catalogue)):
        most = [
            max(Counter(code for row in one for code in groups(row)).values(), default=0)
            for one in (plain, chosen)
        ]
        assert limit > ROW or most[1] <= max(most[0], MOST_ALIKE)


def provider_of(catalogue):
    return lambda row: [code for code in [int(catalogue.provider[row])] if code >= 0]


def test_the_place_of_the_last_click_is_the_last_that_no_quota_needs():
    catalogue = catalogue_of(
        [(kind, "", "") for kind in ("course", "course", "lesson", "quiz", "lesson", "lesson")]
    )
    candidates = [Candidate(row, row, -2.0 * row) for row in range(6)]
    following = np.array([9.0, 0.0, 0.0, 0.0, 1.0, 2.0])
    row = diversify(candidates, catalogue, limit=4, quotas={"quiz": 1}, following=following)
    assert rows(row) == [0, 1, 5, 3]
    nothing = diversify(candidates, catalogue, limit=4, quotas={"quiz": 1}, following=np.zeros(6))
    assert rows(nothing) == [0, 1, 2, 3]


@given(st.integers(0, 10_000))
def test_no_more_than_two_neighbours_share_a_topic_or_provider_where_others_are_left(seed):
    rng = np.random.default_rng(seed)
    # three topics and three providers suffice for any window of six
    catalogue = catalogue_of(
        [("course", "abcd"[rng.integers(4)], "pqrs"[rng.integers(4)]) for _ in range(48)]
    )
    chosen = rows(diversify(ranked(catalogue), catalogue, limit=6, quotas={}))
    topics = Counter(int(catalogue.topics_of(row)[0]) for row in chosen)
    providers = Counter(int(catalogue.provider[row]) for row in chosen)
    assert max(topics.values()) <= MOST_ALIKE
    assert max(providers.values()) <= MOST_ALIKE


def test_the_rule_holds_in_every_window_of_a_long_row():
    catalogue = catalogue_of([("course", f"t{n % 8}", "") for n in range(40)])
    chosen = rows(diversify(ranked(catalogue), catalogue, limit=16, quotas={}))
    for start in range(len(chosen) - ROW + 1):
        window = Counter(int(catalogue.topics_of(row)[0]) for row in chosen[start : start + ROW])
        assert max(window.values()) <= MOST_ALIKE


def test_one_provider_alone_keeps_the_order_of_relevance():
    catalogue = catalogue_of([("course", "", "p") for _ in range(10)])
    assert rows(diversify(ranked(catalogue), catalogue, limit=6, quotas={})) == list(range(6))


def test_alike_vectors_make_room_for_others():
    catalogue = catalogue_of([("course", "", "")] * 4)
    vectors = np.array([[1, 0], [1, 0.01], [1, -0.01], [0, 1]], np.float32)
    candidates = [Candidate(0, 0, 0.0), Candidate(1, 1, -0.05), Candidate(2, 2, -0.06), Candidate(3, 3, -0.2)]
    assert rows(diversify(candidates, catalogue, limit=2, quotas={}, vectors=vectors)) == [0, 3]


def chain(*pairs, n=6, closed=()):
    before = {}
    for row, other in pairs:
        before.setdefault(row, []).append(f"course:{other}")
    return Catalogue.of(
        [
            CatalogueItem(
                f"course:{row}",
                "course",
                prerequisites=tuple(before.get(row, ())),
                available=row not in closed,
            )
            for row in range(n)
        ]
    )


def first(catalogue, wanted, *, completed=(), closed=()):
    shown = prerequisites_first(
        [Candidate(row, row, -row) for row in wanted],
        catalogue,
        completed=set(completed),
        closed=set(closed),
        model_rows=np.arange(len(catalogue)),
    )
    return [(candidate.row, candidate.prerequisite_of) for candidate in shown]


def test_the_first_unmet_step_stands_in():
    catalogue = chain((3, 2), (2, 1))
    assert first(catalogue, [3]) == [(1, 3)]
    assert first(catalogue, [3], completed=[1]) == [(2, 3)]
    assert first(catalogue, [3], completed=[2]) == [(3, -1)]


def test_one_step_stands_in_once():
    assert first(chain((3, 1), (2, 1)), [3, 2, 1]) == [(1, 3)]


def test_what_waits_for_a_closed_or_hidden_item_is_left_out():
    assert first(chain((3, 1)), [3, 4], closed=[1]) == [(4, -1)]
    assert first(chain((3, 1), closed=(1,)), [3, 4]) == [(4, -1)]


def test_a_circle_of_prerequisites_is_left_out():
    assert first(chain((1, 2), (2, 1), (3, 1)), [3, 1, 4]) == [(4, -1)]


def test_no_candidates_give_no_row():
    assert diversify([], catalogue_of([]), limit=6, quotas={"quiz": 1}) == []


@pytest.mark.parametrize("limit", [0, 1])
def test_a_row_is_never_longer_than_asked(limit):
    catalogue = catalogue_of([("course", "a", "p"), ("quiz", "b", "q")])
    assert len(diversify(ranked(catalogue), catalogue, limit=limit, quotas={"quiz": 1})) == limit
