"""A person's rows in the recommender: export and erasure. Models keep no learner."""

from recommender.models import Feedback


def export(learner):
    rows = Feedback.objects.filter(learner=learner).order_by("created_at")
    yield (
        "suggestion_feedback",
        [{"item": row.key, "answer": row.answer, "time": row.created_at} for row in rows],
    )


def erase(learner):
    Feedback.objects.filter(learner=learner).delete()
