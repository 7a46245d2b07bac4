"""Statistics of a quiz, its slots and its answers, from marks alone.

The formulas are those of Moodle's quiz statistics report ("Quiz statistics calculations" in its developer
documentation): with S attempts, mark x of one slot, total T of an attempt and rest R = T - x,

- variances V and covariances C divide by S - 1;
- discrimination index 100 C(x, R) / sqrt(V(x) V(R)): the correlation of the slot with the rest;
- discriminative efficiency 100 C(x, R) / Cmax(x, R), where Cmax pairs both in sorted order: the highest
  covariance that these marks could have had;
- effective weight 100 sqrt(C(x, T)) / sum over slots of sqrt(C(x, T)); a slot with negative C(x, T) has none
  and is left out of the sum;
- skewness k3 / k2^1.5 and kurtosis k4 / k2^2 from the unbiased k-statistics of T;
- coefficient of internal consistency (Cronbach's alpha) 100 k/(k-1) (1 - sum V(x) / V(T)) over k slots; error
  ratio 100 sqrt(1 - CIC/100); standard error, error ratio times the standard deviation of T.

An answer that is missing (None, NaN or masked) counts as a mark of 0. A value that the formula leaves
undefined is None.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

# Sums of decimals leave dust of this relative size; below it a deviation is none.
_DUST = 1e-12


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """One slot. Fractions from 0 to 1, deviations in marks, indices and weights in percent."""

    attempts: int
    facility: float | None
    standard_deviation: float | None
    discrimination_index: float | None
    discriminative_efficiency: float | None
    random_guess_score: float | None
    intended_weight: float | None
    effective_weight: float | None

    @property
    def misleads(self) -> bool:
        """Those who did well elsewhere did worse here: the question or its key is probably wrong."""
        return self.discrimination_index is not None and self.discrimination_index < 0


@dataclass(frozen=True, slots=True)
class QuizStatistics:
    """A whole quiz. Mean, median, deviation and standard error in marks; consistency and error ratio in
    percent.
    """

    attempts: int
    mean: float | None
    median: float | None
    standard_deviation: float | None
    skewness: float | None
    kurtosis: float | None
    coefficient_of_internal_consistency: float | None
    error_ratio: float | None
    standard_error: float | None


@dataclass(frozen=True, slots=True)
class AnswerStatistics:
    """One answer: how many gave it, their share of all attempts, and how giving it goes with the rest's
    marks.

    discrimination is the correlation, in percent, of giving the answer with the rest of the attempt: a
    distractor that works has a negative one, the right answer a positive one.
    """

    key: str
    count: int
    frequency: float
    discrimination: float | None


def item_statistics(
    marks: ArrayLike, max_marks: ArrayLike, random_guess_scores: Sequence[float | None] | None = None
) -> list[ItemStatistics]:
    """Statistics of each slot.

    marks: [attempts, slots]; max_marks: [slots]; random_guess_scores: [slots], fractions, passed through.
    Raises ValueError when the shapes do not fit.
    """
    x, maxima = _matrix(marks, max_marks)
    attempts, slots = x.shape
    guesses = [None] * slots if random_guess_scores is None else list(random_guess_scores)
    if len(guesses) != slots:
        raise ValueError(f"{len(guesses)} random guess scores for {slots} slots")
    total = x.sum(axis=1)
    with_total = [_covariance(x[:, slot], total) for slot in range(slots)]
    weights = [np.sqrt(c) if c is not None and c >= 0 else None for c in with_total]
    sum_of_weights = sum(weight for weight in weights if weight is not None)
    sum_of_maxima = maxima.sum()

    result = []
    for slot in range(slots):
        mark = x[:, slot]
        # Summed anew rather than T - x: a difference would keep the dust of the mark that was taken away.
        rest = np.delete(x, slot, axis=1).sum(axis=1)
        covariance = _covariance(mark, rest)
        highest = _covariance(np.sort(mark), np.sort(rest))
        weight = weights[slot]
        result.append(
            ItemStatistics(
                attempts=attempts,
                facility=float(mark.mean() / maxima[slot]) if attempts and maxima[slot] else None,
                standard_deviation=_root(_covariance(mark, mark)),
                discrimination_index=_correlation(mark, rest),
                discriminative_efficiency=100 * covariance / highest if highest else None,
                random_guess_score=None if guesses[slot] is None else float(guesses[slot]),
                intended_weight=float(100 * maxima[slot] / sum_of_maxima) if sum_of_maxima else None,
                effective_weight=(
                    float(100 * weight / sum_of_weights) if weight is not None and sum_of_weights else None
                ),
            )
        )
    return result


def quiz_statistics(marks: ArrayLike, max_marks: ArrayLike) -> QuizStatistics:
    """Statistics of whole attempts. marks: [attempts, slots]; max_marks: [slots]."""
    x, _ = _matrix(marks, max_marks)
    s, slots = x.shape
    if not s:
        return QuizStatistics(0, *[None] * 8)
    total = x.sum(axis=1)
    k2 = _covariance(total, total)
    skewness = kurtosis = consistency = error_ratio = standard_error = None
    if k2:
        deviation = total - total.mean()
        m2, m3, m4 = (float((deviation**power).mean()) for power in (2, 3, 4))
        if s > 2:
            k3 = s * s * m3 / ((s - 1) * (s - 2))
            skewness = k3 / k2**1.5
        if s > 3:
            k4 = s * s * ((s + 1) * m4 - 3 * (s - 1) * m2 * m2) / ((s - 1) * (s - 2) * (s - 3))
            kurtosis = k4 / k2**2
        if slots > 1:
            sum_of_variances = sum(_covariance(x[:, slot], x[:, slot]) for slot in range(slots))
            consistency = 100 * slots / (slots - 1) * (1 - sum_of_variances / k2)
            error_ratio = 100 * float(np.sqrt(max(0.0, 1 - consistency / 100)))
            standard_error = error_ratio * float(np.sqrt(k2)) / 100
    return QuizStatistics(
        attempts=s,
        mean=float(total.mean()),
        median=float(np.median(total)),
        standard_deviation=_root(k2),
        skewness=skewness,
        kurtosis=kurtosis,
        coefficient_of_internal_consistency=consistency,
        error_ratio=error_ratio,
        standard_error=standard_error,
    )


def answer_statistics(
    keys: Sequence[str], given: Sequence[Collection[str]], rest_marks: ArrayLike
) -> list[AnswerStatistics]:
    """Statistics of each answer of one slot.

    keys: the answers; given: [attempts] the keys that each attempt gave; rest_marks: [attempts] the marks
    of the other slots.
    """
    rest = np.asarray(rest_marks, dtype=float)
    if rest.shape != (len(given),):
        raise ValueError(f"{len(given)} answers for {rest.shape} marks")
    result = []
    for key in keys:
        chosen = np.array([key in answers for answers in given], dtype=float)
        count = int(chosen.sum())
        frequency = count / len(given) if len(given) else 0.0
        result.append(AnswerStatistics(key, count, frequency, _correlation(chosen, rest)))
    return result


def _matrix(marks: ArrayLike, max_marks: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    maxima = np.asarray(max_marks, dtype=float)
    if maxima.ndim != 1:
        raise ValueError("max_marks must have one dimension, slots")
    if isinstance(marks, np.ma.MaskedArray):
        # The mask says that a mark is missing; what lies under it says nothing.
        marks = marks.astype(float).filled(np.nan)
    x = np.asarray(marks, dtype=float)
    if x.size == 0 and x.ndim == 1:
        x = x.reshape(0, len(maxima))
    if x.ndim != 2 or x.shape[1] != len(maxima):
        raise ValueError(f"marks must be [attempts, {len(maxima)}], not {list(x.shape)}")
    return np.nan_to_num(x, nan=0.0, posinf=np.inf, neginf=-np.inf), maxima


def _deviations(values: np.ndarray) -> np.ndarray:
    """Differences to the mean, with the dust of rounding swept away."""
    deviation = values - values.mean()
    scale = np.abs(values).max(initial=0.0)
    return np.where(np.abs(deviation) <= _DUST * scale, 0.0, deviation)


def _covariance(a: np.ndarray, b: np.ndarray) -> float | None:
    """Unbiased covariance of two [attempts] arrays, None for fewer than two attempts."""
    if len(a) < 2:
        return None
    first, second = _deviations(a), _deviations(b)
    sum_of_products = float(first @ second)
    # What cancels out must be 0 and not dust of either sign: its sign decides whether a slot has a weight.
    if abs(sum_of_products) <= _DUST * float(np.linalg.norm(first) * np.linalg.norm(second)):
        return 0.0
    return sum_of_products / (len(a) - 1)


def _correlation(a: np.ndarray, b: np.ndarray) -> float | None:
    """Pearson's correlation in percent, None where either does not vary."""
    covariance = _covariance(a, b)
    if covariance is None:
        return None
    product = _covariance(a, a) * _covariance(b, b)
    return 100 * covariance / float(np.sqrt(product)) if product else None


def _root(variance: float | None) -> float | None:
    return None if variance is None else float(np.sqrt(variance))
