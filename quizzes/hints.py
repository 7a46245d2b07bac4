"""Hints for credits: bought one after another, each once per attempt and question, for ever.

A hint's text leaves the server once it is paid and not before; how many there are is no secret. The ledger's
unique constraint on an entry's source sells none twice, and the account's lock none that can't be paid.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from credits import ledger
from quizzes import attempts, grading
from quizzes.models import AttemptStep, Quiz


@dataclass(frozen=True, slots=True)
class HintOffer:
    """The next hint of a question: its number, from 1, and what it costs in credits."""

    number: int
    price: int


def price_in(attempt):
    """What a hint costs in an attempt; None where none are sold. An editor's preview costs nothing."""
    if not attempt.is_running or not attempt.quiz.sells_hints:
        return None
    return 0 if attempt.is_preview else attempt.quiz.hint_price


def shown_hints(question):
    """How many hints of an AttemptQuestion its learner may read: those paid, or earned by wrong tries."""
    return max(question.hints_bought, question.tries)


def next_hint(question, price):
    """What the learner may buy now for an AttemptQuestion at a price (or None), if anything."""
    if price is None or question.is_locked or shown_hints(question) >= len(question.version.hints):
        return None
    return HintOffer(number=shown_hints(question) + 1, price=price)


@transaction.atomic
def buy(*, attempt, position, number, price, fields=None, seen=None, at=None):
    """Pay for hint `number` of a question, with the answers of the form that asked for it.

    `price` is what the learner was shown: nothing is taken at another one. A hint that is bought already
    costs nothing. Returns the AttemptQuestion. Raises attempts.Refused or ledger.NotEnoughCredits, and then
    nothing has changed.
    """
    attempt = attempts.lock_in_time(attempt, at or timezone.now())
    if not attempt.is_running:
        raise attempts.Refused(_("This attempt is already submitted."))
    if fields:
        attempts.keep(attempt, fields, seen=seen)
    question = attempt.questions.select_related("version").filter(position=position).first()
    if question is not None and 1 <= number <= question.hints_bought:
        return question
    offer = next_hint(question, price_in(attempt)) if question is not None else None
    if offer is None or number != offer.number or _is_elsewhere(attempt, question):
        raise attempts.Refused(_("This hint is not for sale."))
    if price != offer.price:
        raise attempts.Refused(_("The price of a hint has changed: look at it again before you buy."))
    entry = _pay(attempt, question, offer)
    question.hints_bought = number
    question.save(update_fields=["hints_bought"])
    grading.add_step(
        attempt=attempt,
        kind=AttemptStep.Kind.HINT,
        payload={"position": position, "hint": number, "price": offer.price, "entry": entry and entry.pk},
    )
    attempt.save(update_fields=["sequence"])
    return question


def _is_elsewhere(attempt, question):
    """Whether it stands on a page that the learner has left or not reached."""
    return attempt.quiz.navigation == Quiz.Navigation.SEQUENTIAL and question.page != attempt.page


def _pay(attempt, question, offer):
    """The ledger's entry of the purchase; None in a preview, which is free."""
    if not offer.price:
        return None
    description = _("Hint %(hint)d to question %(position)d: %(quiz)s") % {
        "hint": offer.number,
        "position": question.position,
        "quiz": attempt.quiz.title,
    }
    entry, _created = ledger.spend(
        learner=attempt.learner,
        amount=offer.price,
        reason="hint",
        source=f"attempt:{attempt.pk}:{question.position}:{offer.number}",
        description=description[:200],
    )
    return entry
