"""What Sakai writes in its own way: gaps without points, words and bounds with a bar between them, and pairs
whose rules name the answer and then the prompt.
"""

import re

from quizzes.formats.feedback import is_for_right
from quizzes.formats.qti12.item import labels_of
from quizzes.formats.text import number

_GAP = re.compile(r"FI[BN]\d+")


def settle(item, rules) -> None:
    """Give each rule of a typed gap what it says elsewhere: all gaps count alike, whatever `setvar` says."""
    if item.meta.get("qmd_itemtype", "").lower() not in ("fill in the blank", "numeric response"):
        return
    for rule in rules:
        if not rule.wants or not all(_GAP.fullmatch(ident) for ident, _value in rule.wants):
            continue
        rule.worth, rule.action, rule.has_wildcards = 1.0, "add", True
        rule.case = item.meta.get("CASE_SENSITIVE", "").lower() == "true"
        rule.wants = [
            (ident, part.strip()) for ident, value in rule.wants for part in value.split("|") if part.strip()
        ]
        if rule.wants[0][0].startswith("FIN") and len(rule.wants) == 2:
            low, high = (number(value) for _ident, value in rule.wants)
            if low is not None and high is not None:
                rule.bounds[rule.wants[0][0]] = {"low": min(low, high), "high": max(low, high)}
                rule.wants = []
    if item.meta.get("MUTUALLY_EXCLUSIVE", "").lower() == "true" and len(rules) > 1:
        item.notes.append("There no answer could be given in two gaps; here it can.")


def couples(response, rules) -> list[tuple[str, str]]:
    """[(prompt, answer)] of a group in which only prompts have a `match_max`; empty where none or all do."""
    labels = labels_of(response)
    prompts = {key for key, node in labels.items() if node.get("match_max")}
    if not prompts or prompts == set(labels):
        return []
    return [
        (value, ident)
        for rule in rules
        if (rule.worth or 0) > 0 or any(is_for_right(link) for link in rule.feedback)
        for ident, value in rule.wants
        if value in prompts and ident in labels
    ]
