"""Choices: one, several, true or false."""

from quizzes.formats.qti12.blackboard import EITHER
from quizzes.formats.qti12.item import labels_of
from quizzes.formats.qti12.material import material_of
from quizzes.formats.qti12.rules import choice_feedback, fractions
from quizzes.formats.result import Broken, NotHere
from quizzes.formats.weights import choice_data

LEFT_ALONE = (
    "There, a choice that was rightly left alone gave points of its own; here it gives none, "
    "and ticking it costs its points."
)


def read_choices(item, response, said, rules, feedback):
    labels = labels_of(response)
    if len(labels) < 2:
        raise Broken("The question has fewer than two choices.")
    worth = dict.fromkeys(labels, 0.0)
    # Blackboard says of several answers that one may be chosen, and what it means in the type.
    several = (response.get("rcardinality") or "Single").lower() == "multiple" or said.startswith(
        ("multiple_answers", "multiple answer")
    )
    # Sakai: one of several right choices is all that may be chosen.
    several = several and said != "multiple correct single selection"
    scored = fractions(item.element, rules)
    whole = [(rule, fraction) for rule, fraction in scored if len(rule.wants) > 1 or rule.forbids]
    shares = {rule.wants[0][1]: rule.worth for rule in rules if rule.action == "share" and rule.worth}
    best = max(whole, key=lambda entry: entry[1])[0].wants if whole else []
    right = {value for _ident, value in best if value in worth}
    if several and shares and all(shares.get(value, 0.0) > 0 for value in right):
        whole = []
        worth |= shares
    elif several and right:
        worth = _together(item, said, worth, right)
    elif several and (unticked := _unticked(rules)):
        worth = _gains(item, worth, rules, unticked)
    else:
        for rule, fraction in scored:
            for _ident, value in rule.wants:
                if value in worth:
                    worth[value] = max(worth[value], fraction) if fraction > 0 else fraction
    if not any(fraction > 0 for fraction in worth.values()):
        raise Broken("No choice is marked as right.")
    notes = choice_feedback(rules, feedback)
    texts = {ident: item.words(node) for ident, node in labels.items()}
    words = {ident: EITHER.get(text, text).lower() for ident, text in texts.items()}
    if not several and set(words.values()) == {"true", "false"}:
        truth = next(ident for ident, word in words.items() if word == "true")
        data = {"answer": worth[truth] > 0}
        for ident, word in words.items():
            if ident in notes:
                data[f"feedback_{word}"] = notes[ident]
        return "true_false", data
    entries = []
    for ident, node in labels.items():
        text = EITHER.get(texts[ident]) or item.markdown(material_of(node)) or ident
        entries.append((text, worth[ident], notes.get(ident, "")))
    said_of_order = {(node.get("shuffle") or "").lower() for node in response.iter("render_choice")}
    shuffle = "yes" in said_of_order or not said_of_order & {"no"}
    kind, data = choice_data(entries, single=not several, shuffle=shuffle)
    if several and whole and not _is_shared(item, said):
        data["marking"] = "all_or_nothing"
    return kind, data


# What Brightspace's number of a question with several answers means.
_RIGHT_MINUS_WRONG, _CORRECT_ANSWERS = "1", "2"


def _is_shared(item, said) -> bool:
    """Whether a rule that wants all right choices together is marked choice by choice all the same: systems
    that do so say it by types or words of their own.
    """
    return (
        said == "multiple_answers_question"
        or item.meta.get("bbmd_partialcredit") == "true"
        or item.grading_type() in (_RIGHT_MINUS_WRONG, _CORRECT_ANSWERS)
    )


def _together(item, said, values, right) -> dict[str, float]:
    """{choice: its share} where one rule names all right ones."""
    if item.grading_type() == _CORRECT_ANSWERS:
        item.notes.append(LEFT_ALONE)
    # Canvas and Brightspace take as much for a wrong tick as they give for a right one.
    alike = said == "multiple_answers_question" or item.grading_type() in (
        _RIGHT_MINUS_WRONG,
        _CORRECT_ANSWERS,
    )
    wrong = len(right) if alike else len(values) - len(right)
    return {value: 1 / len(right) if value in right else -1 / wrong for value in values}


def _unticked(rules) -> dict[str, float]:
    """{choice: points} that ILIAS gives for leaving a choice alone."""
    return {
        rule.forbids[0][1]: rule.worth
        for rule in rules
        if rule.worth and not rule.wants and len(rule.forbids) == 1
    }


def _gains(item, values, rules, unticked) -> dict[str, float]:
    """{choice: what ticking it is worth beside leaving it}, as shares of all there is to gain."""
    ticked = {rule.wants[0][1]: rule.worth or 0.0 for rule in rules if len(rule.wants) == 1}
    gains = {value: ticked.get(value, 0.0) - unticked.get(value, 0.0) for value in values}
    whole = sum(gain for gain in gains.values() if gain > 0)
    if not whole:
        raise NotHere("Questions in which no choice may be ticked don't exist here.")
    item.notes.append(LEFT_ALONE)
    return {value: max(-1.0, gain / whole) for value, gain in gains.items()}
