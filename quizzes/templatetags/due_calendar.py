"""`{% due_calendar_address %}`: the private address of a learner's due dates, and how to change it."""

from django import template

from quizzes import due_calendar
from quizzes.models import DueCalendar

register = template.Library()


@register.inclusion_tag("quizzes/due_calendar.html", takes_context=True)
def due_calendar_address(context):
    """One query."""
    request = context["request"]
    calendar = DueCalendar.objects.filter(learner=request.user).first()
    address = due_calendar.address(calendar) if calendar is not None else ""
    webcal = f"webcal://{address.partition('://')[2]}" if address else ""
    return {"request": request, "address": address, "webcal": webcal}
