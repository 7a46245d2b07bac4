"""What holds for one learner in a quiz: its limits, accommodations included, and why they can't start now."""

import ipaddress
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.access import active_enrolment, can_read
from credits.models import Entry
from quizzes.models import Accommodation, Attempt


@dataclass(frozen=True, slots=True)
class Terms:
    """A quiz's limits for one learner, accommodations included. `attempts_allowed` 0 is unlimited."""

    minutes: float | None
    attempts_allowed: int
    closes_at: datetime | None

    def deadline(self, started_at):
        limits = [self.closes_at] if self.closes_at else []
        if self.minutes:
            limits.append(started_at + timedelta(minutes=self.minutes))
        return min(limits, default=None)


def terms_for(quiz, learner):
    """The limits that hold for a learner. What is set for this quiz wins over what is set for every quiz."""
    return terms_of([quiz], learner)[quiz.pk]


def terms_of(quizzes, learner):
    """{id: Terms} of several quizzes for a learner; two queries at most."""
    if learner is not None and not learner.is_authenticated:
        learner = None
    own, for_all = {}, Accommodation()
    if learner is not None and quizzes:
        # A learner has few; a page that asks twice may have prefetched them.
        own = {row.quiz_id: row for row in learner.accommodations.all()}
        for_all = own.pop(None, for_all)
    bought = _bought(quizzes, learner)
    return {
        quiz.pk: _terms(
            quiz, own.get(quiz.pk, for_all), bought.get(str(quiz.pk), 0) if quiz.attempt_price else 0
        )
        for quiz in quizzes
    }


def _terms(quiz, accommodation, bought):
    closes_at = (
        accommodation.closes_at if accommodation.quiz_id and accommodation.closes_at else quiz.closes_at
    )
    minutes = quiz.time_limit * (1 + accommodation.extra_time_percent / 100) if quiz.time_limit else None
    allowed = quiz.attempts_allowed + accommodation.extra_attempts + bought if quiz.attempts_allowed else 0
    return Terms(minutes, allowed, closes_at)


def _bought(quizzes, learner):
    """{id of a quiz, as text: attempts of it that the learner has paid for}: one ledger entry each."""
    if learner is None or not any(quiz.attempt_price and quiz.attempts_allowed for quiz in quizzes):
        return {}
    paid = Entry.objects.filter(account__learner=learner, reason="extra_attempt")
    sources = paid.values_list("source", flat=True)
    return Counter(source.split(":")[1] for source in sources if source.startswith("quiz:"))


def refusal(*, quiz, learner, terms=None, at=None):
    """The sentence that says why a learner can't start now, or None."""
    at = at or timezone.now()
    terms = terms or terms_for(quiz, learner)
    if not quiz.is_published:
        return _("This quiz is not published.")
    if quiz.opens_at and at < quiz.opens_at:
        return _("This quiz opens on %(time)s.") % {"time": _shown(quiz.opens_at)}
    if terms.closes_at and at >= terms.closes_at:
        return _("This quiz closed on %(time)s.") % {"time": _shown(terms.closes_at)}
    sentence = _course_refusal(quiz, learner, at)
    if sentence:
        return sentence
    finished = Attempt.objects.of(learner).filter(quiz=quiz).finished()
    if terms.attempts_allowed and finished.count() >= terms.attempts_allowed:
        return ngettext(
            "You have used the one attempt that this quiz allows.",
            "You have used the %(count)d attempts that this quiz allows.",
            terms.attempts_allowed,
        ) % {"count": terms.attempts_allowed}
    if quiz.attempt_delay:
        last = finished.order_by("-submitted_at").values_list("submitted_at", flat=True).first()
        again = last + timedelta(minutes=quiz.attempt_delay) if last else None
        if again and at < again:
            return _("You can try again from %(time)s.") % {"time": _shown(again)}
    return None


def _course_refusal(quiz, learner, at):
    """A quiz of a lesson is open to whoever may read the lesson; one of a priced course, to who unlocked
    it.
    """
    if quiz.lesson_id is not None:
        if not can_read(quiz.lesson, learner, at=at):
            return _("This quiz belongs to a lesson of a course: enrol in the course to take it.")
    elif quiz.course_id is not None and quiz.course.price and active_enrolment(quiz.course, learner) is None:
        return _("This quiz belongs to a course: unlock the course to take it.")
    return None


def _shown(moment):
    return timezone.localtime(moment).strftime("%d %B %Y, %H:%M")


def admits(quiz, address):
    """Whether a quiz may be taken from an IP address."""
    if not quiz.ip_ranges:
        return True
    try:
        host = ipaddress.ip_address(address or "")
        return any(host in ipaddress.ip_network(allowed.strip(), strict=False) for allowed in quiz.ip_ranges)
    except ValueError:
        return False
