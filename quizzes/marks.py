"""The mark that counts, where a learner has taken a quiz more than once."""

from quizzes.models import Quiz


def mark_of_record(quiz, attempts):
    """The percentage that counts, of finished attempts in the order of their numbers; None for none."""
    percents = [attempt.percent for attempt in attempts if attempt.percent is not None]
    if not percents:
        return None
    match quiz.grading:
        case Quiz.Grading.LAST:
            return percents[-1]
        case Quiz.Grading.FIRST:
            return percents[0]
        case Quiz.Grading.MEAN:
            return sum(percents) / len(percents)
    return max(percents)
