"""Where to continue, in the weekly digest."""

from django.utils.translation import gettext as _

from courses.models import Enrolment
from notices.digest import Line, Part

SHOWN = 3


def under_way(learner):
    """A part of the digest: the courses that a learner is in the middle of, or None."""
    enrolments = Enrolment.objects.filter(learner=learner).current().select_related("course")[:SHOWN]
    lines = [
        Line(
            row.course.title,
            row.course.get_absolute_url(),
            _("%(percent)d %% done") % {"percent": row.percent},
        )
        for row in enrolments
    ]
    return Part(_("Go on where you stopped"), lines) if lines else None
