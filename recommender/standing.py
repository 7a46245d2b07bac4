"""Where a learner stands: what they finished, are in the middle of, or do not want to see."""

from dataclasses import dataclass

from django.db import connection

from activity.models import Kind

_KINDS = {kind.value: kind.name.lower() for kind in Kind}

# One statement for all that decides what may be shown to a learner. Each branch is one index range.
_QUERY = """
SELECT 'enrolled', 0, course_id FROM courses_enrolment
    WHERE learner_id = %(learner)s AND left_at IS NULL AND completed_at IS NULL
UNION ALL
SELECT 'completed', 0, course_id FROM courses_enrolment
    WHERE learner_id = %(learner)s AND completed_at IS NOT NULL
UNION ALL
SELECT 'done', 2, attempt.quiz_id FROM quizzes_attempt attempt JOIN quizzes_quiz quiz ON quiz.id = quiz_id
    WHERE learner_id = %(learner)s AND NOT is_preview GROUP BY attempt.quiz_id, quiz.attempts_allowed
    HAVING bool_or(attempt.passed) OR (quiz.attempts_allowed > 0 AND count(*) >= quiz.attempts_allowed)
UNION ALL
SELECT answer, kind, object_id FROM recommender_feedback WHERE learner_id = %(learner)s
UNION ALL
SELECT answer, kind, object_id FROM recommender_feedback WHERE visitor = %(visitor)s
"""


@dataclass(frozen=True)
class Standing:
    """Keys of items by what a learner has to do with them."""

    enrolled: frozenset = frozenset()
    completed: frozenset = frozenset()
    done: frozenset = frozenset()
    hidden: frozenset = frozenset()
    liked: frozenset = frozenset()

    @property
    def never_shown(self):
        return self.enrolled | self.completed | self.done | self.hidden


_SET_OF = {
    "enrolled": "enrolled",
    "completed": "completed",
    "done": "done",
    "not_interested": "hidden",
    "known": "hidden",
    "more": "liked",
}


def standing(learner):
    """What a learner finished, is in the middle of, or does not want to see: one query."""
    if not learner.is_known:
        return Standing()
    sets = {name: set() for name in set(_SET_OF.values())}
    with connection.cursor() as cursor:
        parameters = {
            "learner": learner.user.pk if learner.user is not None else None,
            "visitor": learner.visitor,
        }
        cursor.execute(_QUERY, parameters)
        for relation, kind, object_id in cursor.fetchall():
            sets[_SET_OF[relation]].add(f"{_KINDS[kind]}:{object_id}")
    return Standing(**{name: frozenset(keys) for name, keys in sets.items()})
