"""The model of forgetting: its laws, and the numbers of its authors."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.forgetting import LEAST_STABILITY, MOST_STABILITY, Memory, days_between, first_memory, memory_of

START = datetime(2026, 1, 1, tzinfo=UTC)
days = st.floats(0, 5_000)
gaps = st.floats(0.01, 400)
memories = st.builds(Memory, stability=st.floats(LEAST_STABILITY, 10_000), difficulty=st.floats(1, 10))
pasts = st.lists(st.tuples(gaps, st.booleans()), max_size=12)


def answers_of(past):
    moment, answers = START, []
    for gap, passed in past:
        moment += timedelta(days=gap)
        answers.append((moment, passed))
    return answers


@given(memories, days, days)
def test_longer_since_practice_is_never_better_known(memory, one, other):
    sooner, later = sorted([one, other])
    assert 0 < memory.recall(later) <= memory.recall(sooner) <= 1


@given(memories, gaps)
def test_a_success_lengthens_the_time_until_the_next(memory, gap):
    after = memory.after(passed=True, days=gap)
    assert after.days_until(0.7) > memory.days_until(0.7)


@given(memories, gaps)
def test_a_failure_never_lengthens_it(memory, gap):
    assert memory.after(passed=False, days=gap).stability <= max(memory.stability, LEAST_STABILITY)


@given(memories, gaps, gaps)
def test_a_success_after_a_longer_pause_helps_more(memory, one, other):
    sooner, later = sorted([one, other])
    assert memory.after(passed=True, days=sooner).stability <= memory.after(passed=True, days=later).stability


@given(memories)
def test_repeating_at_once_changes_nothing(memory):
    assert memory.after(passed=True, days=0).stability == pytest.approx(memory.stability)


@given(memories, st.floats(0.01, 1))
def test_the_day_of_a_chance_has_that_chance(memory, chance):
    assert memory.recall(memory.days_until(chance)) == pytest.approx(chance)


@given(pasts)
def test_any_past_keeps_the_model_within_its_limits(past):
    memory = memory_of(answers_of(past))
    assert (memory is None) == (not any(passed for _gap, passed in past))
    if memory is not None:
        assert LEAST_STABILITY <= memory.stability <= MOST_STABILITY
        assert 1 <= memory.difficulty <= 10


@given(pasts, gaps)
def test_one_more_pass_is_never_known_worse_than_one_more_fail(past, gap):
    before = [(0.01, True), *past]
    passed, failed = (memory_of(answers_of([*before, (gap, right)])) for right in (True, False))
    assert passed.stability >= failed.stability
    assert passed.difficulty <= failed.difficulty


def test_stability_is_the_days_until_nine_in_ten():
    assert first_memory(at_once=True).days_until(0.9) == pytest.approx(2.4)


def test_the_first_review_comes_within_a_week_and_the_next_ones_ever_later():
    """Worked by hand from the published formulas: each review exactly when it is due at 0.8."""
    memory, intervals = first_memory(at_once=True), []
    for _review in range(4):
        intervals.append(memory.days_until(0.8))
        memory = memory.after(passed=True, days=intervals[-1])
    assert intervals[0] == pytest.approx(9 * 2.4 / 4)
    # 1 + e^1.49 * (11 - 4.93) * 2.4^-0.14 * (e^(0.94 * 0.2) - 1)
    assert intervals[1] / intervals[0] == pytest.approx(5.928, abs=0.001)
    assert intervals == sorted(intervals)


def test_what_failed_first_is_harder_to_keep():
    assert first_memory(at_once=False).difficulty == pytest.approx(4.93 + 2 * 0.94)


def test_days_between_two_moments_are_never_negative():
    assert days_between(START + timedelta(days=1), START) == 0
    assert days_between(START, START + timedelta(hours=36)) == 1.5
