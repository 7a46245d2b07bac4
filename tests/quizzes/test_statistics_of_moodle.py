"""The formulas, held against figures that Moodle publishes.

Moodle checks its own report by two spreadsheets that were worked out independently of its code; the marks and
the figures here are theirs (quiz statistics report, its test data "00" and "mdl_question_states"). They are
given to so many digits that half of the last one is below 1e-9 of the figure, or are exact.
"""

import numpy as np
import pytest

from quizzes.statistics import item_statistics, quiz_statistics

# 25 attempts at seven slots of one mark each.
QUIZ = """
1 1 1 1 1 0 1
1 1 1 1 0.5 1 0
1 1 1 1 0.5 0 1
0 0 1 1 1 0 0
1 0 1 0 0 1 0.5
1 1 1 1 0.5 0 0.5
0 1 1 1 0.5 1 0.5
1 1 1 0 0.5 1 0.5
1 0 1 1 1 1 1
0 1 1 0 0.5 1 0.5
0.8 0 1 1 0.5 1 0.5
1 1 1 0 0.5 1 1
1 0 1 1 0.5 1 0.5
1 0 1 1 1 0 0.5
0 0 1 1 0 1 1
1 0 1 0 0.5 1 1
0.8 0 1 1 0.5 0 1
1 0 1 1 0 1 0.5
1 0 1 1 0.5 0 0.5
0 1 1 0 0.5 1 0
1 1 0.3333333 1 0.5 0 0.5
1 1 1 0 0.5 0 0.5
1 1 1 1 0 1 0.5
0 0 1 0 0.5 1 1
0 0 1 1 1 1 1
"""
# facility, sd, effective weight, discrimination index, discriminative efficiency of each slot
SLOTS = [
    (0.704, 0.4513682901, 21.2922742344, -7.0650767526, -9.4550536967),
    (0.48, 0.5099019514, 18.8979800309, -28.8982125772, -36.7834118938),
    (0.973333332, 0.13333334, 4.443012573, -9.1230674268, -21.6545012165),
    (0.68, 0.4760952286, 18.9347251357, -22.6306444113, -31.4411395613),
    (0.52, 0.3055050463, 11.1450138688, -17.6997047674, -21.1794802584),
    (0.64, 0.4898979486, 9.8081339177, -45.3785178421, -56.9365974439),
    (0.62, 0.331662479, 15.4788602394, -5.6543166602, -6.5043742058),
]

# 22 attempts at twenty slots. The first seven slots have no marks but noughts, three of them nothing to earn.
MAXIMA = [1, 1, 1, 1, 0, 0, 0, 8, *[1] * 12]
NOTHING = [0] * 7
LAST_13_SLOTS = """
5.5 0.3 0.9 1 0.3 1 0 0 1 1 0 0 1
1 0.9 0.9 0.3 0.3 1 0 0 1 0 1 0 1
2.5 1 0.9 0.3 1 0 0 1 1 1 1 1 1
4 0.3 0.9 1 0.3 0 0 0 0 1 0 0 1
3 0.9 0.3 0.9 1 0 1 0 0 1 1 1 0
4.5 0.9 1 1 0.9 0 1 1 1 0 0 0 0
3 0.3 0.3 0.3 0.3 1 0 1 1 1 1 1 1
6 0.9 0.9 1 0.3 0 1 1 1 1 0 0 1
0.5 0.9 1 0.9 0.3 0 1 1 0 1 1 0 1
5.5 0.9 1 0.9 0.3 1 1 0 0 1 0 0 0
2.5 0.9 1 1 0.9 0 1 0 0 1 0 0 1
4 0.9 0.3 0.9 1 0 1 1 1 1 1 0 1
4 0.9 0.3 0.3 1 1 1 1 0 0 1 1 0
3 1 1 0.3 1 0 1 0 1 1 1 1 0
1 1 0.9 0.3 0.3 1 0 1 0 0 0 0 0
1 0.3 0.3 0.3 0.9 0 0 0 1 0 0 0 1
1.5 1 0.3 0.9 1 1 1 0 1 1 0 0 0
4 0.9 1 0.9 1 0 1 1 1 0 1 0 0
2 0.9 0.9 0.3 0.9 0 1 0 0 0 0 0 0
1 1 0.3 0.3 0.3 0 1 1 0 1 0 0 0
6 0.9 1 1 0.9 0 0 0 1 0 0 1 1
7 0.9 0.3 0.3 0.3 1 0 1 1 1 1 0 0
"""
# Of slots 8 to 20. Facility times 100 and sd times 1000, as the spreadsheet has them.
FACILITY = [
    41.19318182, 81.36363636, 71.36363636, 65.45454545, 65.90909091, 36.36363636, 59.09090909, 50,
    59.09090909, 63.63636364, 45.45454545, 27.27272727, 50,
]  # fmt: skip
DEVIATION = [
    1912.733589, 251.2738111, 322.6312277, 333.4199022, 337.5811591, 492.3659639, 503.2362797, 511.7663157,
    503.2362797, 492.3659639, 509.6471914, 455.8423058, 511.7663157,
]  # fmt: skip
WEIGHT = [
    26.58464457, 3.368456046, 3.253955259, 7.584083694, 3.79658376, 3.183278505, 4.532356904, 7.78856243,
    10.08351572, 8.381139345, 8.727645713, 7.946277111, 4.769500946,
]  # fmt: skip
INDEX = [
    25.88327077, 1.170256965, -4.207816809, 28.16930644, -2.513606859, -12.99017581, -8.900638238,
    8.670004606, 29.63337745, 15.18945843, 16.21079629, 15.52451404, -8.396734802,
]  # fmt: skip
EFFICIENCY = [
    27.23492723, 1.382386552, -4.691171307, 31.12404354, -2.877487579, -17.5074184, -10.27568922, 10.86956522,
    34.58997279, 17.4790556, 20.14359793, 22.06477733, -10,
]  # fmt: skip


