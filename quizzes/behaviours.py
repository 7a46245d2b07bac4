"""How tries and certainty turn the worth of an answer into the fraction that counts."""

from quizzes.models import Quiz

# Certainty -> (share of the mark for a right answer, what a wrong one costs). Moodle's scale of 1, 2, 3 and
# 0, -2, -6, divided by 3 so that a certain right answer is worth the whole mark.
CERTAINTY = {1: (1 / 3, 0.0), 2: (2 / 3, -2 / 3), 3: (1.0, -2.0)}
RIGHT = 1 - 1e-9


def is_right(fraction):
    return fraction is not None and fraction >= RIGHT


def certainty_fraction(fraction, certainty):
    """An answer given without saying how certain counts as the least certain."""
    share, cost = CERTAINTY[certainty or 1]
    return fraction * share if fraction > 0 else cost


def different(responses):
    """Responses without those that repeat the one before: an answer that is sent twice is one try."""
    return [
        response for place, response in enumerate(responses) if not place or response != responses[place - 1]
    ]


def after_tries(quiz, grades, weights=None):
    """The fraction that counts, from the Grade of each different answer in turn (one at least).

    weights: of the answer's parts, where a type's parts are tried one by one. Each try before costs the
    quiz's penalty, and all of them no more than the answer is worth. With several tries the last answer
    counts, and each of its parts from the try on since which it has been as good; with any number of tries
    the best answer counts.
    """
    worths = [grade.fraction for grade in grades]
    match quiz.behaviour:
        case Quiz.Behaviour.INTERACTIVE if weights:
            earned = sum(
                weight * max(0.0, part[-1] - quiz.penalty * _since(part))
                for weight, part in zip(
                    weights, zip(*(grade.parts for grade in grades), strict=True), strict=True
                )
            )
            return earned / sum(weights)
        case Quiz.Behaviour.INTERACTIVE:
            return max(0.0, worths[-1] - quiz.penalty * (len(worths) - 1))
        case Quiz.Behaviour.ADAPTIVE:
            return max(0.0, *(worth - quiz.penalty * before for before, worth in enumerate(worths)))
    return worths[-1]


def _since(values):
    """The index from which on all values are as the last one."""
    place = len(values) - 1
    while place and values[place - 1] == values[-1]:
        place -= 1
    return place


def locks(quiz, fraction, tries):
    """Whether a question takes no more tries."""
    match quiz.behaviour:
        case Quiz.Behaviour.IMMEDIATE:
            return True
        case Quiz.Behaviour.INTERACTIVE:
            return is_right(fraction) or tries >= quiz.tries
        case Quiz.Behaviour.ADAPTIVE:
            return is_right(fraction)
    return False
