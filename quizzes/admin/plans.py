"""What the bulk actions of quizzes will do to the rows that were chosen, in numbers."""

from django.utils.translation import ngettext_lazy

from accounts.bulk import Plan, parted, sentence_about
from courses.admin.plans import ALREADY_DRAFTS, ALREADY_PUBLISHED
from quizzes import authoring
from quizzes.models import Attempt, Quiz

NOT_READY = ngettext_lazy("%(n)d is not ready:", "%(n)d are not ready:", "n")


def publish(quizzes):
    ready, refused, already = authoring.sort_out(quizzes)
    return Plan(
        ready,
        ngettext_lazy(
            "This will open %(n)d quiz to learners.", "This will open %(n)d quizzes to learners.", "n"
        ),
        left_out=sentence_about(already, ALREADY_PUBLISHED) + sentence_about(refused, NOT_READY),
        refused=refused,
    )


def unpublish(quizzes):
    drafts, shown = parted(quizzes, lambda quiz: quiz.status == Quiz.Status.DRAFT)
    running = list(Attempt.objects.filter(quiz__in=shown, state=Attempt.State.IN_PROGRESS))
    goes_on = ngettext_lazy(
        "%(n)d attempt is under way and may still be finished.",
        "%(n)d attempts are under way and may still be finished.",
        "n",
    )
    return Plan(
        shown,
        ngettext_lazy(
            "This will take %(n)d quiz back to draft.", "This will take %(n)d quizzes back to draft.", "n"
        ),
        left_out=sentence_about(drafts, ALREADY_DRAFTS) + sentence_about(running, goes_on),
    )
