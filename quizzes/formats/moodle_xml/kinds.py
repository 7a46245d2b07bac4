"""What the answers of each of Moodle's question types mean here: (type, data), or (type, data, text)."""

import html
import re

from quizzes.formats import markup
from quizzes.formats.answers import exact_number, numeric_data, plain_answers, reach
from quizzes.formats.cloze import mark_gaps, read_cloze
from quizzes.formats.result import Broken, NotHere
from quizzes.formats.safe_xml import text_of
from quizzes.formats.text import number
from quizzes.formats.weights import choice_data

# The name of an ordering's grading -> its number in older files, and the marking here.
ORDERINGS = {
    "ALL_OR_NOTHING": ("-1", "all_or_nothing"),
    "ABSOLUTE_POSITION": ("0", "position"),
    "RELATIVE_NEXT_EXCLUDE_LAST": ("1", "next"),
    "RELATIVE_NEXT_INCLUDE_LAST": ("2", "next_and_last"),
    "RELATIVE_ONE_PREVIOUS_AND_NEXT": ("3", "neighbours"),
    "RELATIVE_ALL_PREVIOUS_AND_NEXT": ("4", "relation"),
    "LONGEST_ORDERED_SUBSET": ("5", "subset"),
    "LONGEST_CONTIGUOUS_SUBSET": ("6", "run"),
    "RELATIVE_TO_CORRECT": ("7", "distance"),
}
_NUMBERED = re.compile(r"\[\[(\d+)(?:[^\]\d][^\]]*)?\]\]")


def _multiple_choice(question):
    answers = question.answers()
    entries = [
        (text or "–", max(-1.0, min(1.0, fraction)), feedback) for text, fraction, feedback, _node in answers
    ]
    if len(entries) < 2:
        raise Broken("A multiple choice question needs at least two answers.")
    if max(fraction for _text, fraction, _feedback in entries) <= 0:
        raise Broken("No answer is marked as right.")
    shuffle = question.flag("shuffleanswers", True)
    single = question.flag("single", True)
    worths = [fraction for _text, fraction, _feedback in entries if fraction > 0]
    if question.kind == "multichoice":
        question.notes.append(reach(max(worths) if single else sum(worths), scaled=single))
    return choice_data(entries, single=single, shuffle=shuffle)


def _several_of_the_ou(question):
    """OU multiple response: 100 says right, and each right answer is an equal share."""
    answers = question.answers()
    right = sum(fraction > 0 for _text, fraction, _feedback, _node in answers)
    if not right or len(answers) < 2:
        raise Broken("No answer is marked as right.")
    entries = [
        (text or "–", 1 / right if fraction > 0 else 0.0, feedback)
        for text, fraction, feedback, _node in answers
    ]
    kind, data = choice_data(entries, single=False, shuffle=question.flag("shuffleanswers", True))
    data.pop("penalty", None)
    return kind, data


def _all_or_nothing(question):
    _kind, data = _multiple_choice(question)
    for choice in data["choices"]:
        choice["correct"] = choice.pop("fraction", float(choice["correct"])) > 0
    return "multiple_choice", {**data, "marking": "all_or_nothing"}


def _true_false(question):
    data = {}
    for text, fraction, feedback, node in question.answers():
        said = (question.raw(node) or text).strip().lower() == "true"
        if fraction > 0:
            data["answer"] = said
        if feedback:
            data["feedback_true" if said else "feedback_false"] = feedback
    if "answer" not in data:
        raise Broken("Neither true nor false is marked as right.")
    return "true_false", data


def _short_answer(question):
    found, otherwise = [], ""
    for _text, fraction, feedback, node in question.answers():
        text = question.raw(node).strip()
        if text == "*" and fraction <= 0:
            otherwise = feedback
        elif text:
            found.append({"text": text, "fraction": max(-1.0, min(1.0, fraction)), "feedback": feedback})
    if not found or max(answer["fraction"] for answer in found) <= 0:
        raise Broken("No answer is accepted as right.")
    question.notes.append(reach(max(answer["fraction"] for answer in found), scaled=False))
    data = {"answers": plain_answers(found)}
    if question.flag("usecase", False):
        data["case_sensitive"] = True
    if otherwise:
        data["feedback_otherwise"] = otherwise
    return "short_text", data


def _units(question):
    units = {}
    for node in question.element.findall("units/unit"):
        name, factor = text_of(node, "unit_name"), number(text_of(node, "multiplier"), 1.0)
        if name and factor:
            units[name] = factor
    if not units:
        return {}
    base = min(units, key=lambda name: abs(units[name] - 1))
    data = {"unit": base}
    # Moodle multiplies the answer into a unit; here a typed number is multiplied into the answer's unit.
    others = {name: units[base] / factor for name, factor in units.items() if name != base}
    if others:
        data["units"] = others
    grading = text_of(question.element, "unitgradingtype")
    if grading not in ("", "0"):
        # Moodle's 1 takes a share of what the answer is worth, its 2 one of the whole mark.
        penalty = min(1.0, abs(number(text_of(question.element, "unitpenalty"), 0.1)))
        data["unit_penalty"] = penalty
        if grading == "2":
            data["unit_penalty_of"] = "mark"
    return data


