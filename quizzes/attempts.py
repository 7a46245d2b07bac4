"""Taking a quiz: start, save, check, submit, expire. Each verb is one transaction under the attempt's row
lock.

The server's clock decides. Steps carry numbers; one that comes late or twice changes nothing. Submitting an
attempt that is already submitted returns it as it is: whoever is second sees the first one's result.
"""

import logging
import random
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from credits import ledger
from jobs import locks
from quizzes import behaviours, grading, pauses
from quizzes.layout import lay_out
from quizzes.models import Attempt, AttemptQuestion, AttemptStep, Quiz
from quizzes.responses import read_response
from quizzes.terms import admits, refusal, terms_for

logger = logging.getLogger(__name__)

STARTS_A_MINUTE = 20
SAVED, REPEATED, LATE, CLOSED = "saved", "repeated", "late", "closed"


class Refused(Exception):
    """Why an attempt can't start, as a sentence for the learner."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a save: its outcome, the number of the attempt's last step, and the server's time.

    `seconds_left` is None where the attempt is over, has no limit or its clock stands still.
    """

    outcome: str
    sequence: int
    at: datetime
    seconds_left: int | None = None


# ------------------------------------------------------------------------------------------------ start


def start(*, quiz, learner, password="", address=None, preview=False, at=None):
    """The learner's running attempt: the one they have, or a new one. Raises Refused.

    A preview is an editor's own attempt: it needs no open quiz and counts for nothing.
    """
    at = at or timezone.now()
    pauses.settle()
    running = _running(quiz, learner)
    if running is not None:
        running = finish_if_due(attempt=running, at=at)
        if running.is_running:
            return running
    with transaction.atomic():
        # What another device of this learner starts and submits meanwhile counts: starts queue up.
        locks.queue_up(f"starts of learner {learner.pk}")
        return _running(quiz, learner) or _start(quiz, learner, password, address, preview, at)


def _running(quiz, learner):
    return Attempt.objects.filter(quiz=quiz, learner=learner, state=Attempt.State.IN_PROGRESS).first()


def _start(quiz, learner, password, address, preview, at):
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
    return _create(quiz, learner, terms, preview, at)


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
    return (
        attempt.is_running
        and attempt.deadline is not None
        and at >= attempt.deadline
        and not pauses.stands_still(attempt.deadline)
    )


def seconds_left(attempt, *, at=None):
    """Whole seconds of a running attempt; None where it has no limit or its clock stands still."""
    if attempt.deadline is None or pauses.stands_still(attempt.deadline):
        return None
    return max(0, int((attempt.deadline - (at or timezone.now())).total_seconds()))


def finish_if_due(*, attempt, at=None):
    """The attempt, submitted by the server if its time is up; one result whoever comes first."""
    at = at or timezone.now()
    if attempt.is_running and pauses.settle():
        attempt.refresh_from_db(fields=["deadline"])
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
            return Saved(REPEATED, attempt.sequence, at, seconds_left(attempt, at=at))
        if sequence <= attempt.sequence:
            return Saved(LATE, attempt.sequence, at, seconds_left(attempt, at=at))
    keep(attempt, fields, seen=seen, sequence=sequence, token=token, client_time=client_time)
    return Saved(SAVED, attempt.sequence, at, seconds_left(attempt, at=at))


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

    The answer that was checked last is not checked again: it costs no further try. Raises Refused.
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
    tries = grading.tries_of(attempt).get(position, [])
    if tries and tries[-1] == question.response:
        # A form that was sent twice, or an answer that is tried again as it was: known, and free.
        return question
    grade = grading.mark_question(attempt.quiz, question, tries=tries)
    question.tries += 1
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
    """Submit the attempts whose time is up, each in its own transaction. Returns how many.

    One that can't be marked is told to the log, tried again by the next sweep, and keeps no other waiting.
    """
    at = at or timezone.now()
    pauses.settle()
    submitted = 0
    for attempt in Attempt.objects.due(at).order_by("deadline")[:limit]:
        try:
            submitted += not finish_if_due(attempt=attempt, at=at).is_running
        except Exception:
            logger.exception("attempt %d could not be submitted at its time", attempt.pk)
    return submitted
