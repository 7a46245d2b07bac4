"""`{% due_dates enrolment %}`: by when the quizzes of a course have to be handed in."""

from django import template
from django.utils.translation import gettext as _

from quizzes.due import dues
from quizzes.models import Quiz

register = template.Library()


@register.inclusion_tag("quizzes/due_list.html")
def due_dates(enrolment):
    """Three queries at most; draws nothing for a visitor, or where nothing has a due date."""
    if enrolment is None:
        return {"dues": []}
    found = dues([enrolment], Quiz.objects.reachable().filter(course=enrolment.course_id))
    return {
        "dues": sorted(found.values(), key=lambda due: (due.at, due.quiz.pk)),
        "title": _("Due dates"),
    }
