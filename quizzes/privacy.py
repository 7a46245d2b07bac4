"""A person's rows in quizzes: export and erasure.

Erased attempts keep their marks without a name, so that a quiz's statistics stay right; what the person
wrote in
their own words goes.
"""

from django.db import connection, transaction

from quizzes.models import (
    Accommodation,
    Attempt,
    AttemptQuestion,
    AttemptStep,
    DueCalendar,
    DueReminder,
    Regrade,
)

OWN_WORDS = ("essay", "short_text", "numeric", "calculated", "gap_fill")


def export(learner):
    """Yields (name, rows) for everything that quizzes keep about a person."""
    yield "quiz_attempts", [_attempt(attempt) for attempt in _attempts(learner)]
    yield (
        "quiz_accommodations",
        list(
            Accommodation.objects.filter(learner=learner).values(
                "quiz__slug", "extra_time_percent", "extra_attempts", "extra_days", "closes_at", "note"
            )
        ),
    )
    yield (
        "due_reminders",
        list(DueReminder.objects.filter(learner=learner).values("quiz__slug", "due_at", "created_at")),
    )
    yield "due_calendar", list(DueCalendar.objects.filter(learner=learner).values("created_at"))


def _attempts(learner):
    attempts = Attempt.objects.filter(learner=learner).select_related("quiz").order_by("started_at")
    return attempts.prefetch_related("questions__version__question", "prolongations")


def _attempt(attempt):
    return {
        "quiz": attempt.quiz.slug,
        "number": attempt.number,
        "started_at": attempt.started_at,
        "submitted_at": attempt.submitted_at,
        "prolonged": [
            {"at": row.created_at, "from": row.deadline_before, "to": row.deadline_after}
            for row in attempt.prolongations.all()
        ],
        "state": attempt.state,
        "mark": attempt.mark,
        "max_mark": attempt.max_mark,
        "passed": attempt.passed,
        "credits_earned": attempt.credits_earned,
        "answers": [
            {
                "question": question.version.question.name,
                "answer": question.version.kind.summarise(
                    question.version.data, question.response, question.variant
                ),
                "mark": question.mark,
                "comment": question.comment,
                "hints_bought": question.hints_bought,
            }
            for question in attempt.questions.all()
        ],
    }


@transaction.atomic
def erase(learner):
    """Take the person's name and words out of every attempt."""
    mine = Attempt.objects.filter(learner=learner)
    with connection.cursor() as cursor:
        # Steps are append-only; this transaction alone may change them.
        cursor.execute("SET LOCAL quizzes.erasing = 'on'")
    AttemptStep.objects.filter(attempt__in=mine).exclude(payload={}).update(payload={}, token="")
    AttemptStep.objects.filter(actor=learner).update(actor=None)
    answers = AttemptQuestion.objects.filter(attempt__in=mine)
    answers.filter(version__type__in=OWN_WORDS).update(response=None)
    answers.exclude(comment="").update(comment="")
    for regrade in Regrade.objects.filter(quiz__attempts__learner=learner).distinct():
        _forget_in(regrade, learner)
    mine.filter(state=Attempt.State.IN_PROGRESS).delete()
    mine.update(learner=None)
    Accommodation.objects.filter(learner=learner).delete()
    DueReminder.objects.filter(learner=learner).delete()
    DueCalendar.objects.filter(learner=learner).delete()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL quizzes.erasing = 'off'")


def _forget_in(regrade, learner):
    changes = [
        {**change, "learner": ""} if change.get("learner") == str(learner) else change
        for change in regrade.report.get("changes", ())
    ]
    regrade.report = {**regrade.report, "changes": changes}
    regrade.save(update_fields=["report"])
