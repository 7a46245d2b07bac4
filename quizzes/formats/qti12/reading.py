"""Reading a file of items, and telling of each what it asks."""

import posixpath

from quizzes.formats.feedback import is_general, tell
from quizzes.formats.pictures import PictureBox
from quizzes.formats.qti12.assessment import groups_of
from quizzes.formats.qti12.blackboard import settle as settle_blackboard
from quizzes.formats.qti12.choices import read_choices
from quizzes.formats.qti12.formulas import read_arithmetic, read_calculated
from quizzes.formats.qti12.gaps import read_named_gaps
from quizzes.formats.qti12.item import Item
from quizzes.formats.qti12.matching import read_matching, read_ordering
from quizzes.formats.qti12.material import RESPONSES
from quizzes.formats.qti12.points import points_of
from quizzes.formats.qti12.rules import rules_of
from quizzes.formats.qti12.sakai import settle
from quizzes.formats.qti12.typed import read_typed
from quizzes.formats.result import SKIPPED, Broken, ImportedQuestion, NotHere, Problem, Reading
from quizzes.formats.safe_xml import line_of, parse
from quizzes.formats.text import name_from

NAME = "qti12"
_ABSENT = {
    "file_upload_question": "Uploads as answers don't exist here.",
    "file upload": "Uploads as answers don't exist here.",
    "audio recording": "Recordings as answers don't exist here.",
    "multiple choice survey": "Opinion scales have no right answer.",
    "hot_spot_question": "Points in a picture don't exist here.",
    "hot spot": "Points in a picture don't exist here.",
    "survey matrix": "Opinion scales have no right answer.",
    "calculated question": "Formulas of Sakai can't be read here.",
    "extended matching items": "Prompts with several right answers don't exist here.",
    "opinion scale": "Opinion scales have no right answer.",
    "quiz bowl": "Questions that are answered by questions don't exist here.",
    "jumbled sentence": "Jumbled sentences don't exist here.",
    "categorization_question": "Sorting into categories doesn't exist here.",
    "formula_question": "Formulas as answers don't exist here.",
    "file upload question": "Uploads as answers don't exist here.",
    "image map question": "Points in a picture don't exist here.",
    "textsubset question": "Lists of words in any order don't exist here.",
    "error text question": "Marking words in a text doesn't exist here.",
}


def read(content: bytes, path: str = "", pictures: PictureBox | None = None) -> Reading:
    reading = Reading(NAME)
    pictures = pictures or PictureBox(reading.files)
    root = parse(content)
    groups = groups_of(root)
    for section in root.iter("section"):
        if section.find("selection_ordering/selection/sourcebank_ref") is not None and not section.findall(
            "item"
        ):
            reading.items.append(
                Problem(
                    SKIPPED,
                    "It draws questions from a bank: import the bank, then add a place that draws from it.",
                    name=section.get("title") or "",
                    kind="section",
                    path=path,
                    line=line_of(section),
                )
            )
    for element in root.iter("item"):
        item = Item(element, pictures, posixpath.dirname(path), groups.get(element))
        reading.take(
            lambda item=item: _read_item(item),
            name=item.name,
            kind=item.kind,
            path=path,
            line=line_of(element),
        )
    return reading


def _read_item(item) -> ImportedQuestion:
    item.pictures.begin()
    if item.presentation is None:
        raise Broken("The item shows nothing.")
    said = item.kind.lower().strip()
    if said in _ABSENT:
        raise NotHere(_ABSENT[said])
    rules, feedback = rules_of(item.element), item.feedback()
    settle(item, rules)
    settle_blackboard(item, rules)
    question = ImportedQuestion(
        type="",
        name=item.name[:255],
        text=item.markdown(item.stem()),
        mark=points_of(item, rules),
    )
    question.type, question.data, *changed = _content(item, said, rules, feedback)
    if question.type == "essay":
        # What a marker compares with is not for learners.
        feedback.pop("solution", None)
    item.notes += [tell(question, feedback), _untold(question, feedback)]
    if changed:
        question.text = changed[0]
    if not question.text.strip():
        raise Broken("The question has no text.")
    item.pictures.missing += _played(item)
    question.note = " ".join(filter(None, (item.pictures.note(), *item.notes, _drawn(item))))
    question.name = question.name or name_from(question.text)
    return question


def _untold(question, feedback) -> str:
    """A sentence where the item says something of single answers that the question can't tell."""
    told = [question.explanation, *_words_in(question.data)]
    lost = (
        text
        for ident, text in feedback.items()
        if not is_general(ident) and not any(text in words for words in told)
    )
    return "What it says of single answers is left out." if any(lost) else ""


def _words_in(data):
    """Every text in a question's data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for part in data.values() if isinstance(data, dict) else data:
            yield from _words_in(part)


def _played(item) -> list[str]:
    """Names of the sounds, films and documents that the item shows."""
    return [
        (node.get("label") or node.get("uri") or node.tag)[:80]
        for node in item.presentation.iter()
        if node.tag in ("mataudio", "matvideo", "matapplication", "matapplet")
    ]


def _drawn(item) -> str:
    group = item.group
    if group is None or group.drawn >= group.size:
        return ""
    return f"It is one of {group.size} of which a quiz drew {group.drawn}; here it is always asked."


def _content(item, said, rules, feedback):
    responses = [node for node in item.presentation.iter() if node.tag in RESPONSES]
    if not responses or said in ("text_only_question", "text only"):
        return "text_block", {}
    if any(node.tag == "response_xy" for node in responses) or any(
        node.tag == "render_hotspot" for node in item.presentation.iter()
    ):
        raise NotHere("Points in a picture don't exist here.")
    if said == "calculated_question" or said == "calculated":
        return read_calculated(item)
    if next(item.presentation.iter("variable"), None) is not None:
        return read_arithmetic(item)
    if said == "fill_in_multiple_blanks_question" or "fill in the blank plus" in said:
        return read_named_gaps(item, responses, rules, feedback, lists=False)
    if said == "multiple_dropdowns_question":
        return read_named_gaps(item, responses, rules, feedback, lists=True)
    lists = [node for node in responses if node.tag in ("response_lid", "response_grp")]
    typed = {node.get("ident") for node in responses if node.tag in ("response_str", "response_num")}
    asked = {key for rule in rules for key in (*rule.bounds, *(key for key, _value in rule.wants))}
    if lists and typed & asked:
        # R/exams: words, numbers and choices in one text.
        return read_typed(item, responses, said, rules, feedback)
    if "matching" in said or len(lists) > 1:
        return read_matching(item, lists, rules)
    if lists and ((lists[0].get("rcardinality") or "").lower() == "ordered" or "order" in said):
        return read_ordering(item, lists[0], rules)
    if lists and list(lists[0].iter("response_label")):
        return read_choices(item, lists[0], said, rules, feedback)
    return read_typed(item, responses, said, rules, feedback)
