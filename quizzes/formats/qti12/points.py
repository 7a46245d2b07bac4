"""What an item is worth, wherever its file says it."""

from quizzes.formats.qti12.material import RESPONSES
from quizzes.formats.text import number

# Canvas and Blackboard say points, Brightspace and cartridges call them weighting.
_NAMES = ("points_possible", "qmd_absolutescore_max", "cc_weighting", "respondusapi_qpoints")
# Variables that hold the points of the item itself.
_SCORES = {"SCORE", "WRITINGSCORE"}
_PER_CENT = 100


def points_of(item, rules) -> float:
    """Points of the item, 0 where the file says that it gives none, and 1 where it says nothing."""
    if item.group is not None and item.group.points is not None:
        return max(item.group.points, 0.0)
    names = [*_NAMES, "qmd_weighting"] if "qmd_questiontype" in item.meta else _NAMES
    said = [value for name in names if (value := number(item.meta.get(name))) is not None and value >= 0]
    if said:
        return next((value for value in said if value > 0), 0.0)
    declared = _declared(item)
    if declared is not None and (declared > 0 or not any((rule.worth or 0) > 0 for rule in rules)):
        return declared
    return (_summed(item, rules) if "QUESTIONTYPE" in item.meta else 0.0) or 1.0


def _declared(item) -> float | None:
    """The most that the item's score may become; a hundred are per cent."""
    if item.meta.get("cc_profile"):
        return None
    for node in item.element.iter("decvar"):
        most = number(node.get("maxvalue"))
        if (node.get("varname") or "").upper() in _SCORES and most is not None and 0 <= most != _PER_CENT:
            return most
    return None


def _summed(item, rules) -> float:
    """ILIAS: nothing but the rules says points. What may be chosen together adds up; of answers that exclude
    each other the best counts.
    """
    together = any(
        (node.get("rcardinality") or "").lower() in ("multiple", "ordered")
        for node in item.presentation.iter()
        if node.tag in RESPONSES
    )
    best: dict = {}
    for rule in rules:
        asked = rule.wants or rule.forbids or [(ident, "") for ident in rule.bounds]
        if not asked or not rule.worth or rule.worth < 0:
            continue
        ident, value = asked[0]
        # A place of an order and both sides of a pair are each a thing of their own.
        key = (ident, value, rule.place, tuple(asked[1:])) if together else ident
        best[key] = max(best.get(key, 0.0), rule.worth)
    return sum(best.values())
