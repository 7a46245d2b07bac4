"""The notation of the simple problem editor: `( )`, `[ ]`, `[[ ]]`, `=`, `s=`, `||hint||`."""

import re

from exchange.readers.olx.problems.answers import NotAQuestion, numeric_key

_LABEL = re.compile(r">>(.{0,5000}?)(?:\|\|(.{0,2000}?))?<<", re.DOTALL)
_FEEDBACK = re.compile(r"\{\{(.{0,5000}?)\}\}", re.DOTALL)


def read_simple_editor(markdown: str, name: str, to_markdown) -> list[dict]:
    """Questions of the simple problem editor's own notation: `( )`, `[ ]`, `[[ ]]`, `=`, `s=`, `||hint||`."""
    text = markdown.replace("\r\n", "\n")
    explanation = ""
    match = re.search(r"\[explanation\](.*?)\[/?explanation\]", text, re.DOTALL | re.IGNORECASE)
    if match:
        explanation = match.group(1).strip()
        text = text[: match.start()] + text[match.end() :]
    hints = [hint.strip() for hint in re.findall(r"(?m)^\|\|(.+?)\|\|\s*$", text)]
    text = re.sub(r"(?m)^\|\|.+?\|\|\s*$", "", text)
    text = _LABEL.sub(
        lambda m: "\n" + m.group(1) + (f"\n\n*{m.group(2).strip()}*" if m.group(2) else "") + "\n", text
    )
    questions: list[dict] = []
    for chunk in re.split(r"(?m)^\s*---+\s*$", text):
        questions += _simple_chunk(chunk, to_markdown)
    for number, question in enumerate(questions, start=1):
        question["name"] = f"{name} ({number})" if len(questions) > 1 else name
        question["text"] = question["text"] or name
        if explanation and number == len(questions):
            question["explanation"] = to_markdown(explanation)
        if hints:
            question["hints"] = [to_markdown(hint) for hint in hints]
    if not questions:
        raise NotAQuestion("no question was found in it")
    return questions


def _simple_chunk(chunk: str, to_markdown) -> list[dict]:
    questions: list[dict] = []
    stem: list[str] = []
    lines = chunk.split("\n")
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        group = []
        if re.match(r"\(\s*[xX@]?\s*\)", line):
            while at < len(lines) and re.match(r"\(\s*[xX@]?\s*\)", lines[at].strip()):
                group.append(lines[at].strip())
                at += 1
            questions.append(_simple_choices(group, stem, to_markdown, several=False))
        elif re.match(r"\[\s*[xX]?\s*\]", line):
            while at < len(lines) and re.match(r"\[\s*[xX]?\s*\]", lines[at].strip()):
                group.append(lines[at].strip())
                at += 1
            questions.append(_simple_choices(group, stem, to_markdown, several=True))
        elif line.startswith("[["):
            group.append(line)
            at += 1
            while at < len(lines) and "]]" not in group[-1]:
                group.append(lines[at].strip())
                at += 1
            questions.append(_simple_menu(" \n".join(group), stem, to_markdown))
        elif re.match(r"s?=\s*\S", line):
            group.append(line)
            at += 1
            while at < len(lines) and re.match(r"(or|not)=", lines[at].strip()):
                group.append(lines[at].strip())
                at += 1
            questions.append(_simple_field(group, stem, to_markdown))
        else:
            stem.append(lines[at])
            at += 1
            continue
        stem = []
    return questions


def _take_feedback(line: str, to_markdown) -> tuple[str, str]:
    told = (part.strip() for part in _FEEDBACK.findall(line))
    # What is told to those who did not choose it has no place here.
    feedback = " ".join(part for part in told if not re.match(r"u(nselected)?:", part))
    feedback = re.sub(r"^s(elected)?:\s*", "", feedback)
    feedback = re.sub(r"[\s,;]*\bu(nselected)?:.*$", "", feedback, flags=re.DOTALL)
    return _FEEDBACK.sub("", line).strip(), to_markdown(feedback) if feedback else ""


def _stem(stem: list[str], to_markdown) -> str:
    paragraphs = [p.strip() for p in re.split(r"\n\s*\n", "\n".join(stem)) if p.strip()]
    return "\n\n".join(filter(None, (to_markdown(p) for p in paragraphs)))


def _simple_choices(group: list[str], stem: list[str], to_markdown, *, several: bool) -> dict:
    choices = []
    for line in group:
        body, feedback = _take_feedback(line, to_markdown)
        sign, text = re.match(r"[(\[]\s*([xX@]*)\s*[)\]]\s*(.*)", body).groups()
        entry = {"text": to_markdown(text) or "…", "correct": "x" in sign.lower()}
        if feedback:
            entry["feedback"] = feedback
        choices.append(entry)
    if len(choices) < 2 or not (several or any(choice["correct"] for choice in choices)):
        raise NotAQuestion("it has fewer than two choices or no right one")
    question = {
        "type": "multiple_choice" if several else "single_choice",
        "choices": choices,
        "shuffle": False,
    }
    if several:
        question["marking"] = "all_or_nothing"
    return {"text": _stem(stem, to_markdown), **question}


def _simple_menu(text: str, stem: list[str], to_markdown) -> dict:
    body = text.strip().removeprefix("[[").rpartition("]]")[0]
    options = [part for part in (body.split("\n") if "\n" in body else body.split(",")) if part.strip()]
    choices = []
    for option in options:
        label, feedback = _take_feedback(option, to_markdown)
        right = label.startswith("(") and label.endswith(")")
        entry = {"text": to_markdown(label[1:-1] if right else label) or "…", "correct": right}
        if feedback:
            entry["feedback"] = feedback
        choices.append(entry)
    if len(choices) < 2 or not any(choice["correct"] for choice in choices):
        raise NotAQuestion("its menu has fewer than two options or no right one")
    return {"text": _stem(stem, to_markdown), "type": "single_choice", "choices": choices, "shuffle": False}


def _simple_field(group: list[str], stem: list[str], to_markdown) -> dict:
    answers, feedbacks = [], []
    for line in group:
        body, feedback = _take_feedback(line, to_markdown)
        if not body.startswith("not="):
            answers.append(re.sub(r"^(s|or)?=\s*", "", body))
            feedbacks.append(feedback)
    text = _stem(stem, to_markdown)
    if not group[0].startswith("s="):
        try:
            keys = []
            for answer in answers:
                value, sign, tolerance = re.match(r"([^+]*?)\s*(\+-|\+/-)?\s*([^+]*)$", answer).groups()
                keys.append(numeric_key(value or tolerance, tolerance if sign else "0"))
        except (NotAQuestion, AttributeError):
            keys = []
        if keys:
            question = {"text": text, "type": "numeric", **keys[0]}
            if feedbacks[0]:
                question["feedback"] = feedbacks[0]
            if keys[1:]:
                question["alternatives"] = [{**key, "fraction": 1.0} for key in keys[1:]]
            return question
    accepted = [
        {"text": a.replace("*", "\\*"), "fraction": 1.0, "feedback": f} if f else a.replace("*", "\\*")
        for a, f in zip(answers, feedbacks, strict=True)
    ]
    return {
        "text": text,
        "type": "short_text",
        "answers": accepted,
        "case_sensitive": False,
        "accent_sensitive": True,
    }
