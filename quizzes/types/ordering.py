"""Ordering: put items into the right order.

data: {"items": [md, in the right order], "marking": one of MARKINGS}
response: the items' numbers in the learner's order

- position: each item in its own place earns its share;
- distance: each item earns the less, the further it lies from its place;
- relation: each pair of items in the right relative order earns its share, so that one item moved does not
  cost the whole rest;
- next, next_and_last: each item earns its share if the right one follows it; next_and_last asks of the last
  item that nothing follows;
- neighbours: each item earns half its share for what stands before it and half for what stands after it;
- subset: the longest row of items that stand in the right relative order, whatever stands between them;
- run: the longest row of items with none missing between, whatever stands between them;
- all_or_nothing.
"""

from bisect import bisect_left
from itertools import combinations, pairwise

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.types.base import AnswerClass, Grade, QuestionType, first, is_text, register

MARKINGS = (
    "position",
    "distance",
    "relation",
    "next",
    "next_and_last",
    "neighbours",
    "subset",
    "run",
    "all_or_nothing",
)


@register
class Ordering(QuestionType):
    name = "ordering"
    label = gettext_lazy("Ordering")
    widget = "ordering"

    def validate(self, data):
        items = data.get("items")
        if not isinstance(items, list) or not 2 <= len(items) <= 50:
            return [_("Give from 2 to 50 items in their right order.")]
        problems = []
        if not all(is_text(item) for item in items):
            problems.append(_("Each item must be text."))
        elif len(set(items)) < len(items):
            problems.append(_("Two items are the same; their order could not be told."))
        if data.get("marking", "position") not in MARKINGS:
            problems.append(_("The marking is one of: %(names)s.") % {"names": ", ".join(MARKINGS)})
        return problems

    def draw(self, data, rng, *, shuffle=True):
        # Always shuffled, and never into the right order.
        order = list(range(len(data["items"])))
        while order == sorted(order):
            rng.shuffle(order)
        return {"order": order}

    def present(self, data, variant, response, html, text):
        place_of = {number: place for place, number in enumerate(response or ())}
        count = len(data["items"])
        # Answered items are listed in the learner's order; fields keep their names, so nothing else changes.
        shown = sorted(enumerate(variant["order"]), key=lambda entry: place_of.get(entry[1], entry[0]))
        return {
            "rows": [
                {
                    "field": f"row{row}",
                    "html": html(data["items"][number]),
                    "options": [
                        {"value": place, "text": str(place), "checked": place_of.get(number) == place - 1}
                        for place in range(1, count + 1)
                    ],
                }
                for row, number in shown
            ]
        }

    def read(self, data, variant, fields):
        places = {}
        for row, number in enumerate(variant["order"]):
            raw = first(fields, f"row{row}")
            if raw.isascii() and raw.isdigit() and 1 <= int(raw) <= len(variant["order"]):
                places[number] = int(raw)
        if not places:
            return None
        # Ties and items without a place keep the order in which they were shown.
        return sorted(variant["order"], key=lambda number: places.get(number, len(variant["order"]) + 1))

    def grade(self, data, response, variant):
        count = len(data["items"])
        if not isinstance(response, list) or sorted(response) != list(range(count)):
            return Grade(0.0)
        parts = tuple(float(number == place) for place, number in enumerate(response))
        return Grade(_share(data.get("marking", "position"), response), parts=parts)

    def size(self, data):
        return len(data["items"])

    def right_answer(self, data, variant):
        return " → ".join(data["items"])

    def summarise(self, data, response, variant):
        return " → ".join(data["items"][number] for number in response or ())

    def random_guess_score(self, data):
        return None

    def answer_classes(self, data):
        return [
            AnswerClass(f"{place}:{number}", f"{place + 1}. {item}", float(place == number))
            for number, item in enumerate(data["items"])
            for place in range(len(data["items"]))
        ]

    def classify(self, data, response):
        return [f"{place}:{number}" for place, number in enumerate(response or ())]

    lines_help = gettext_lazy("One item a line, in the right order.")

    def to_lines(self, data):
        return None if any("\n" in item for item in data["items"]) else "\n".join(data["items"])

    def from_lines(self, lines, data):
        return {**data, "items": lines}

    def fragments(self, data):
        yield from data.get("items", ())


def _share(marking, order):
    """What an order is worth, from 0 to 1. `order`: the numbers from 0 to count - 1, two at least."""
    count = len(order)
    followers = sum(after == before + 1 for before, after in pairwise(order))
    match marking:
        case "all_or_nothing":
            return float(order == sorted(order))
        case "distance":
            near = sum(count - 1 - abs(number - place) for place, number in enumerate(order))
            return near / (count * (count - 1))
        case "relation":
            return sum(before < after for before, after in combinations(order, 2)) / (count * (count - 1) / 2)
        case "next":
            return followers / (count - 1)
        case "next_and_last":
            return (followers + (order[-1] == count - 1)) / count
        case "neighbours":
            # Each pair of neighbours counts for both; the ends count for having nothing beside them.
            return (2 * followers + (order[0] == 0) + (order[-1] == count - 1)) / (2 * count)
        case "subset":
            return _row(_longest_rising(order), count)
        case "run":
            return _row(_longest_run(order), count)
    return sum(number == place for place, number in enumerate(order)) / count


def _row(length, count):
    """A single item is no row."""
    return length / count if length > 1 else 0.0


def _longest_rising(order):
    """Length of the longest rising subsequence, by the smallest end of each length."""
    ends = []
    for number in order:
        place = bisect_left(ends, number)
        ends[place : place + 1] = [number]
    return len(ends)


def _longest_run(order):
    """How many items at most follow each other; what stands between them does not count."""
    length = {}
    for number in order:
        length[number] = length.get(number - 1, 0) + 1
    return max(length.values())
