"""What a page shows of the questions of an attempt: never more than the attempt's state allows."""

from dataclasses import dataclass

from django.utils.safestring import mark_safe

from quizzes.behaviours import is_right
from quizzes.hints import HintOffer, next_hint, shown_hints


@dataclass(frozen=True, slots=True)
class Shown:
    """One question as a page draws it; `context` are the variables of its widget's template."""

    position: int
    number: int | None
    page: int
    section: str
    prefix: str
    template: str
    text: str
    context: dict
    max_mark: float
    is_answered: bool
    is_flagged: bool
    is_locked: bool
    certainty: int | None
    state: str
    mark: float | None = None
    comment: str = ""
    right_answer: str = ""
    feedback: tuple = ()
    explanation: str = ""
    hints: tuple = ()
    next_hint: HintOffer | None = None


def present_all(questions, *, reveal=None, checked=False, hint_price=None):
    """Shown questions, in order. Text blocks carry no number.

    reveal: what a review may show; None while the attempt runs. checked: whether answers already checked
    tell whether they were right, as some behaviours do. hint_price: credits for a hint; None: not sold.
    """
    shown, number = [], 0
    for question in questions:
        graded = question.version.kind.is_graded
        number += graded
        shown.append(_present(question, number if graded else None, reveal, checked, hint_price))
    return shown


def _present(question, number, reveal, checked, hint_price):
    version, kind = question.version, question.version.kind

    def html(source):
        return mark_safe(version.fragments.get(source, ""))  # noqa: S308  sanitised when it was saved

    context = kind.present(
        version.data,
        question.variant,
        question.response,
        html,
        mark_safe(version.text_html),  # noqa: S308
    )
    # A type whose parameters or gaps lie in the text returns its own; both come from sanitised HTML.
    text = mark_safe(context.pop("text", version.text_html))  # noqa: S308
    shown = {
        "position": question.position,
        "number": number,
        "page": question.page,
        "section": question.section,
        "prefix": f"q{question.position}-",
        "template": f"quizzes/widgets/{kind.widget}.html",
        "text": text,
        "context": context,
        "max_mark": question.max_mark,
        "is_answered": question.response is not None,
        "is_flagged": question.is_flagged,
        "is_locked": question.is_locked,
        "certainty": question.certainty,
        "state": "answered" if question.response is not None else "",
        "hints": tuple(html(hint) for hint in version.hints[: shown_hints(question)]),
    }
    if reveal is None:
        if checked and question.tries:
            shown["state"] = _outcome(question)
        return Shown(**shown, next_hint=next_hint(question, hint_price))
    if reveal.marks and kind.is_graded:
        shown["state"] = _outcome(question)
        shown["mark"] = question.mark
    shown["comment"] = question.comment
    key = question.marked_by or version
    if reveal.marks or reveal.answers:
        states = kind.option_states(key.data, question.response, question.variant, answers=reveal.answers)
        for option in context.get("options") or ():
            option["state"] = states.get(option["value"], "")
    if reveal.answers:
        shown["right_answer"] = kind.right_answer(key.data, question.variant)
        shown["feedback"] = tuple(
            mark_safe(key.fragments.get(source, ""))  # noqa: S308  sanitised when it was saved
            for source in kind.grade(key.data, question.response, question.variant).feedback
        )
        shown["explanation"] = mark_safe(key.explanation_html)  # noqa: S308
    return Shown(**shown)


def _outcome(question):
    if question.mark is None and question.fraction is None:
        return "waiting"
    if is_right(question.fraction):
        return "right"
    return "partly" if question.fraction > 0 else "wrong"
