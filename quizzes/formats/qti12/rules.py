"""Rules of an item: which answers they want, what those are worth, and what is told then."""

from dataclasses import dataclass, field

from quizzes.formats.feedback import is_for_right, is_general
from quizzes.formats.markup import to_markdown
from quizzes.formats.safe_xml import text_of
from quizzes.formats.text import literal, number


@dataclass(slots=True)
class Rule:
    """One respcondition: the answers it wants (respident, value), those it forbids, its worth, its
    feedback.
    """

    wants: list = field(default_factory=list)
    forbids: list = field(default_factory=list)
    bounds: dict = field(default_factory=dict)
    substrings: list = field(default_factory=list)
    case: bool = False
    worth: float | None = None
    action: str = "set"
    feedback: list = field(default_factory=list)
    told: str = ""
    """Feedback that stands in the rule itself, as its file has it."""
    title: str = ""
    is_other: bool = False
    place: int | None = None
    """The place at which an order wants the answer."""
    named: str = ""
    """What a condition without a value names."""
    has_wildcards: bool = False
    """Whether a star in a wanted word stands for any characters."""


def rules_of(element) -> list[Rule]:
    return [_rule(node) for node in element.iter("respcondition")]


def _rule(node) -> Rule:
    rule = Rule(title=(node.get("title") or "").lower())
    condition = node.find("conditionvar")
    if condition is not None:
        _conditions(condition, rule, forbidden=False)
    for setvar in node.findall("setvar"):
        if "incorrect" in (setvar.get("varname") or "").lower():
            continue  # Respondus counts wrong answers in a variable of its own.
        value = text_of(setvar)
        rule.action = (setvar.get("action") or "Set").lower()
        worth = 1.0 if value.upper().endswith(".MAX") else number(value)
        if worth is not None:
            rule.worth = -worth if rule.action == "subtract" else worth
            rule.action = "max" if value.upper().endswith(".MAX") else rule.action
    rule.feedback = [
        found.get("linkrefid") for found in node.findall("displayfeedback") if found.get("linkrefid")
    ]
    told = (text_of(found) for found in node.findall("displayfeedback"))
    rule.told = next((text for text in told if text and text != "null"), "")
    return rule


def _conditions(node, rule, *, forbidden):
    for child in node:
        ident, value = child.get("respident") or "", text_of(child)
        match child.tag:
            case "not":
                _conditions(child, rule, forbidden=not forbidden)
            case "and" | "or" | "unanswered":
                _conditions(child, rule, forbidden=forbidden)
            case "varequal" if value:
                (rule.forbids if forbidden else rule.wants).append((ident, value))
                if (child.get("index") or "").isdecimal():
                    rule.place = int(child.get("index"))
                rule.case = rule.case or (child.get("case") or "").lower() == "yes"
            case "varequal":
                rule.named = rule.named or ident
            case "varsubset":
                target = rule.forbids if forbidden else rule.wants
                target.extend((ident, part.strip()) for part in value.split(","))
            case "varsubstring":
                rule.substrings.append((ident, value))
            case "vargte" | "vargt" | "varlte" | "varlt":
                bound = number(value)
                if bound is not None:
                    rule.bounds.setdefault(ident, {})["low" if child.tag.startswith("varg") else "high"] = (
                        bound
                    )
            case "other":
                rule.is_other = True


def fractions(element, rules) -> list[tuple[Rule, float]]:
    """Rules that give something, with their share of the whole mark."""
    telling = [rule for rule in rules if not rule.is_other and (rule.wants or rule.bounds or rule.substrings)]
    scored = [rule for rule in telling if rule.worth is not None]
    if not any(rule.worth > 0 for rule in scored):
        # Some writers score in a rule of its own, or only name the right condition.
        named = [
            rule
            for rule in telling
            if (rule.title == "correct" or any(is_for_right(link) for link in rule.feedback))
            and (rule.worth or 0) >= 0
        ]
        silent = [rule for rule in telling if rule.worth is None]
        return [(rule, 1.0) for rule in named or silent if rule.title != "incorrect"]
    positives = [rule.worth for rule in scored if rule.worth > 0 and rule.action not in ("max", "share")]
    declared = max((number(node.get("maxvalue"), 0.0) for node in element.iter("decvar")), default=0.0)
    adds = sum(rule.worth for rule in scored if rule.worth > 0 and rule.action == "add")
    whole = declared or max([*positives, adds, 1e-9 if not positives else 0.0])
    if positives and (max(positives) > whole or not adds):
        # Where no rule adds to another, the best of them is all that there is to get.
        whole = max(positives)
    return [(rule, _share(rule, whole)) for rule in scored if rule.worth]


def _share(rule, whole: float) -> float:
    if rule.action == "max":
        return 1.0
    return max(-1.0, min(1.0, rule.worth if rule.action == "share" else rule.worth / whole))


def choice_feedback(rules, feedback) -> dict[str, str]:
    """{value: feedback} of rules that speak of exactly one answer."""
    found = {}
    for rule in rules:
        if len(rule.wants) == 1 and not rule.is_other:
            texts = [feedback[link] for link in rule.feedback if link in feedback and not is_general(link)]
            texts += [to_markdown(rule.told)] * bool(rule.told)
            if texts:
                found.setdefault(rule.wants[0][1], texts[0])
    return found


def accepted(element, ident, rules, *, only: bool):
    """(accepted texts, case matters) for one response. `only`: there is no other, and idents may be loose.
    The best answer to one of several is worth all that it gives.
    """
    found, case = {}, False
    for rule, fraction in fractions(element, rules):
        wanted = [
            value if rule.has_wildcards else literal(value)
            for key, value in rule.wants
            if key == ident or only
        ]
        wanted += [f"*{literal(value)}*" for key, value in rule.substrings if key == ident or only]
        for value in wanted:
            if value and fraction > 0:
                found[value] = max(found.get(value, 0.0), fraction)
                case = case or rule.case
    best = max(found.values(), default=1.0)
    if not only:
        found = {text: round(worth / best, 6) for text, worth in found.items()}
    return [text if worth == 1 else {"text": text, "fraction": worth} for text, worth in found.items()], case
