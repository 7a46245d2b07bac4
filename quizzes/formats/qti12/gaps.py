"""Texts with gaps: typed answers between pieces of text, and the named gaps of Canvas."""

from quizzes.formats import markup
from quizzes.formats.qti12.item import labels_of
from quizzes.formats.qti12.material import html_of
from quizzes.formats.qti12.numbers import is_number, read_numbers
from quizzes.formats.qti12.rules import accepted, choice_feedback, fractions
from quizzes.formats.result import Broken, NotHere
from quizzes.formats.safe_xml import text_of
from quizzes.formats.text import literal
from quizzes.formats.weights import choice_data


def read_text_gaps(item, texts, rules):
    """Typed answers between pieces of text: a gap where each of them stands."""
    gaps, parts = [], []

    def walk(node):
        for child in node:
            if child in texts:
                kind, data = _gap(item, child, rules)
                gaps.append({"type": kind, "data": data, "weight": _points(child, rules)})
                parts.append(f"{markup.OPEN}[[{len(gaps)}]]{markup.CLOSE}")
            elif child.tag in ("mattext", "mat_formattedtext"):
                parts.append(html_of(child))
            else:
                walk(child)

    walk(item.presentation)
    if len({gap["weight"] for gap in gaps}) == 1:
        gaps = [gap | {"weight": 1.0} for gap in gaps]
    return "gap_fill", {"gaps": gaps}, item.markdown(" ".join(parts))


def _gap(item, response, rules) -> tuple[str, dict]:
    """(type, data) of one gap: a word, a number, or one of a list."""
    ident = response.get("ident") or ""
    own = [rule for rule in rules if ident in rule.bounds or any(key == ident for key, _value in rule.wants)]
    labels = {} if next(response.iter("render_choice"), None) is None else labels_of(response)
    if labels:
        worth: dict[str, float] = {}
        for rule in own:
            for _key, value in rule.wants:
                worth[value] = max(worth.get(value, 0.0), rule.worth or 0.0)
        words = {key: item.words(node) for key, node in labels.items()}
        entries = [(text, worth.get(key, worth.get(text, 0.0)), "") for key, text in words.items()]
        if not any(fraction for _text, fraction, _note in entries):
            raise Broken("A list has no right choice.")
        return choice_data(entries, single=True)
    if is_number(response):
        return "numeric", read_numbers(item, own)
    answers, case = accepted(item.element, ident, rules, only=False)
    if not answers:
        raise Broken("A gap accepts nothing.")
    return "short_text", {"answers": answers, "case_sensitive": case}


def _points(response, rules) -> float:
    """What a gap is worth beside the others."""
    ident = response.get("ident")
    worths = [
        rule.worth
        for rule in rules
        if rule.worth and (ident in rule.bounds or any(key == ident for key, _value in rule.wants))
    ]
    return max([worth for worth in worths if worth > 0], default=1.0)


def read_named_gaps(item, responses, rules, feedback, *, lists):
    """Canvas: the text names each gap as [name], and a response of that name lists its answers. What it
    lists is accepted, or offered where the question or the answers themselves say so.
    """
    right = {
        (ident, value)
        for rule, fraction in fractions(item.element, rules)
        if fraction > 0
        for ident, value in rule.wants
    }
    notes = choice_feedback(rules, feedback)
    gaps, source = [], item.stem()
    for response in responses:
        ident = response.get("ident") or ""
        names = [text_of(response, "material"), ident.removeprefix("response_")]
        name = next((name for name in names if f"[{name}]" in source), names[0] or names[1])
        labels = labels_of(response)
        words = {key: item.words(node) for key, node in labels.items()}
        if lists or any(node.get("answer_type") in ("dropdown", "wordbank") for node in labels.values()):
            entries = [
                (text, float((ident, key) in right), notes.get(key, "")) for key, text in words.items()
            ]
            if not any(fraction for _text, fraction, _note in entries):
                raise Broken(f"The list “{name}” has no right choice.")
            kind, data = choice_data(entries, single=True)
        else:
            told = {
                _pattern(item, node, words[key]): notes.get(key, "")
                for key, node in labels.items()
                if words[key]
            }
            answers = [{"text": word, "feedback": note} if note else word for word, note in told.items()]
            answers = answers or [literal(value) for key, value in right if key == ident]
            if not answers:
                raise Broken(f"The gap “{name}” accepts nothing.")
            kind, data = "short_text", {"answers": answers}
            if item.meta.get("case_sensitive") == "true":
                data["case_sensitive"] = True
        gaps.append({"type": kind, "data": data, "weight": 1.0})
        place = f"{markup.OPEN}[[{len(gaps)}]]{markup.CLOSE}"
        before = source
        source = source.replace(f"[{name}]", place, 1)
        if source == before:
            source += f" {place}"
        elif f"[{name}]" in source:
            # A gap that the text names again takes one answer.
            source = source.replace(f"[{name}]", f"{markup.OPEN}{markup.BLANK}{markup.CLOSE}")
            item.notes.append(f"The text names the gap “{name}” more than once; the answer is given once.")
    if not gaps:
        raise Broken("The question has no gaps.")
    return "gap_fill", {"gaps": gaps}, item.markdown(source)


def _pattern(item, label, words: str) -> str:
    """What a gap of Canvas accepts, by the rule that the answer names."""
    rule = label.get("scoring_algorithm") or ""
    if rule == "TextRegex":
        raise NotHere("Regular expressions as answers don't exist here.")
    if rule == "TextCloseEnough":
        item.notes.append("Answers with typing mistakes, which it took, are wrong here.")
    return f"*{literal(words)}*" if rule == "TextContainsAnswer" else literal(words)
