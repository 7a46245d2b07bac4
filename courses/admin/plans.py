"""What the bulk actions of courses will do to the rows that were chosen, in numbers."""

from django.utils.translation import ngettext_lazy

from accounts.bulk import Plan, parted, sentence_about
from courses import publishing
from courses.models import Comment, CommentReport, Status

ALREADY_PUBLISHED = ngettext_lazy("%(n)d is published already.", "%(n)d are published already.", "n")
ALREADY_DRAFTS = ngettext_lazy("%(n)d is a draft already.", "%(n)d are drafts already.", "n")
ALREADY_HIDDEN = ngettext_lazy("%(n)d is hidden already.", "%(n)d are hidden already.", "n")
ALREADY_SHOWN = ngettext_lazy("%(n)d is shown already.", "%(n)d are shown already.", "n")
NOT_READY = ngettext_lazy(
    "%(n)d is not ready. What has to be true first:", "%(n)d are not ready. What has to be true first:", "n"
)


def publish_courses(courses):
    ready, refused, already = publishing.sort_out(courses)
    return Plan(
        ready,
        ngettext_lazy("This will publish %(n)d course.", "This will publish %(n)d courses.", "n"),
        left_out=sentence_about(already, ALREADY_PUBLISHED) + sentence_about(refused, NOT_READY),
        refused=refused,
    )


def withdraw_courses(courses):
    drafts, shown = parted(courses, lambda course: course.status == Status.DRAFT)
    return Plan(
        shown,
        ngettext_lazy(
            "This will take %(n)d course back to draft: no learner can open it until it is published again.",
            "This will take %(n)d courses back to draft: no learner can open them before they are published.",
            "n",
        ),
        left_out=sentence_about(drafts, ALREADY_DRAFTS),
    )


def copy_courses(courses):
    sentence = ngettext_lazy(
        "This will make a copy of %(n)d course, as a draft.",
        "This will make copies of %(n)d courses, as drafts.",
        "n",
    )
    return Plan(list(courses), sentence)


def publish_lessons(lessons):
    already, others = parted(lessons, lambda lesson: lesson.status == Status.PUBLISHED)
    return Plan(
        others,
        ngettext_lazy("This will publish %(n)d lesson.", "This will publish %(n)d lessons.", "n"),
        left_out=sentence_about(already, ALREADY_PUBLISHED),
    )


def withdraw_lessons(lessons):
    drafts, shown = parted(lessons, lambda lesson: lesson.status == Status.DRAFT)
    return Plan(
        shown,
        ngettext_lazy(
            "This will take %(n)d lesson back to draft.", "This will take %(n)d lessons back to draft.", "n"
        ),
        left_out=sentence_about(drafts, ALREADY_DRAFTS),
    )


def copy_lessons(lessons):
    sentence = ngettext_lazy(
        "This will make a copy of %(n)d lesson, as a draft.",
        "This will make copies of %(n)d lessons, as drafts.",
        "n",
    )
    return Plan(list(lessons), sentence)


def hide_reviews(reviews):
    hidden, shown = parted(reviews, lambda review: review.is_hidden)
    return Plan(
        shown,
        ngettext_lazy(
            "This will hide the words of %(n)d review; its stars keep counting.",
            "This will hide the words of %(n)d reviews; their stars keep counting.",
            "n",
        ),
        left_out=sentence_about(hidden, ALREADY_HIDDEN),
    )


def show_comments(comments):
    sentence = ngettext_lazy("This will show %(n)d comment.", "This will show %(n)d comments.", "n")
    return _moderation(comments, Comment.Status.VISIBLE, sentence, ALREADY_SHOWN)


def hide_comments(comments):
    sentence = ngettext_lazy("This will hide %(n)d comment.", "This will hide %(n)d comments.", "n")
    return _moderation(comments, Comment.Status.HIDDEN, sentence, ALREADY_HIDDEN)


def _moderation(comments, status, sentence, already):
    deleted, kept = parted(comments, lambda comment: comment.status == Comment.Status.DELETED)
    same, changed = parted(kept, lambda comment: comment.status == status)
    reports = list(CommentReport.objects.filter(comment__in=[*deleted, *kept], resolved_at=None))
    closed = ngettext_lazy("%(n)d open report will be closed.", "%(n)d open reports will be closed.", "n")
    gone = ngettext_lazy("%(n)d was deleted and stays so.", "%(n)d were deleted and stay so.", "n")
    return Plan(
        changed,
        sentence,
        left_out=sentence_about(same, already)
        + sentence_about(deleted, gone)
        + sentence_about(reports, closed),
        # Closing a report is an act, too.
        acts=bool(changed or reports),
    )
