"""Bulk actions of the admin's lists that say what they will do, in numbers, before they do it."""

import functools

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.template.response import TemplateResponse

# Names on the page; the rest is a number.
MOST_NAMED = 10


class Plan:
    """What an action will do to the rows that were chosen.

    rows: those that will change; sentence: what becomes of them, such as "This will publish %(n)d courses.";
    left_out: sentences about those that won't; refused: {row: sentences that say why it can't change};
    acts: whether there is something to confirm, if not just for the rows.
    """

    def __init__(self, rows, sentence, *, left_out=(), refused=None, acts=None):
        self.sentence = sentence % {"n": len(rows)}
        self.named, self.more = rows[:MOST_NAMED], max(0, len(rows) - MOST_NAMED)
        self.left_out = left_out
        lines = [f"{row}: {' '.join(sentences)}" for row, sentences in (refused or {}).items()]
        self.refused, self.refused_more = lines[:MOST_NAMED], max(0, len(lines) - MOST_NAMED)
        self.acts = bool(rows) if acts is None else acts


def parted(rows, is_so):
    """(rows of which it is so, the others)."""
    rows = list(rows)
    return [row for row in rows if is_so(row)], [row for row in rows if not is_so(row)]


def sentence_about(rows, sentence):
    """A list of one sentence with the number of the rows, or of none where there are no rows."""
    return [sentence % {"n": len(rows)}] if rows else []


def states_counts(plan):
    """Decorates an action: it shows `plan(queryset)`, a Plan, and acts once that is confirmed.

    Between the two, rows may change: the action itself decides again what it does to which.
    """

    def decorate(act):
        @functools.wraps(act)
        def confirmed(self, request, queryset):
            if request.POST.get("confirmed") == "yes":
                return act(self, request, queryset)
            context = {
                **self.admin_site.each_context(request),
                "title": self.get_actions(request)[act.__name__][2],
                "opts": self.opts,
                "plan": plan(queryset),
                "action": act.__name__,
                "checkbox": ACTION_CHECKBOX_NAME,
                "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
                "select_across": request.POST.get("select_across", "0"),
            }
            return TemplateResponse(request, "admin/bulk_action.html", context)

        confirmed.states_counts = True
        return confirmed

    return decorate
