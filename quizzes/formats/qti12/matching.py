"""Pairs, and orders."""

from quizzes.formats.qti12.item import labels_of
from quizzes.formats.qti12.material import material_of
from quizzes.formats.qti12.rules import fractions
from quizzes.formats.qti12.sakai import couples as couples_of_sakai
from quizzes.formats.result import Broken, NotHere


def read_matching(item, responses, rules):
    if len(responses) == 1:
        return _read_group(item, responses[0], rules)
    right = {}
    for rule, fraction in fractions(item.element, rules):
        if fraction > 0:
            for ident, value in rule.wants:
                right.setdefault(ident, value)
    if not right:
        for rule in rules:
            for ident, value in rule.wants:
                right.setdefault(ident, value)
    block = next(
        (node for node in item.presentation.iter() if node.get("class") == "RIGHT_MATCH_BLOCK"), None
    )
    shared = [item.words(node) for node in block] if block is not None else None
    parents = {child: parent for parent in item.presentation.iter() for child in parent}
    pairs, seen = [], []
    for response in responses:
        labels = list(labels_of(response).items())
        answers = {}
        for place, (key, node) in enumerate(labels):
            answers[key] = shared[place] if shared and place < len(shared) else item.words(node)
        seen += [text for text in answers.values() if text]
        prompt = item.markdown(material_of(response)) or item.markdown(material_of(parents[response]))
        answer = answers.get(right.get(response.get("ident") or "", ""), "")
        if prompt and answer:
            pairs.append({"prompt": prompt, "answer": answer})
    if len(pairs) < 2:
        raise Broken("The question has fewer than two pairs with a right answer.")
    used = {pair["answer"] for pair in pairs}
    distractors = [text for text in dict.fromkeys(seen) if text not in used]
    data = {"pairs": pairs} | ({"distractors": distractors} if distractors else {})
    return "matching", data, _matching_text(item)


def _read_group(item, response, rules):
    """ILIAS: one group holds both sides, and a rule names the two of a pair."""
    words = {key: item.words(node) for key, node in labels_of(response).items()}
    couples = couples_of_sakai(response, rules) or [
        (rule.wants[0][1], rule.wants[1][1])
        for rule, fraction in fractions(item.element, rules)
        if fraction > 0 and len(rule.wants) == 2
    ]
    texts = {key: item.markdown(material_of(node)) for key, node in labels_of(response).items()}
    pairs = [
        {"prompt": texts[prompt], "answer": words[answer]}
        for prompt, answer in couples
        if texts.get(prompt) and words.get(answer)
    ]
    if len(pairs) < 2:
        raise Broken("The question has fewer than two pairs with a right answer.")
    prompts = [prompt for prompt, _answer in couples]
    if len(set(prompts)) < len(prompts):
        raise NotHere("Prompts with several right answers don't exist here.")
    used = {pair["answer"] for pair in pairs} | {item.words(labels_of(response)[key]) for key in prompts}
    distractors = [text for text in dict.fromkeys(words.values()) if text and text not in used]
    data = {"pairs": pairs} | ({"distractors": distractors} if distractors else {})
    return "matching", data, _matching_text(item)


def _matching_text(item):
    """The text above the pairs, without the pairs' own."""
    question = next(
        (node for node in item.presentation.iter() if node.get("class") == "QUESTION_BLOCK"), None
    )
    if question is not None:
        return item.markdown(material_of(question))
    first = next((node for node in item.presentation if node.tag == "material"), None)
    return item.markdown(material_of(first) if first is not None else item.stem())


def read_ordering(item, response, rules):
    labels = labels_of(response)
    order: list[str] = []
    for rule, fraction in fractions(item.element, rules) or [(rule, 1.0) for rule in rules]:
        wanted = [value for _ident, value in rule.wants if value in labels]
        if fraction > 0 and len(wanted) > len(order):
            order = list(dict.fromkeys(wanted))
    # One rule for the whole order gives nothing for a part of it, but where Blackboard says so.
    whole = len(order) > 1 and item.meta.get("bbmd_partialcredit") != "true"
    placed = {rule.place: rule.wants[0][1] for rule in rules if rule.place is not None and rule.wants}
    if len(order) < 2 and len(placed) > 1:
        order = [placed[place] for place in sorted(placed) if placed[place] in labels]
    if len(order) < 2:
        raise Broken("The right order is not given.")
    items = [item.markdown(material_of(labels[key])) or key for key in order]
    return "ordering", {"items": items} | ({"marking": "all_or_nothing"} if whole else {})
