"""With whom a person may agree that a quiz is different for them.

An author: with the learners of the quiz's course, if the course names the author. Who may edit any quiz: with
everybody, also for every quiz at once. What an author is told of somebody else's learner, or of nobody's, is
the same sentence: it tells nothing of who has an account.
"""

from django.db import models
from django.utils.translation import gettext as _

from accounts.models import User
from courses.models import Enrolment
from quizzes.models import Accommodation, Quiz

ANY = "quizzes.edit_any_quiz"


def reachable_by(user):
    """The accommodations that a person may see and change."""
    if user.has_perm(ANY):
        return Accommodation.objects.all()
    return Accommodation.objects.filter(quiz__in=Quiz.objects.editable_by(user))


def learner_for(user, *, email, quiz):
    """The learner of an address with whom `user` may agree on `quiz` (None: every quiz), or None."""
    learners = User.objects.filter(email__iexact=email, is_active=True)
    if not user.has_perm(ANY):
        if quiz is None or not Quiz.objects.editable_by(user).filter(pk=quiz.pk).exists():
            return None
        enrolled = Enrolment.objects.active().filter(learner=models.OuterRef("pk"), course=quiz.course_id)
        learners = learners.filter(models.Exists(enrolled))
    return learners.first()


def stranger(user, *, email):
    """What `user` is told of an address that `learner_for` has nobody for."""
    if user.has_perm(ANY):
        return _("There is no learner with the address %(email)s.") % {"email": email[:100]}
    return _("No learner of the quiz's course has the address %(email)s: check it, or have them enrol.") % {
        "email": email[:100]
    }
