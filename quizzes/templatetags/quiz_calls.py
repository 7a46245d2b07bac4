"""`{% quiz_calls lesson %}`: the call to each quiz at the end of a lesson, naming its credits."""

from django import template

from quizzes.models import Quiz

register = template.Library()


@register.inclusion_tag("quizzes/calls.html", takes_context=True)
def quiz_calls(context, lesson):
    """One query; a lesson without quizzes draws nothing."""
    request = context.get("request")
    learner = request.user if request is not None else None
    quizzes = Quiz.objects.open().filter(lesson=lesson).with_question_count().for_learner(learner)
    return {"quizzes": quizzes.order_by("pk")}
