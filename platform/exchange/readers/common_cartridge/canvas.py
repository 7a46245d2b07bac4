"""What Canvas says in files of its own, beside the standard: publication, settings of quizzes."""

import re

from exchange.readers.common_cartridge.links import Links
from exchange.readers.common_cartridge.resource import Resource
from exchange.readers.common_cartridge.source import Source
from exchange.readers.pages import decoded, page_body
from exchange.safe_xml import child, find_text, local_name


def read_states(source: Source) -> None:
    """What Canvas' own files say about publication, by identifier."""
    modules = source.read_xml("course_settings/module_meta.xml")
    if modules is not None:
        for item in modules.iter():
            if local_name(item) == "item" and find_text(item, "identifierref"):
                source.states.setdefault(find_text(item, "identifierref"), find_text(item, "workflow_state"))
    for resource in source.resources.values():
        for file in resource.files:
            if file.endswith(("assignment_settings.xml", "assessment_meta.xml")):
                meta = source.read_xml(file)
                if meta is not None and find_text(meta, "workflow_state"):
                    source.states[resource.identifier] = find_text(meta, "workflow_state")


def quiz_settings(source: Source, links: Links, resource: Resource) -> dict:
    """Attempts, time limit and description as Canvas says them beside the quiz."""
    found: dict = {}
    related = [resource, *(source.resources[d] for d in resource.dependencies if d in source.resources)]
    files = [f for r in related for f in r.files if f.endswith("assessment_meta.xml")]
    files.append(f"{resource.identifier}/assessment_meta.xml")
    meta = next((m for f in files if f in source.files and (m := source.read_xml(f)) is not None), None)
    if meta is None:
        return found
    attempts = find_text(meta, "allowed_attempts")
    if re.fullmatch(r"-?\d+", attempts):
        found["attempts"] = max(int(attempts), 0)
    limit = find_text(meta, "time_limit")
    if re.fullmatch(r"\d+", limit):
        found["time_limit"] = int(limit)
    description = child(meta, "description")
    if description is not None and "".join(description.itertext()).strip():
        found["description"] = links.markdown("".join(description.itertext()), "")
    source.states[resource.identifier] = find_text(meta, "workflow_state") or source.states.get(
        resource.identifier, ""
    )
    return found


def syllabus(source: Source, links: Links) -> str:
    """The description of the course, as Markdown."""
    data = source.read_bytes("course_settings/syllabus.html")
    if not data:
        return ""
    text = links.markdown(page_body(decoded(data)), "course_settings/syllabus.html")
    source.report.imported(
        source.path("course_settings/syllabus.html"), "syllabus", "Syllabus", note=links.note_lost()
    )
    source.settled.add("course_settings/syllabus.html")
    return text
