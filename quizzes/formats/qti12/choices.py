"""Choices: one, several, true or false."""

from quizzes.formats.qti12.item import labels_of
from quizzes.formats.qti12.material import material_of
from quizzes.formats.qti12.rules import choice_feedback, fractions
from quizzes.formats.result import Broken, NotHere
from quizzes.formats.weights import choice_data


def read_choices(item, response, said, rules, feedback):
    labels = labels_of(response)
    if len(labels) < 2:
        raise Broken("The question has fewer than two choices.")
    worth = dict.fromkeys(labels, 0.0)
    # Blackboard says of several answers that one may be chosen, and what it means in the type.
    several = (response.get("rcardinality") or "Single").lower() == "multiple" or said.startswith(
        ("multiple_answers", "multiple answer")
    )
    scored = fractions(item.element, rules)
    whole = [(rule, fraction) for rule, fraction in scored if len(rule.wants) > 1 or rule.forbids]
    if several and whole:
        rule = max(whole, key=lambda entry: entry[1])[0]
        right = {value for _ident, value in rule.wants if value in worth}
        # Canvas takes as much for a wrong tick as it gives for a right one.
        wrong = len(right) if said == "multiple_answers_question" else len(worth) - len(right)
        for value in worth:
            worth[value] = 1 / len(right) if value in right else -1 / wrong
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
    words = {ident: item.words(node).lower() for ident, node in labels.items()}
    if not several and set(words.values()) == {"true", "false"}:
        truth = next(ident for ident, word in words.items() if word == "true")
        data = {"answer": worth[truth] > 0}
        for ident, word in words.items():
            if ident in notes:
                data[f"feedback_{word}"] = notes[ident]
        return "true_false", data
    entries = []
    for ident, node in labels.items():
        text = item.markdown(material_of(node)) or ident
        entries.append((text, worth[ident], notes.get(ident, "")))
    said_of_order = {(node.get("shuffle") or "").lower() for node in response.iter("render_choice")}
    shuffle = "yes" in said_of_order or not said_of_order & {"no"}
    kind, data = choice_data(entries, single=not several, shuffle=shuffle)
    whole_only = said.startswith("cc.multiple_response") or item.meta.get("bbmd_partialcredit") == "false"
    if several and whole and whole_only:
        # The cartridge's own profile knows one rule, which wants all of it; systems that share the mark
        # among the right choices say so by types of their own.
        data["marking"] = "all_or_nothing"
    return kind, data


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
    item.notes.append(
        "There, a choice that was rightly left alone gave points of its own; here it gives none, "
        "and ticking it costs its points."
    )
    return {value: max(-1.0, gain / whole) for value, gain in gains.items()}
