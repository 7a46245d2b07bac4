"""Open response assessments: what they ask, and what answers are judged by."""

from lxml import etree

from exchange import html_markdown
from exchange.safe_xml import local_name


def prompts(element) -> list[str]:
    """What is asked, as HTML."""
    html = [
        (e.text or "") + "".join(etree.tostring(c, encoding="unicode", method="html") for c in e)
        for prompt in element.iter("prompt")
        # What a rubric asks of the graders has the same name.
        if not any(local_name(above) == "rubric" for above in prompt.iterancestors())
        for e in (list(prompt.iter("description")) or [prompt])
    ]
    plain = element.get("prompts_type") == "text"
    return [prompt.replace("\n", "<br>") for prompt in html] if plain else html


def rubric(element) -> str:
    """What the answers of an open assessment are judged by, as Markdown."""
    parts = []
    for criterion in element.iterfind("rubric/criterion"):
        asked = ": ".join(filter(None, (_text_of(criterion, "label", "name"), _text_of(criterion, "prompt"))))
        lines = [f"**{html_markdown.escape(asked)}**", ""] if asked else []
        for option in criterion.iterfind("option"):
            points = f" ({option.get('points')})" if option.get("points") else ""
            named = html_markdown.escape(f"{_text_of(option, 'label', 'name')}{points}")
            told = html_markdown.escape(_text_of(option, "explanation"))
            lines.append(f"- {named}: {told}" if told else f"- {named}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _text_of(element, *tags: str) -> str:
    """The text of the first of the named children that has one, on one line."""
    found = (" ".join((element.findtext(tag) or "").split()) for tag in tags)
    return next(filter(None, found), "")
