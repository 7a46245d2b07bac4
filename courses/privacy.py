"""A person's rows in courses: export and erasure."""

from django.db import transaction
from django.db.models import F

from courses import discussion, reviews
from courses.models import (
    Bookmark,
    Certificate,
    Comment,
    CommentReport,
    CommentVote,
    Course,
    CourseAuthor,
    Enrolment,
    ExerciseAnswer,
    LearningGoal,
    LessonProgress,
    Note,
    Review,
    StudyDay,
)


def export(learner):
    """Yields (name, rows) for everything that courses keep about a person."""
    yield (
        "enrolments",
        _rows(
            Enrolment,
            learner,
            "course__slug",
            "enrolled_at",
            "left_at",
            "completed_at",
            "credits_paid",
            "percent",
        ),
    )
    yield (
        "lesson_progress",
        _rows(
            LessonProgress,
            learner,
            "lesson__course__slug",
            "lesson__slug",
            "opened_at",
            "completed_at",
            "seconds",
        ),
    )
    yield "notes", _rows(Note, learner, "lesson__course__slug", "lesson__slug", "quote", "body", "created_at")
    yield "bookmarks", _rows(Bookmark, learner, "lesson__course__slug", "lesson__slug", "created_at")
    yield "reviews", _rows(Review, learner, "course__slug", "stars", "body", "created_at")
    yield (
        "exercise_answers",
        _rows(
            ExerciseAnswer,
            learner,
            "block__lesson__course__slug",
            "block__lesson__slug",
            "body",
            "updated_at",
        ),
    )
    yield "study_days", _rows(StudyDay, learner, "day", "lessons_completed", "seconds", "is_freeze")
    yield "learning_goal", _rows(LearningGoal, learner, "days_per_week", "freezes", "on_leaderboard")
    yield (
        "certificates",
        _rows(Certificate, learner, "code", "learner_name", "course_title", "issued_at", "revoked_at"),
    )
    yield (
        "comments",
        list(
            Comment.objects.filter(author=learner).values(
                "lesson__course__slug",
                "lesson__slug",
                "body",
                "status",
                "is_question",
                "created_at",
                "edited_at",
            )
        ),
    )
    yield "comment_votes", list(CommentVote.objects.filter(learner=learner).values("comment_id"))
    yield (
        "comment_reports",
        list(CommentReport.objects.filter(reporter=learner).values("comment_id", "reason", "created_at")),
    )
    yield "course_roles", list(CourseAuthor.objects.filter(user=learner).values("course__slug", "role"))


@transaction.atomic
def erase(learner):
    """Delete what a person did and wrote. Replies of others stay, below a placeholder; sums are corrected."""
    for comment in Comment.objects.filter(author=learner).select_related("parent").order_by("-pk"):
        discussion.delete(comment=comment)
    for vote in CommentVote.objects.filter(learner=learner):
        Comment.objects.filter(pk=vote.comment_id).update(vote_count=F("vote_count") - 1)
        vote.delete()
    CommentReport.objects.filter(reporter=learner).update(reporter=None, reason="")
    for review in Review.objects.filter(learner=learner):
        reviews.remove(review=review)
    active = Enrolment.objects.active().filter(learner=learner).values("course")
    Course.objects.filter(pk__in=active, learner_count__gt=0).update(learner_count=F("learner_count") - 1)
    for model in (
        Enrolment,
        LessonProgress,
        Note,
        Bookmark,
        ExerciseAnswer,
        StudyDay,
        LearningGoal,
        Certificate,
    ):
        model.objects.filter(learner=learner).delete()
    CourseAuthor.objects.filter(user=learner).delete()


def _rows(model, learner, *fields):
    return list(model.objects.filter(learner=learner).values(*fields))
