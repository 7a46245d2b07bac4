"""Typed answers: words, numbers, essays."""

from quizzes.formats.qti12.gaps import read_text_gaps
from quizzes.formats.qti12.numbers import is_number, read_numbers
from quizzes.formats.qti12.rules import accepted


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
    if len(texts) > 1:
        return read_text_gaps(item, texts, rules)
    if "numeric" in said or is_number(texts[0]):
        return "numeric", read_numbers(item, rules)
    answers, case = accepted(item.element, texts[0].get("ident") or "", rules, only=True)
    if not answers:
        return "essay", _essay_notes(feedback)
    return "short_text", {"answers": answers, "case_sensitive": case}


def _essay_notes(feedback):
    notes = feedback.get("solution") or feedback.get("general_fb") or ""
    return {"grader_notes": notes} if notes else {}
