"""Taking a quiz: start, save, check, submit, expire. Each verb is one transaction under the attempt's row
lock.

The server's clock decides. Steps carry numbers; one that comes late or twice changes nothing. Submitting an
attempt that is already submitted returns it as it is: whoever is second sees the first one's result.
"""

import ipaddress
import random
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.access import active_enrolment, can_read
from credits import ledger
from credits.models import Entry
from quizzes import behaviours, grading
from quizzes.models import Accommodation, Attempt, AttemptQuestion, AttemptStep, Quiz
from quizzes.responses import read_response

STARTS_A_MINUTE = 20
SAVED, REPEATED, LATE, CLOSED = "saved", "repeated", "late", "closed"


class Refused(Exception):
    """Why an attempt can't start, as a sentence for the learner."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a save: its outcome, the number of the attempt's last step, and the server's time."""

    outcome: str
    sequence: int
    at: datetime


# ------------------------------------------------------------------------------------------------ start


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


def start(*, quiz, learner, password="", address=None, preview=False, at=None):
    """The learner's running attempt: the one they have, or a new one. Raises Refused.

    A preview is an editor's own attempt: it needs no open quiz and counts for nothing.
    """
    at = at or timezone.now()
    running = Attempt.objects.filter(quiz=quiz, learner=learner, state=Attempt.State.IN_PROGRESS).first()
    if running is not None:
        running = finish_if_due(attempt=running, at=at)
        if running.is_running:
            return running
    terms = terms_for(quiz, learner)
    if (
        Attempt.objects.filter(learner=learner, started_at__gt=at - timedelta(minutes=1)).count()
        >= STARTS_A_MINUTE
    ):
        raise Refused(_("You started many attempts in a minute: wait a moment, then start again."))
    if not preview:
        sentence = refusal(quiz=quiz, learner=learner, terms=terms, at=at)
        if sentence is None and not admits(quiz, address):
            sentence = _("This quiz can't be taken from your network.")
        if sentence is None and quiz.password and not constant_time_compare(quiz.password, password):
            sentence = _("That is not the password of this quiz.")
        if sentence is not None:
            raise Refused(sentence)
    try:
        with transaction.atomic():
            return _create(quiz, learner, terms, preview, at)
    except IntegrityError:
        # Another request of this learner was faster; theirs is the attempt.
        return Attempt.objects.get(quiz=quiz, learner=learner, state=Attempt.State.IN_PROGRESS)


def _create(quiz, learner, terms, preview, at):
    seed = secrets.randbits(62)
    last = Attempt.objects.filter(quiz=quiz, learner=learner).order_by("-number").first()
    attempt = Attempt.objects.create(
        quiz=quiz,
        learner=learner,
        number=last.number + 1 if last else 1,
        seed=seed,
        is_preview=preview,
        started_at=at,
        deadline=None if preview else terms.deadline(at),
    )
    rows = [
        AttemptQuestion(attempt=attempt, position=place, **row)
        for place, row in enumerate(lay_out(quiz, random.Random(seed)), start=1)  # noqa: S311  not a secret
    ]
    if not rows:
        raise Refused(_("This quiz has no questions yet."))
    AttemptQuestion.objects.bulk_create(rows)
    attempt.max_mark = sum(row.max_mark for row in rows)
    attempt.save(update_fields=["max_mark"])
    return attempt


def lay_out(quiz, rng):
    """Fields of the questions of one attempt, in order: drawn, shuffled and varied by `rng`."""
    slots = list(quiz.slots.select_related("question__current"))
    taken = {slot.question_id for slot in slots if slot.question_id}
    pools, chosen = {}, []
    for slot in slots:
        question = slot.question
        if question is None:
            rule = (slot.draw_bank_id, slot.draw_tag, slot.draw_skill_id)
            if rule not in pools:
                pools[rule] = list(slot.candidates().select_related("current").order_by("pk"))
                rng.shuffle(pools[rule])
            pool = pools[rule]
            question = next((candidate for candidate in pool if candidate.pk not in taken), None)
            if question is None:
                continue
            taken.add(question.pk)
        if question.current is not None:
            chosen.append((slot, question.current))
    if quiz.shuffle_questions:
        chosen = _shuffled_within_sections(chosen, rng)
    rows = []
    for place, (slot, version) in enumerate(chosen, start=1):
        kind = version.kind
        rows.append(
            {
                "slot": slot.position,
                "page": place if quiz.one_per_page else slot.page,
                "section": slot.section,
                "version": version,
                "variant": kind.draw(version.data, rng, shuffle=quiz.shuffle_answers),
                "max_mark": slot.max_mark if kind.is_graded else 0.0,
            }
        )
    return rows


