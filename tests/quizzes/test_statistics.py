"""The formulas, held against an example worked by hand and against laws."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quizzes.statistics import answer_statistics, item_statistics, quiz_statistics

# Five attempts at three slots worth 1, 2 and 1. Totals: 4, 3, 2, 1, 0.
MARKS = [[1, 2, 1], [1, 2, 0], [1, 1, 0], [0, 0, 1], [0, 0, 0]]
MAXIMA = [1, 2, 1]


def close(value, expected):
    return value == pytest.approx(expected, abs=1e-12)


def test_the_worked_example_of_the_slots():
    """Worked with fractions. Slot 1: x = 1,1,1,0,0 (mean 3/5), rest 3,2,1,1,0 (mean 7/5), total mean 2.

    C(x, R): sum of (2/5)(8/5) + (2/5)(3/5) + (2/5)(-2/5) + (-3/5)(-2/5) + (-3/5)(-7/5) = 45/25, over 4: 9/20.
    V(x): (3 * 4/25 + 2 * 9/25) / 4 = 3/10. V(R): (64 + 9 + 4 + 4 + 49) / 25 / 4 = 13/10.
    Sorted x 0,0,1,1,1 with sorted R 0,1,1,2,3 gives the same pairs but for (0,1), (1,1): Cmax = 9/20.
    C(x, T) = C(x, R) + V(x) = 3/4; slot 2: 3/2; slot 3: C(x, T) = 1/4 (sum of 3/5*2 - 2/5*1 ... = 1).
    """
    first, second, third = item_statistics(MARKS, MAXIMA, [0.25, None, 0.5])
    assert close(first.facility, 3 / 5)
    assert close(first.standard_deviation, math.sqrt(3 / 10))
    assert close(first.discrimination_index, 100 * (9 / 20) / math.sqrt(3 / 10 * 13 / 10))
    assert close(first.discriminative_efficiency, 100)
    assert first.random_guess_score == 0.25
    assert second.random_guess_score is None
    assert close(second.facility, 1 / 2)
    assert close(second.standard_deviation, 1)
    weights = [math.sqrt(3 / 4), math.sqrt(3 / 2), math.sqrt(1 / 4)]
    for item, weight in zip((first, second, third), weights, strict=True):
        assert close(item.effective_weight, 100 * weight / sum(weights))
    # Slot 3: x = 1,0,0,1,0 (mean 2/5), rest 3,3,2,0,0 (mean 8/5): C = (21 - 14 - 4 - 24 + 16)/25/4 = -1/20.
    assert close(third.discrimination_index, 100 * (-1 / 20) / math.sqrt(3 / 10 * 23 / 10))
    assert third.misleads
    assert not first.misleads
    # Sorted 0,0,0,1,1 with 0,0,2,3,3: (16 + 16 - 4 + 21 + 21)/25... = 70/25/4 = 7/10.
    assert close(third.discriminative_efficiency, 100 * (-1 / 20) / (7 / 10))


def test_the_worked_example_of_the_quiz():
    """Totals 4,3,2,1,0: mean and median 2, V = 10/4. m2 = 2, m3 = 0, m4 = 34/5.

    k4 = 25 (6 * 34/5 - 3 * 4 * 4) / (4 * 3 * 2) = 25 (40.8 - 48) / 24 = -7.5; kurtosis -7.5 / 6.25 = -1.2.
    Variances of the slots 3/10 + 1 + 3/10 = 8/5: CIC = 100 * 3/2 * (1 - (8/5) / (5/2)) = 54.
    """
    quiz = quiz_statistics(MARKS, MAXIMA)
    assert (quiz.attempts, quiz.mean, quiz.median) == (5, 2, 2)
    assert close(quiz.standard_deviation, math.sqrt(2.5))
    assert close(quiz.skewness, 0)
    assert close(quiz.kurtosis, -1.2)
    assert close(quiz.coefficient_of_internal_consistency, 54)
    assert close(quiz.error_ratio, 100 * math.sqrt(0.46))
    assert close(quiz.standard_error, math.sqrt(0.46) * math.sqrt(2.5))


def test_answers_are_counted_and_compared_with_the_rest():
    right, wrong, never = answer_statistics(["a", "b", "c"], [{"a"}, {"a"}, {"b"}, set()], [3, 2, 0, 1])
    assert (right.count, right.frequency) == (2, 0.5)
    assert right.discrimination > 0 > wrong.discrimination
    assert (never.count, never.discrimination) == (0, None)


@pytest.mark.parametrize(
    ("marks", "maxima"),
    [([], [1, 1]), ([[1, 0]], [1, 1]), ([[1, 1], [1, 1]], [1, 1]), ([[0.1, 0.2]] * 3, [0, 0])],
)
def test_what_is_undefined_is_none(marks, maxima):
    for item in item_statistics(marks, maxima):
        assert item.discrimination_index is None
        assert item.discriminative_efficiency is None
        assert item.effective_weight is None
    quiz = quiz_statistics(marks, maxima)
    assert quiz.skewness is None
    assert quiz.coefficient_of_internal_consistency is None
    assert all(item.facility is None for item in item_statistics(marks, [0, 0]))


def test_a_slot_against_the_total_has_no_weight_and_is_left_out_of_the_sum():
    against, *others = item_statistics([[1, 0, 0], [0, 1, 2], [0, 2, 1], [0, 3, 3]], [1, 3, 3])
    assert against.effective_weight is None
    assert sum(item.effective_weight for item in others) == pytest.approx(100)


def test_one_slot_has_no_consistency_and_no_rest():
    [item] = item_statistics([[1], [0], [1]], [1])
    assert item.discrimination_index is None
    assert quiz_statistics([[1], [0], [1]], [1]).coefficient_of_internal_consistency is None


def test_a_missing_answer_counts_as_no_mark():
    expected = item_statistics([[1, 0], [0, 1]], [1, 1])
    masked = np.ma.masked_array([[1, 1], [0, 1]], mask=[[False, True], [False, False]])
    for marks in ([[1, None], [0, 1]], [[1, np.nan], [0, 1]], masked):
        assert item_statistics(marks, [1, 1]) == expected


@pytest.mark.parametrize(("marks", "maxima"), [([[1, 2]], [1]), ([1, 2], [1, 1]), ([[1]], [[1]])])
def test_shapes_that_do_not_fit_are_refused(marks, maxima):
    with pytest.raises(ValueError, match=r"marks must be|one dimension"):
        item_statistics(marks, maxima)


tables = st.integers(2, 4).flatmap(
    lambda slots: st.lists(
        st.lists(st.integers(0, 10), min_size=slots, max_size=slots), min_size=4, max_size=12
    )
)


@given(tables, st.integers(1, 9))
def test_scaling_all_marks_changes_no_index(marks, factor):
    slots = len(marks[0])
    plain = item_statistics(marks, [10] * slots)
    scaled = item_statistics([[mark * factor for mark in row] for row in marks], [10 * factor] * slots)
    for one, other in zip(plain, scaled, strict=True):
        for name in ("facility", "discrimination_index", "discriminative_efficiency", "effective_weight"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-7)


@given(tables)
def test_indices_stay_within_their_bounds(marks):
    items = item_statistics(marks, [10] * len(marks[0]))
    for item in items:
        if item.discrimination_index is not None:
            assert -100 - 1e-9 <= item.discrimination_index <= 100 + 1e-9
        if item.discriminative_efficiency is not None:
            assert item.discriminative_efficiency <= 100 + 1e-9
    weights = [item.effective_weight for item in items if item.effective_weight is not None]
    assume(weights)
    assert sum(weights) == pytest.approx(100)


@given(tables)
def test_the_order_of_attempts_does_not_matter(marks):
    maxima = [10] * len(marks[0])
    quiz, reverse = quiz_statistics(marks, maxima), quiz_statistics(marks[::-1], maxima)
    assert quiz.kurtosis == pytest.approx(reverse.kurtosis)
    assert quiz.error_ratio == pytest.approx(reverse.error_ratio)
