"""Reasons in words. The engine says what carried the score; this says it to a person."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def sentence(reason, snapshot, learner_events):
    """One sentence for a `serving.request.Reason`, true of the suggestion it came with."""
    card = snapshot.cards.get(reason.item) if reason.item else None
    match reason.code:
        case "history" if card is not None:
            return _from_history(card, _last_verb(reason.item, learner_events))
        case "again" if card is not None:
            failed = _last_verb(reason.item, learner_events) == "failed"
            return _("You did not pass this yet") if failed else _("You looked at this before")
        case "page" if card is not None:
            return _("Goes well with “%(title)s”") % {"title": card.title}
        case "interest" if reason.topic:
            return _("You are interested in %(topic)s") % {"topic": _topic(snapshot, reason.topic)}
        case "skill" if reason.topic:
            return _("Fits what you can do in %(topic)s") % {"topic": _topic(snapshot, reason.topic)}
        case "prerequisite" if card is not None:
            return pgettext("reason", "First: it prepares you for “%(title)s”") % {"title": card.title}
        case "new":
            return _("New, and close to what you learn")
        case "moment":
            return _("Often chosen at this time")
        case "profile":
            return _("Chosen by learners like you")
        case _:
            return _("Popular with learners lately")


def _from_history(card, verb):
    titles = {"title": card.title}
    match verb:
        case "completed":
            return _("Because you finished “%(title)s”") % titles
        case "passed":
            return _("Because you passed “%(title)s”") % titles
        case "failed":
            return _("Helps with “%(title)s”, which you did not pass yet") % titles
        case "enrolled":
            return _("Because you enrolled in “%(title)s”") % titles
        case "rated":
            return _("Because you rated “%(title)s”") % titles
        case _:
            return _("Because you looked at “%(title)s”") % titles


def _last_verb(item, events):
    return next((event.verb for event in reversed(events) if event.item == item), "viewed")


def _topic(snapshot, slug):
    return snapshot.topic_names.get(slug, slug)
