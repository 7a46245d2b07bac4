"""What Canvas says in files of its own, beside the standard: publication, settings of quizzes."""

import re

from exchange.readers.common_cartridge.links import Links
from exchange.readers.common_cartridge.resource import Resource
from exchange.readers.common_cartridge.source import Source
from exchange.readers.dates import ahead
from exchange.readers.pages import decoded, page_body
from exchange.safe_xml import child, children, find_text, local_name
from quizzes.models import Quiz

SCORING = {
    "keep_highest": Quiz.Grading.BEST,
    "keep_latest": Quiz.Grading.LAST,
    "keep_average": Quiz.Grading.MEAN,
}


def read_states(source: Source) -> None:
    """What Canvas' own files say about publication, by identifier."""
    modules = source.read_xml("course_settings/module_meta.xml")
    if modules is not None:
        for module in children(modules, "module"):
            is_hidden = find_text(module, "workflow_state") == "unpublished"
            if is_hidden:
                source.hidden_items.add(module.get("identifier") or "")
            for item in module.iter():
                if local_name(item) == "item" and find_text(item, "url"):
                    source.addresses[item.get("identifier") or ""] = find_text(item, "url")
                if local_name(item) == "item" and find_text(item, "identifierref") and not is_hidden:
                    source.states.setdefault(
                        find_text(item, "identifierref"), find_text(item, "workflow_state")
                    )
    for resource in source.resources.values():
        for file in resource.files:
            if file.endswith(("assignment_settings.xml", "assessment_meta.xml")):
                meta = source.read_xml(file)
                if meta is not None and find_text(meta, "workflow_state"):
                    source.states[resource.identifier] = find_text(meta, "workflow_state")


def _quiz_meta(source: Source, resource: Resource):
    """What Canvas says beside a quiz, as an element; None where it says nothing."""
    related = [resource, *(source.resources[d] for d in resource.dependencies if d in source.resources)]
    files = [f for r in related for f in r.files if f.endswith("assessment_meta.xml")]
    files.append(f"{resource.identifier}/assessment_meta.xml")
    return next((m for f in files if f in source.files and (m := source.read_xml(f)) is not None), None)


def quiz_rules(source: Source, resource: Resource) -> dict:
    """Rules of a Canvas quiz as fields of `QuizOutline.settings`. Days that are past are left out."""
    meta = _quiz_meta(source, resource)
    if meta is None:
        return {}
    found: dict = {}
    for name, value in {"opens_at": "unlock_at", "closes_at": "lock_at"}.items():
        if (moment := ahead(find_text(meta, value))) is not None:
            found[name] = moment
    if len(found) == 2 and found["opens_at"] >= found["closes_at"]:
        found.clear()
    if shuffle := find_text(meta, "shuffle_answers"):
        found["shuffle_answers"] = shuffle == "true"
    if policy := SCORING.get(find_text(meta, "scoring_policy")):
        found["grading"] = policy
    if find_text(meta, "one_question_at_a_time") == "true":
        found["one_per_page"] = True
        if find_text(meta, "cant_go_back") == "true":
            found["navigation"] = Quiz.Navigation.SEQUENTIAL
    if find_text(meta, "hide_results") == "always" or find_text(meta, "show_correct_answers") == "false":
        found["show_answers"] = Quiz.Show.NEVER
    if code := find_text(meta, "access_code"):
        found["password"] = code[:100]
    return found


def quiz_settings(source: Source, links: Links, resource: Resource) -> dict:
    """Attempts, time limit and description as Canvas says them beside the quiz."""
    found: dict = {}
    meta = _quiz_meta(source, resource)
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
