"""`{% quiz_calls lesson %}`: the call to each quiz at the end of a lesson, naming its credits."""

from django import template

from quizzes.due import dues
from quizzes.models import Quiz

register = template.Library()


@register.inclusion_tag("quizzes/calls.html", takes_context=True)
def quiz_calls(context, lesson):
    """One query, four where a quiz has a due date; a lesson without quizzes draws nothing."""
    request = context.get("request")
    learner = request.user if request is not None else None
    quizzes = Quiz.objects.open().filter(lesson=lesson).with_question_count().for_learner(learner)
    quizzes = list(quizzes.order_by("pk"))
    enrolment = context.get("enrolment")
    due = dues([enrolment], quizzes) if quizzes and enrolment is not None else {}
    for quiz in quizzes:
        quiz.due = due.get((enrolment.learner_id, quiz.pk)) if due else None
    return {"quizzes": quizzes}
