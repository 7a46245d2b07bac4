"""What the interaction of an item becomes here: (type, data), or (type, data, text)."""

from quizzes.formats.answers import numeric_data
from quizzes.formats.qti21.gaps import from_ranges, read_gap, tolerance_of
from quizzes.formats.result import Broken, NotHere
from quizzes.formats.text import number
from quizzes.formats.weights import choice_data


def _choice(item, node, answer):
    choices = node.findall("simpleChoice")
    if len(choices) < 2:
        raise Broken("The question has fewer than two choices.")
    single = answer.cardinality == "single" and (node.get("maxChoices") or "1") == "1"
    worth, capped = {}, False
    if any(value > 0 for value in answer.mapping.values()):
        positives = [value for value in answer.mapping.values() if value > 0]
        whole = max(positives) if single else sum(positives)
        if answer.upper and answer.upper < whole:
            # More than the bound gives no more than the bound.
            whole, capped = answer.upper, True
        default = min(answer.default, 0.0)
        worth = {
            child.get("identifier"): answer.mapping.get(child.get("identifier"), default) / whole
            for child in choices
        }
    else:
        worth = {key: 1.0 if single else 1 / len(answer.correct) for key in answer.correct}
    entries = []
    for child in choices:
        entries.append(
            (
                item.texts.markdown(child) or "–",
                max(-1.0, min(1.0, worth.get(child.get("identifier"), 0.0))),
                item.texts.feedback_in(child),
            )
        )
    if not any(fraction > 0 for _text, fraction, _feedback in entries):
        raise Broken("No choice is marked as right.")
    words = [item.texts.words(child).lower() for child in choices]
    if single and sorted(words) == ["false", "true"]:
        notes = {word: note for word, (_text, _fraction, note) in zip(words, entries, strict=True) if note}
        right = words[max(range(2), key=lambda place: entries[place][1])]
        return "true_false", {"answer": right == "true"} | {
            f"feedback_{word}": note for word, note in notes.items()
        }
    shuffle = (node.get("shuffle") or "").lower() == "true"
    kind, data = choice_data(entries, single=single, shuffle=shuffle, capped=capped)
    if answer.is_whole and not single:
        data.pop("penalty", None)
        data["marking"] = "all_or_nothing"
    return kind, data


def _order(item, node, answer):
    texts = {child.get("identifier"): item.texts.markdown(child) for child in node.findall("simpleChoice")}
    items = [texts[key] for key in answer.correct if key in texts]
    if len(items) < 2:
        raise Broken("The right order is not given.")
    rest = [text for key, text in texts.items() if key not in answer.correct]
    if rest:
        raise NotHere("Putting only some of the items into order doesn't exist here.")
    whole = item.responses.is_compared(node.get("responseIdentifier") or "")
    return "ordering", {"items": items} | ({"marking": "all_or_nothing"} if whole else {})


def _match(item, node, answer):
    sets = node.findall("simpleMatchSet")
    if len(sets) != 2:
        raise Broken("The matching question does not have two sets.")
    keys = answer.correct or [key for key, value in answer.mapping.items() if value > 0]
    firsts = {child.get("identifier") for child in sets[0]}
    wanted = [pair.split() if pair.split()[0] in firsts else pair.split()[::-1] for pair in keys]
    if len({first for first, _second in wanted}) < len(wanted):
        # What has several partners in one set may be the one answer to each of them.
        sets, wanted = sets[::-1], [pair[::-1] for pair in wanted]
    right = dict(wanted)
    if len(right) < len(wanted):
        raise NotHere("Prompts with several right answers don't exist here.")
    prompts = {child.get("identifier"): item.texts.markdown(child) for child in sets[0]}
    answers = {child.get("identifier"): item.texts.words(child) for child in sets[1]}
    if any(
        not answers[key] and next(child.iter("img", "object"), None) is not None
        for child in sets[1]
        if (key := child.get("identifier"))
    ):
        raise NotHere("Pictures as answers of a matching question don't exist here.")
    _tell_marking(item, node, answer, keys)
    pairs = [
        {"prompt": text, "answer": answers[right[key]]}
        for key, text in prompts.items()
        if right.get(key) in answers
    ]
    if len(pairs) < 2:
        raise Broken("The question has fewer than two pairs with a right answer.")
    used = {pair["answer"] for pair in pairs}
    distractors = [text for text in dict.fromkeys(answers.values()) if text not in used]
    return "matching", {"pairs": pairs} | ({"distractors": distractors} if distractors else {})


def _tell_marking(item, node, answer, right) -> None:
    """Name what pairs were worth there and aren't here, where each right one gives the same share."""
    if answer.default < 0 or any(value < 0 for value in answer.mapping.values()):
        item.notes.append("Wrong pairs cost points there; here they give none.")
    if len({answer.mapping.get(key) for key in right}) > 1:
        item.notes.append("Its pairs gave different points there; here each gives the same.")
    if not answer.mapping and item.responses.is_compared(node.get("responseIdentifier") or ""):
        item.notes.append("Only all pairs together were right there; here each gives its share.")


def _gap_match(item, node, answer):
    choices = [child for child in node if child.tag == "gapText"]
    if any(child.tag == "gapImg" for child in node):
        raise NotHere("Pictures to drag into gaps don't exist here.")
    place_of = {child.get("identifier"): place for place, child in enumerate(choices)}
    right = {}
    for pair in answer.correct or [key for key, value in answer.mapping.items() if value > 0]:
        first, _space, second = pair.partition(" ")
        if first in place_of:
            right[second] = place_of[first]
        elif second in place_of:
            right[first] = place_of[second]
    _tell_marking(item, node, answer, [key for key, value in answer.mapping.items() if value > 0])
    places, gaps = {}, []
    for gap in node.iter("gap"):
        if gap.get("identifier") not in right:
            raise Broken("A gap has no right answer.")
        gaps.append(right[gap.get("identifier")])
        places[gap] = f"[[{len(gaps)}]]"
    data = {"choices": [{"text": item.texts.words(child)} for child in choices], "gaps": gaps}
    return "select_from_list", data, item.texts.markdown(item.body, places)


def _essay(item, node, answer):
    if answer.is_processed and answer.base_type == "string":
        gap = read_gap(item, node, answer)
        return gap["type"], gap["data"]
    notes = "\n\n".join(
        item.texts.markdown(block)
        for block in item.element.iter("rubricBlock")
        if "scorer" in (block.get("view") or "") or "tutor" in (block.get("view") or "")
    )
    data = {"grader_notes": notes} if notes else {}
    if lines := number(node.get("expectedLines")):
        data["lines"] = int(lines)
    return "essay", data


def _slider(item, node, answer):
    if answer.ranges:
        return "numeric", numeric_data(from_ranges(answer))
    value = next((v for raw in [*answer.correct, *answer.mapping] if (v := number(raw)) is not None), None)
    if value is None:
        raise Broken("The right number is not given.")
    return "numeric", {"answer": value, "tolerance": tolerance_of(item, value)[0]}


READERS = {
    "choiceInteraction": _choice,
    "orderInteraction": _order,
    "matchInteraction": _match,
    "gapMatchInteraction": _gap_match,
    "extendedTextInteraction": _essay,
    "sliderInteraction": _slider,
}