def _shuffled_within_sections(chosen, rng):
    """Questions change places within their section; pages and headings stay where they are."""
    groups, result = {}, []
    for slot, version in chosen:
        groups.setdefault((slot.page, slot.section), []).append((slot, version))
    for entries in groups.values():
        rng.shuffle(entries)
        result += entries
    return result


def buy(*, quiz, learner):
    """Pay for one more attempt, once the allowed ones are used. Raises Refused or ledger.NotEnoughCredits."""
    terms = terms_for(quiz, learner)
    finished = Attempt.objects.of(learner).filter(quiz=quiz).finished().count()
    if not quiz.attempt_price or not terms.attempts_allowed or finished < terms.attempts_allowed:
        raise Refused(_("There is no attempt to buy: you can start one."))
    # The number of attempts so far names the purchase, so that a form sent twice pays once.
    return ledger.spend(
        learner=learner,
        amount=quiz.attempt_price,
        reason="extra_attempt",
        source=f"quiz:{quiz.pk}:{finished}",
        description=(_("One more attempt: %(quiz)s") % {"quiz": quiz.title})[:200],
    )


# ------------------------------------------------------------------------------------------------- save


def lock_in_time(attempt, at):
    """The attempt, its row locked until the transaction ends; submitted by the server if its time is up."""
    attempt = _locked(attempt)
    if _is_due(attempt, at):
        grading.finish(attempt=attempt, by="time", at=attempt.deadline)
    return attempt


def _locked(attempt):
    return (
        Attempt.objects.select_for_update(of=("self",)).select_related("quiz", "learner").get(pk=attempt.pk)
    )


def _is_due(attempt, at):
    return attempt.is_running and attempt.deadline is not None and at >= attempt.deadline


def finish_if_due(*, attempt, at=None):
    """The attempt, submitted by the server if its time is up; one result whoever comes first."""
    at = at or timezone.now()
    if not _is_due(attempt, at):
        return attempt
    with transaction.atomic():
        return lock_in_time(attempt, at)


@transaction.atomic
def save(*, attempt, fields, sequence=None, token="", client_time=None, seen=None, at=None):
    """Keep answers of a running attempt.

    fields: {position: {field: values}} as `responses.fields_by_position` reads them; sequence: the number the
    page gives this step, or None for the next; token: the page's name for this save, by which a repetition of
    it is known, whatever its number; seen: as `responses.seen_by_position` reads it. Returns Saved: "late"
    means that another page has written since, and nothing was changed.
    """
    at = at or timezone.now()
    attempt = lock_in_time(attempt, at)
    if not attempt.is_running:
        return Saved(CLOSED, attempt.sequence, at)
    if sequence is not None:
        # An older answer that was kept before must not come back after a newer one.
        if token and attempt.steps.filter(token=token).exists():
            return Saved(REPEATED, attempt.sequence, at)
        if sequence <= attempt.sequence:
            return Saved(LATE, attempt.sequence, at)
    keep(attempt, fields, seen=seen, sequence=sequence, token=token, client_time=client_time)
    return Saved(SAVED, attempt.sequence, at)


def keep(attempt, fields, *, seen=None, sequence=None, token="", client_time=None):
    """Store the answers that differ, as one step of a locked attempt.

    Locked questions and pages left behind keep theirs. A form carries every question of its page,
    also those that nobody touched there. Where the answer is still the one that the page was made with, what
    was saved elsewhere since (by the page before a reload, by another tab or device) stays.
    """
    questions = attempt.questions.filter(position__in=fields, is_locked=False).select_related("version")
    if attempt.quiz.navigation == Quiz.Navigation.SEQUENTIAL:
        questions = questions.filter(page=attempt.page)
    shown = _shown_at(attempt, seen or {})
    changed = {}
    for question in questions:
        response, certainty, is_flagged = read_response(question, fields[question.position])
        before = (question.response, question.certainty, question.is_flagged)
        if (response, certainty, is_flagged) not in (before, shown.get(question.position, before)):
            question.response, question.certainty, question.is_flagged = response, certainty, is_flagged
            question.save(update_fields=["response", "certainty", "is_flagged"])
            changed[str(question.position)] = {
                "response": response,
                "certainty": certainty,
                "flagged": is_flagged,
            }
    if changed or sequence is not None:
        grading.add_step(
            attempt=attempt,
            kind=AttemptStep.Kind.SAVE,
            payload={"answers": changed},
            sequence=sequence,
            token=token,
            client_time=client_time,
        )
        attempt.save(update_fields=["sequence"])