def table(text):
    return np.array([[float(mark) for mark in line.split()] for line in text.split("\n") if line])


def published(value):
    """A figure as it is printed: right to its last digit, and to 1e-9 of itself where it has so many."""
    return pytest.approx(value, rel=1e-9, abs=0.51 * 10.0 ** -_decimals(value))


def _decimals(value):
    _whole, _point, rest = f"{value!r}".partition(".")
    return 9 if rest in ("", "0") else len(rest)


def test_each_slot_of_the_first_quiz():
    for item, (facility, deviation, weight, index, efficiency) in zip(
        item_statistics(table(QUIZ), [1] * 7), SLOTS, strict=True
    ):
        assert item.facility == published(facility)
        assert item.standard_deviation == published(deviation)
        assert item.effective_weight == published(weight)
        assert item.discrimination_index == published(index)
        assert item.discriminative_efficiency == published(efficiency)
        assert item.misleads


def test_the_first_quiz_as_a_whole():
    quiz = quiz_statistics(table(QUIZ), [1] * 7)
    assert quiz.attempts == 25
    assert quiz.mean == published(4.617333332)
    assert quiz.median == published(4.5)
    assert quiz.standard_deviation == published(0.8117265554)
    assert quiz.skewness == published(-0.092502502)
    assert quiz.kurtosis == published(-0.7073968557)
    assert quiz.coefficient_of_internal_consistency == published(-87.2230935542)
    assert quiz.error_ratio == published(136.8294900795)
    assert quiz.standard_error == published(1.1106813066)


def test_each_slot_of_the_second_quiz():
    marks = [[*NOTHING, *row] for row in table(LAST_13_SLOTS)]
    items = item_statistics(marks, MAXIMA)
    for item in items[:7]:
        # Nothing varies, so nothing can be told; a weight of 0 is one.
        assert (item.discrimination_index, item.discriminative_efficiency) == (None, None)
        assert (item.standard_deviation, item.effective_weight) == (0, 0)
    assert [item.facility for item in items[:7]] == [0, 0, 0, 0, None, None, None]
    for number, item in enumerate(items[7:]):
        assert 100 * item.facility == published(FACILITY[number])
        assert 1000 * item.standard_deviation == published(DEVIATION[number])
        assert item.effective_weight == published(WEIGHT[number])
        assert item.discrimination_index == published(INDEX[number])
        assert item.discriminative_efficiency == published(EFFICIENCY[number])


def test_the_coefficient_is_that_of_other_packages():
    """Cronbach's alpha by the covariances, as packages of R have it: k/(k-1) (1 - tr C / sum C)."""
    marks = table(LAST_13_SLOTS)
    covariances = np.cov(marks, rowvar=False)
    alpha = 13 / 12 * (1 - np.trace(covariances) / covariances.sum())
    quiz = quiz_statistics(marks, [8, *[1] * 12])
    assert quiz.coefficient_of_internal_consistency == pytest.approx(100 * alpha, abs=1e-9)
    rest = marks.sum(axis=1, keepdims=True) - marks
    for slot, item in enumerate(item_statistics(marks, [8, *[1] * 12])):
        # Their corrected correlation of an item with the total.
        corrected = np.corrcoef(marks[:, slot], rest[:, slot])[0, 1]
        assert item.discrimination_index == pytest.approx(100 * corrected, abs=1e-9)


def test_marks_below_nothing_count_as_they_are():
    """Certainty marks may be negative: moving all marks of a slot moves no deviation and no index."""
    marks = table(QUIZ)
    moved = item_statistics(marks - [2, 0, 0, 0, 0, 0, 0], [1] * 7)
    for item, other in zip(item_statistics(marks, [1] * 7), moved, strict=True):
        assert item.standard_deviation == pytest.approx(other.standard_deviation, abs=1e-12)
        assert item.discrimination_index == pytest.approx(other.discrimination_index, abs=1e-9)
        assert item.effective_weight == pytest.approx(other.effective_weight, abs=1e-9)
    assert moved[0].facility == pytest.approx(0.704 - 2)