def _numerical(question):
    found, otherwise = [], ""
    for _text, fraction, feedback, node in question.answers():
        raw = question.raw(node).strip()
        if raw in ("*", ""):
            otherwise = feedback
            if fraction > 0:
                question.notes.append("Any other number gave part of the mark there; here it gives none.")
            continue
        value = exact_number(raw)
        tolerance = abs(number(text_of(node, "tolerance"), 0.0))
        found.append({"answer": value, "tolerance": tolerance, "fraction": fraction, "feedback": feedback})
    if not found:
        raise Broken("The question accepts no number.")
    question.notes.append(reach(max(answer["fraction"] for answer in found), scaled=True))
    return "numeric", numeric_data(found, otherwise, **_units(question))


def _matching(question):
    pairs, distractors = [], []
    for node in question.element.findall("subquestion"):
        prompt = question.markdown(node)
        source = question.raw(node.find("answer"))
        answer = markup_words(source)
        if not answer and "<img" in source:
            raise NotHere("Pictures as answers of a matching question don't exist here.")
        if prompt and answer:
            pairs.append({"prompt": prompt, "answer": answer})
        elif answer:
            distractors.append(answer)
    if len(pairs) < 2:
        raise Broken("A matching question needs at least two pairs.")
    data = {"pairs": pairs, "shuffle": question.flag("shuffleanswers", True)}
    return "matching", data | ({"distractors": distractors} if distractors else {})


def markup_words(source: str) -> str:
    """The plain words of a text that may be HTML, for lists that can't show markup."""
    return html.unescape(re.sub(r"<[^>]*>", " ", source)).replace("\xa0", " ").strip() if source else ""


def _essay(question):
    if text_of(question.element, "responseformat") == "noinline":
        raise NotHere("Uploads as answers don't exist here.")
    data = {}
    if text_of(question.element, "attachments") not in ("", "0"):
        question.notes.append("Learners could attach files there; here they can't.")
    if lines := number(text_of(question.element, "responsefieldlines")):
        data["lines"] = int(lines)
    for name, key in (("minwordlimit", "min_words"), ("maxwordlimit", "max_words")):
        if limit := number(text_of(question.element, name)):
            data[key] = int(limit)
    if notes := question.markdown(question.element.find("graderinfo")):
        data["grader_notes"] = notes
    if template := markup_words(question.raw(question.element.find("responsetemplate"))):
        data["template"] = template
    return "essay", data


def _description(question):
    return "text_block", {}


def _cloze(question):
    node = question.element.find("questiontext")
    is_html = question.form(node) != "markdown"
    source = question.raw(node)
    if not is_html:
        _text, data = read_cloze(source, is_html=False, image=markup.nothing)
        return "gap_fill", data, mark_gaps(source)
    text, data = read_cloze(source, is_html=True, image=question.pictures.resolver(question.files(node)))
    return "gap_fill", data, text


def _placed(question, choices):
    """A text with [[number of a choice]] as a text with [[number of the gap]], and the gaps' right
    choices.
    """
    node = question.element.find("questiontext")
    gaps = []

    def place(found):
        gaps.append(int(found[1]) - 1)
        return f"{markup.OPEN}[[{len(gaps)}]]{markup.CLOSE}"

    source = _NUMBERED.sub(place, question.raw(node))
    if not gaps:
        raise Broken("The text has no places for the choices.")
    if max(gaps) >= len(choices):
        raise Broken("The text names a choice that does not exist.")
    if question.form(node) == "markdown":
        text = source.replace(markup.OPEN, "").replace(markup.CLOSE, "")
    else:
        text = markup.to_markdown(source, image=question.pictures.resolver(question.files(node)))
    data = {"choices": choices, "gaps": gaps, "shuffle": question.flag("shuffleanswers", True)}
    return "select_from_list", data, text


def _select(question):
    choices = [
        {"text": markup_words(question.raw(node)), "group": int(number(text_of(node, "group"), 1))}
        for node in [*question.element.findall("dragbox"), *question.element.findall("selectoption")]
    ]
    return _placed(question, choices)


