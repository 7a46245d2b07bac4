"""Which bank questions go to. A course's bank is its authors'; one without a course is the editors' alone."""

from django.utils.translation import gettext as _

from quizzes.models import QuestionBank

DEFAULT_BANK = "Questions"
LONGEST = 200


class NotYours(ValueError):
    """Why a person can't write into the bank that they named, as a sentence."""


def named_for(user, *, name, quiz=None):
    """The bank that a person named: theirs of that name, or a new one (unsaved) of the quiz's course.

    Raises NotYours, which says no more of another's bank than that the name is taken.
    """
    bank = QuestionBank.objects.filter(name=name).first()
    if bank is not None:
        if not QuestionBank.objects.editable_by(user).filter(pk=bank.pk).exists():
            raise NotYours(_("This name belongs to a bank of others: choose another."))
        return bank
    course = quiz.course if quiz is not None else None
    if course is None and not user.has_perm("quizzes.edit_any_quiz"):
        raise NotYours(_("A new bank belongs to a course: choose a quiz of it, or make the bank first."))
    return QuestionBank(name=name, course=course)


def of_course(course):
    """The bank for questions of a course that name none, made where there is none; the site's without one."""
    if course is None:
        return QuestionBank.objects.get_or_create(name=DEFAULT_BANK)[0]
    return QuestionBank.objects.filter(course=course).order_by("pk").first() or make(
        course=course, name=course.title
    )


def make(*, course, name):
    """A bank of a course. Names are unique: where another bank has this one, the new one is numbered."""
    name = name.strip()[:LONGEST]
    found, number = name, 2
    while QuestionBank.objects.filter(name=found).exists():
        ending = f" {number}"
        found, number = f"{name[: LONGEST - len(ending)]}{ending}", number + 1
    return QuestionBank.objects.create(name=found, course=course)
