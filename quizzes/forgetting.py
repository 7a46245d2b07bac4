"""How much is likely still known of something learned some days ago: plain arithmetic, no table, no clock.

The model is FSRS 4 (free spaced repetition scheduler), of the family of Ye, Su and Cao, "A Stochastic
Shortest Path Algorithm for Optimizing Spaced Repetition Scheduling" (KDD 2022), with the default weights that
its authors published, fitted to reviews of flash cards:
https://github.com/open-spaced-repetition/fsrs4anki/wiki/The-Algorithm

A memory has a stability S (days until the chance to recall falls to 90 %) and a difficulty D (1 to 10). The
chance after t days is R = 1 / (1 + t / 9S): steep at first, then ever flatter. A success lengthens S, the
more the less was left (the spacing effect); a failure shortens it. Two of the model's four grades are used,
"good" for a pass and "again" for a fail, and the memory begins with the first pass: what was never known
can't be forgotten.
"""

import math
from dataclasses import dataclass

# The published weights w0 to w14, those that these two grades read.
FIRST_STABILITY = 2.4  # w2, in days
FIRST_DIFFICULTY = 4.93  # w4, of what was passed at once
DIFFICULTY_OF_A_FAIL = 0.94  # w5, a step of the first grade
DIFFICULTY_STEP = 0.86  # w6, a step of a later grade
BACK_TO_THE_MEAN = 0.01  # w7
GAIN, GAIN_BY_STABILITY, GAIN_BY_LOSS = 1.49, 0.14, 0.94  # w8, w9, w10
RELAPSE, RELAPSE_BY_DIFFICULTY, RELAPSE_BY_STABILITY, RELAPSE_BY_LOSS = 2.18, 0.05, 0.34, 1.26  # w11 to w14

GRADES_APART = 2  # from "good" (3) to "again" (1)
LEAST_STABILITY, MOST_STABILITY = 0.1, 36_500.0  # days; the model's own limits
LEAST_DIFFICULTY, MOST_DIFFICULTY = 1.0, 10.0


@dataclass(frozen=True, slots=True)
class Memory:
    """`stability` in days, above 0; `difficulty` from 1 to 10."""

    stability: float
    difficulty: float

    def recall(self, days):
        """The chance, from 0 to 1, to still know it so many days after it was last practised."""
        return 1 / (1 + max(0.0, days) / (9 * self.stability))

    def days_until(self, chance):
        """After how many days the chance has fallen to that: above 0, at most 1."""
        return 9 * self.stability * (1 / chance - 1)

    def after(self, *, passed, days):
        """The memory as another answer leaves it, so many days after the one before."""
        lost = 1 - self.recall(days)
        return Memory(
            self._strengthened(lost) if passed else self._weakened(lost), self._difficulty_after(passed)
        )

    def _strengthened(self, lost):
        ease = 11 - self.difficulty
        gain = math.exp(GAIN) * ease * self.stability**-GAIN_BY_STABILITY * math.expm1(GAIN_BY_LOSS * lost)
        return min(MOST_STABILITY, self.stability * (1 + gain))

    def _weakened(self, lost):
        left = (
            RELAPSE
            * self.difficulty**-RELAPSE_BY_DIFFICULTY
            * ((self.stability + 1) ** RELAPSE_BY_STABILITY - 1)
            * math.exp(RELAPSE_BY_LOSS * lost)
        )
        return max(LEAST_STABILITY, min(left, self.stability))

    def _difficulty_after(self, passed):
        step = 0.0 if passed else DIFFICULTY_STEP * GRADES_APART
        moved = BACK_TO_THE_MEAN * FIRST_DIFFICULTY + (1 - BACK_TO_THE_MEAN) * (self.difficulty + step)
        return min(MOST_DIFFICULTY, max(LEAST_DIFFICULTY, moved))


def first_memory(*, at_once):
    """What the first pass leaves; harder to keep where it did not come at once."""
    harder = 0.0 if at_once else DIFFICULTY_OF_A_FAIL * GRADES_APART
    return Memory(FIRST_STABILITY, FIRST_DIFFICULTY + harder)


def memory_of(answers):
    """The Memory after (moment, passed) pairs in the order of time, or None if none was a pass."""
    memory = before = None
    failed = False
    for moment, passed in answers:
        if memory is not None:
            memory = memory.after(passed=passed, days=days_between(before, moment))
        elif passed:
            memory = first_memory(at_once=not failed)
        failed = failed or not passed
        before = moment
    return memory


def days_between(earlier, later):
    """Days and their parts between two moments; never negative."""
    return max(0.0, (later - earlier).total_seconds() / 86_400)
