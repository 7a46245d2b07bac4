"""Questions as QTI 1.2 within the profile of Common Cartridge, which any learning system reads.

The profile has single and multiple choice, true or false, fill-in and essays. A numeric question becomes a
fill-in of its exact answer; what else there is can't be written and is named.
"""

from lxml import etree

from quizzes.models import QuestionVersion, Quiz
from quizzes.types.numeric import format_number

NAMESPACE = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
PROFILES = {
    "single_choice": "cc.multiple_choice.v0p1",
    "multiple_choice": "cc.multiple_response.v0p1",
    "true_false": "cc.true_false.v0p1",
    "short_text": "cc.fib.v0p1",
    "numeric": "cc.fib.v0p1",
    "essay": "cc.essay.v0p1",
}


class NotWritten(Exception):
    """Why a question is not in the cartridge, as a clause."""


def write_assessment(quiz: Quiz, identifier: str, to_html) -> tuple[bytes, list[str]]:
    """(the assessment, names of questions that were left out with the reason).

    `to_html` turns a version's Markdown into HTML whose pictures lie in the cartridge.
    """
    root = etree.Element(f"{{{NAMESPACE}}}questestinterop", nsmap={None: NAMESPACE})
    assessment = _add(root, "assessment", ident=identifier, title=quiz.title)
    metadata = _add(assessment, "qtimetadata")
    fields = {"cc_profile": "cc.exam.v0p1", "qmd_assessmenttype": "Examination"}
    attempts = quiz.attempts_allowed
    fields["cc_maxattempts"] = str(attempts) if attempts else "unlimited"
    if quiz.time_limit:
        fields["qmd_timelimit"] = str(quiz.time_limit)
    for label, entry in fields.items():
        _metadata(metadata, label, entry)
    section = _add(assessment, "section", ident="root_section")
    left_out = []
    slots = quiz.slots.select_related("question__current").order_by("position")
    for slot in slots:
        if slot.question is None:
            left_out.append(f"{quiz.title}, place {slot.position}: it draws a question at random")
            continue
        try:
            section.append(
                _item(slot.question.name, slot.question.current, f"{identifier}_{slot.position}", to_html)
            )
        except NotWritten as error:
            left_out.append(f"{quiz.title}, “{slot.question.name}”: {error}")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True), left_out


def _add(parent, name: str, text: str | None = None, **attributes: str):
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
    element.text = text
    return element


def _metadata(parent, label: str, entry: str) -> None:
    field = _add(parent, "qtimetadatafield")
    _add(field, "fieldlabel", label)
    _add(field, "fieldentry", entry)


def _material(parent, html: str) -> None:
    _add(_add(parent, "material"), "mattext", html, texttype="text/html")


def _item(name: str, version: QuestionVersion | None, identifier: str, to_html):
    if version is None:
        raise NotWritten("it has no content")
    profile = PROFILES.get(version.type)
    if profile is None:
        raise NotWritten(f"Common Cartridge has no questions of the type “{version.type}”")
    item = etree.Element(f"{{{NAMESPACE}}}item", {"ident": identifier, "title": name})
    _metadata(_add(_add(item, "itemmetadata"), "qtimetadata"), "cc_profile", profile)
    presentation = _add(item, "presentation")
    _material(presentation, to_html(version.text))
    write = {
        "single_choice": _choices,
        "multiple_choice": _choices,
        "true_false": _true_false,
        "short_text": _words,
        "numeric": _number,
        "essay": _essay,
    }[version.type]
    write(item, presentation, version, to_html)
    if version.explanation:
        feedback = _add(item, "itemfeedback", ident="general_fb")
        _material(_add(feedback, "flow_mat"), to_html(version.explanation))
    return item


def _processing(item, version: QuestionVersion):
    processing = _add(item, "resprocessing")
    _add(
        _add(processing, "outcomes"),
        "decvar",
        maxvalue="100",
        minvalue="0",
        varname="SCORE",
        vartype="Decimal",
    )
    if version.explanation:
        condition = _add(processing, "respcondition", **{"continue": "Yes"})
        _add(_add(condition, "conditionvar"), "other")
        _add(condition, "displayfeedback", feedbacktype="Response", linkrefid="general_fb")
    return processing


def _right(processing):
    """A condition that is worth everything; returns where its test goes."""
    condition = _add(processing, "respcondition", **{"continue": "No"})
    variable = _add(condition, "conditionvar")
    _add(condition, "setvar", "100", action="Set", varname="SCORE")
    return variable


def _choices(item, presentation, version, to_html) -> None:
    single = version.type == "single_choice"
    choices = version.data["choices"]
    right = [number for number, choice in enumerate(choices) if version.kind.is_right(choice)]
    response = _add(
        presentation, "response_lid", ident="response1", rcardinality="Single" if single else "Multiple"
    )
    render = _add(response, "render_choice")
    for number, choice in enumerate(choices):
        _material(_add(render, "response_label", ident=f"choice{number}"), to_html(choice["text"]))
    variable = _right(_processing(item, version))
    if single:
        _add(variable, "varequal", f"choice{right[0]}", respident="response1")
        return
    every = _add(variable, "and")
    for number in range(len(choices)):
        place = every if number in right else _add(every, "not")
        _add(place, "varequal", f"choice{number}", respident="response1")


def _true_false(item, presentation, version, to_html) -> None:
    response = _add(presentation, "response_lid", ident="response1", rcardinality="Single")
    render = _add(response, "render_choice")
    for word in ("True", "False"):
        _material(_add(render, "response_label", ident=word.lower()), word)
    variable = _right(_processing(item, version))
    _add(variable, "varequal", str(version.data["answer"]).lower(), respident="response1")


def _fill_in(item, presentation, version, answers: list[str], case: bool) -> None:
    response = _add(presentation, "response_str", ident="response1", rcardinality="Single")
    _add(response, "render_fib", columns="30", rows="1", prompt="Box")
    variable = _right(_processing(item, version))
    for answer in answers:
        _add(variable, "varequal", answer, respident="response1", case="Yes" if case else "No")


def _words(item, presentation, version, to_html) -> None:
    entries = [a if isinstance(a, dict) else {"text": a} for a in version.data["answers"]]
    right = [entry["text"] for entry in entries if entry.get("fraction", 1) >= 1 - 1e-9]
    plain = [text.replace("\\*", "*") for text in right if "*" not in text.replace("\\*", "")]
    if not plain:
        raise NotWritten("its answers have wildcards, which Common Cartridge does not know")
    _fill_in(item, presentation, version, plain, bool(version.data.get("case_sensitive")))


def _number(item, presentation, version, to_html) -> None:
    _fill_in(item, presentation, version, [format_number(version.data["answer"])], False)


def _essay(item, presentation, version, to_html) -> None:
    response = _add(presentation, "response_str", ident="response1", rcardinality="Single")
    _add(response, "render_fib", columns="80", rows="15", prompt="Box")
    if version.explanation:
        _processing(item, version)