def _shown_at(attempt, seen):
    """{position: (response, certainty, flagged)} as they stood at the steps of `seen`, if past."""
    seen = {position: step for position, step in seen.items() if step < attempt.sequence}
    if not seen:
        return {}
    shown = dict.fromkeys(seen, (None, None, False))
    saves = attempt.steps.filter(kind=AttemptStep.Kind.SAVE, sequence__lte=max(seen.values()))
    for sequence, payload in saves.order_by("sequence").values_list("sequence", "payload"):
        for position, answer in payload.get("answers", {}).items():
            if sequence <= seen.get(int(position), -1):
                shown[int(position)] = (answer["response"], answer["certainty"], answer["flagged"])
    return shown


@transaction.atomic
def turn_page(*, attempt, page):
    """Move on to a page; with sequential navigation there is no way back. Returns the page reached."""
    attempt = _locked(attempt)
    if attempt.is_running:
        last = attempt.questions.order_by("-page").values_list("page", flat=True).first() or 1
        wanted = min(max(page, 1), last)
        if attempt.quiz.navigation == Quiz.Navigation.SEQUENTIAL:
            wanted = max(attempt.page, min(wanted, attempt.page + 1))
        attempt.page = wanted
        attempt.save(update_fields=["page"])
    return attempt.page


@transaction.atomic
def check(*, attempt, position, fields, token="", seen=None, at=None):
    """Save one answer and mark it at once, where the quiz's behaviour allows. Returns the AttemptQuestion.

    Raises Refused.
    """
    attempt = lock_in_time(attempt, at or timezone.now())
    if not attempt.is_running:
        raise Refused(_("This attempt is already submitted."))
    if not attempt.quiz.checks_answers:
        raise Refused(_("Answers of this quiz are marked when it is submitted."))
    keep(attempt, fields, seen=seen, token=token)
    question = attempt.questions.select_related("version").filter(position=position).first()
    if question is None or question.version.kind.needs_person:
        raise Refused(_("This question can't be checked."))
    if question.is_locked:
        return question
    if question.response is None:
        raise Refused(_("Answer the question before you check it."))
    before = question.tries
    grade = grading.mark_question(attempt.quiz, question)
    question.tries = before + 1
    question.is_locked = behaviours.locks(attempt.quiz, grade.fraction, question.tries)
    question.save(update_fields=grading.MARKING_FIELDS)
    grading.add_step(
        attempt=attempt,
        kind=AttemptStep.Kind.CHECK,
        payload={"position": position, "response": question.response, "fraction": grade.fraction},
    )
    attempt.save(update_fields=["sequence"])
    return question


@transaction.atomic
def note_focus(*, attempt, client_time=None):
    """Write down that the page lost focus, where the quiz has told the learner that it does."""
    attempt = _locked(attempt)
    if attempt.is_running and attempt.quiz.logs_focus:
        grading.add_step(attempt=attempt, kind=AttemptStep.Kind.FOCUS, client_time=client_time)
        attempt.save(update_fields=["sequence"])


# ----------------------------------------------------------------------------------------------- submit


@transaction.atomic
def submit(*, attempt, fields=None, at=None):
    """Submit and mark an attempt, with the answers of a last form; a second time changes nothing."""
    at = at or timezone.now()
    attempt = lock_in_time(attempt, at)
    if not attempt.is_running:
        return attempt
    if fields:
        keep(attempt, fields)
    grading.finish(attempt=attempt, by="learner", at=at)
    return attempt


def submit_due(*, at=None, limit=1000):
    """Submit the attempts whose time is up, each in its own transaction. Returns how many."""
    at = at or timezone.now()
    submitted = 0
    for attempt in Attempt.objects.due(at).order_by("deadline")[:limit]:
        submitted += not finish_if_due(attempt=attempt, at=at).is_running
    return submitted
