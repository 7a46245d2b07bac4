"""What quizzes add to "the course is complete": each of its published quizzes is passed."""

from django.utils.translation import ngettext

from courses import completion
from quizzes.models import Attempt, Quiz


def all_quizzes_passed(course, learner):
    passed = Attempt.objects.of(learner).filter(passed=True).values("quiz")
    left = Quiz.objects.published().filter(course=course).exclude(pk__in=passed).count()
    if not left:
        return []
    return [ngettext("%(left)d quiz to pass", "%(left)d quizzes to pass", left) % {"left": left}]


def register():
    completion.register("quizzes", all_quizzes_passed)
