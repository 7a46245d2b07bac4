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


def after_try(quiz, fraction, tries_before, best_before):
    """The fraction that counts after one more try: each earlier one costs the quiz's penalty."""
    if quiz.behaviour in (Quiz.Behaviour.INTERACTIVE, Quiz.Behaviour.ADAPTIVE):
        earned = max(fraction - quiz.penalty * tries_before, min(fraction, 0.0))
        return earned if best_before is None else max(earned, best_before)
    return fraction


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