def _gapfill(question):
    """The gapfill plugin: the text holds each answer between its delimiters."""
    marks = text_of(question.element, "delimitchars") or "[]"
    start, end = re.escape(marks[0]), re.escape(marks[-1])
    gaps = []
    case = question.flag("casesensitive", False)

    def place(found):
        answers = [answer.strip() for answer in markup_words(found[1]).split("|") if answer.strip()]
        gaps.append(
            {
                "type": "short_text",
                "data": {"answers": answers or ["*"], "case_sensitive": case},
                "weight": 1.0,
            }
        )
        return f"{markup.OPEN}[[{len(gaps)}]]{markup.CLOSE}"

    node = question.element.find("questiontext")
    source = re.sub(f"{start}([^{start}{end}]+){end}", place, question.raw(node))
    if not gaps:
        raise Broken("The text has no gaps.")
    text = markup.to_markdown(source, image=question.pictures.resolver(question.files(node)))
    return "gap_fill", {"gaps": gaps}, text


def _ordering(question):
    items = [text for text, _fraction, _feedback, _node in question.answers()]
    if len(items) < 2:
        raise Broken("An ordering question needs at least two items.")
    drawn = number(text_of(question.element, "selectcount"), 0.0)
    # Moodle's ways to choose: all of them, some at random, some that follow each other.
    if text_of(question.element, "selecttype").upper() not in ("", "0", "ALL") and 2 <= drawn < len(items):
        question.notes.append(f"There {drawn:g} of its {len(items)} items were drawn; here all are asked.")
    grading = text_of(question.element, "gradingtype").upper()
    names = {number: name for name, (number, _marking) in ORDERINGS.items()}
    _number, marking = ORDERINGS.get(names.get(grading, grading), ("", "relation"))
    return "ordering", {"items": items, "marking": marking}


def _calculated(question):
    answers = [
        (question.raw(node).strip(), fraction, node)
        for _text, fraction, _feedback, node in question.answers()
    ]
    right = [entry for entry in answers if entry[1] >= 1]
    if not right:
        raise Broken("No formula is marked as right.")
    formula, _fraction, node = right[0]
    if any(entry[1] > 0 for entry in answers if entry is not right[0]):
        question.notes.append("Its other formulas, which were worth something too, are left out.")
    expression = re.sub(r"\{([A-Za-z_]\w*)\}", r"\1", formula).replace("pi()", "pi")
    rows, limits = {}, {}
    for definition in question.element.findall("dataset_definitions/dataset_definition"):
        name = text_of(definition, "name")
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise NotHere(f"The parameter “{name}” has a name that formulas here can't use.")
        for item in definition.findall("dataset_items/dataset_item"):
            place, value = text_of(item, "number"), number(text_of(item, "value"))
            if value is not None:
                rows.setdefault(place, {})[name] = value
        limits[name] = (
            number(text_of(definition, "minimum"), 1.0),
            number(text_of(definition, "maximum"), 10.0),
            int(number(text_of(definition, "decimals"), 1.0)),
        )
    whole = [row for row in rows.values() if set(row) == set(limits)]
    data = {"expression": expression, "tolerance": abs(number(text_of(node, "tolerance"), 0.01))}
    # Moodle's types of tolerance: 1 relative, 2 nominal, 3 geometric.
    kinds = {"2": "absolute", "3": "geometric"}
    data["tolerance_type"] = kinds.get(text_of(node, "tolerancetype"), "relative")
    if whole:
        data["rows"] = whole
    else:
        data["parameters"] = {
            name: {"min": least, "max": most, "decimals": max(0, decimals)}
            for name, (least, most, decimals) in limits.items()
        }
    return "calculated", data | _units(question), _calculated_text(question)


def _calculated_text(question) -> str:
    """The text with its formulas `{=2*{a}}` as this site writes them: `{=2*a}`."""

    def plain(match):
        formula = re.sub(r"\{([A-Za-z_]\w*)\}", r"\1", html.unescape(match[1])).replace("pi()", "pi")
        return f"{markup.OPEN}{{={formula}}}{markup.CLOSE}"

    node = question.element.find("questiontext")
    source = re.sub(r"\{=((?:[^{}]|\{\w+\})+)\}", plain, question.raw(node))
    return markup.to_markdown(source, image=question.pictures.resolver(question.files(node)))


READERS = {
    "multichoice": _multiple_choice,
    "oumultiresponse": _several_of_the_ou,
    "multichoiceset": _all_or_nothing,
    "truefalse": _true_false,
    "shortanswer": _short_answer,
    "numerical": _numerical,
    "matching": _matching,
    "match": _matching,
    "ddmatch": _matching,
    "essay": _essay,
    "essayautograde": _essay,
    "description": _description,
    "cloze": _cloze,
    "multianswer": _cloze,
    "ddwtos": _select,
    "gapselect": _select,
    "gapfill": _gapfill,
    "ordering": _ordering,
    "calculated": _calculated,
    "calculatedsimple": _calculated,
}
