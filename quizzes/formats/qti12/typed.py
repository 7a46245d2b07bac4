"""Typed answers: words, numbers, essays."""

from quizzes.formats import markup
from quizzes.formats.qti12.gaps import read_text_gaps
from quizzes.formats.qti12.material import html_of
from quizzes.formats.qti12.numbers import is_number, read_numbers
from quizzes.formats.qti12.rules import accepted
from quizzes.formats.result import NotHere
from quizzes.formats.text import number


def read_typed(item, responses, said, rules, feedback):
    texts = [
        node
        for node in responses
        if node.tag in ("response_str", "response_num", "response_lid", "response_grp")
    ]
    if (
        "essay" in said
        or "short response" in said
        or (said == "short answer" and "bbmd_questiontype" in item.meta)
    ):
        return "essay", _essay_notes(feedback)
    # Brightspace: several boxes of one response take the accepted words in any order.
    boxes = (number(fib.get("input_boxes"), 1.0) for fib in item.presentation.iter("render_fib"))
    if max(boxes, default=1.0) > 1:
        raise NotHere("Lists of words in any order don't exist here.")
    if len(texts) > 1:
        return read_text_gaps(item, texts, rules)
    if "numeric" in said or is_number(texts[0]):
        return "numeric", read_numbers(item, rules), _with_blank(item, texts[0])
    answers, case = accepted(item.element, texts[0].get("ident") or "", rules, only=True)
    if not answers:
        return "essay", _essay_notes(feedback)
    data = {"answers": answers, "case_sensitive": case}
    return "short_text", data, _with_blank(item, texts[0])


def _with_blank(item, response) -> str:
    """The text, with a line where the answer belongs if more text follows it."""
    before, after, passed = [], [], False
    inside = set(response.iter())
    for node in item.presentation.iter():
        passed = passed or node is response
        if node.tag in ("mattext", "mat_formattedtext") and node not in inside and (text := html_of(node)):
            (after if passed else before).append(text)
    if not before or not any(item.has_words(text) for text in after):
        return item.markdown(item.stem())
    place = f"{markup.OPEN}{markup.BLANK}{markup.CLOSE}"
    return item.markdown(" ".join([*before, place, *after]))


def _essay_notes(feedback):
    notes = feedback.get("solution") or feedback.get("general_fb") or ""
    return {"grader_notes": notes} if notes else {}
