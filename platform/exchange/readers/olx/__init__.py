"""Open edX courses (OLX): a folder or archive with course.xml at its top.

A chapter becomes a section and a sequential a lesson; its verticals follow each other on the lesson's page,
each under its own heading. The problems of a vertical become one quiz at their place; a sequential that holds
nothing else becomes one quiz.

    source.py       the folder and its files
    tree.py         course.xml and the definitions that it leads to
    policies.py     policy files and grading
    structure.py    sections, lessons, quizzes
    components.py   pages, videos, discussions, assessments; problems/ has the questions
    links.py        where links and pictures lead
    course_pages.py the about folder and tabs
    leftovers.py    files that nothing led to
"""

from pathlib import Path

from exchange.archives import SourceRefused, walk_files
from exchange.outline import MEDIA_SCHEME, CourseOutline, SectionOutline
from exchange.readers.olx import course_pages
from exchange.readers.olx.components import Components
from exchange.readers.olx.leftovers import list_leftovers
from exchange.readers.olx.links import Links
from exchange.readers.olx.policies import instructors, read_policies
from exchange.readers.olx.source import Source
from exchange.readers.olx.structure import Structure
from exchange.readers.olx.tree import TreeReader, read_top
from exchange.report import Report


def read(root: Path, report: Report) -> CourseOutline:
    """The course below `root`. Raises SourceRefused if course.xml can't be read."""
    places = sorted(
        (path for path in walk_files(root) if path.rpartition("/")[2] == "course.xml"),
        key=lambda path: (path.count("/"), path),
    )
    if not places:
        raise SourceRefused("There is no course.xml in it, so it is not an Open edX course.")
    return _read_course(Source(root, places[0].rpartition("/")[0], report))


def _read_course(source: Source) -> CourseOutline:
    top = read_top(source)
    run = top.url_name
    policies = read_policies(source, run)
    links = Links(source)
    components = Components(source, links)
    for name in ("start", "self_paced"):
        value = policies.of("course", run).get(name)
        if value is not None and top.element.get(name) is None:
            top.element.set(name, str(value))
    named = str(policies.of("course", run).get("display_name") or "")
    top.title = top.element.get("display_name") or named or top.title
    tree = TreeReader(source, policies)
    tree.build(top, 0, set())
    drafts = tree.read_drafts(top)
    links.place(top, drafts)
    sections = Structure(source, links, components, policies.pass_mark).sections(top, drafts)
    tabs = course_pages.tabs(source, components, policies.tabs())
    if tabs:
        sections.append(SectionOutline("Pages", tuple(tabs), key="tabs", path=f"{source.folder}tabs"))
    about = course_pages.about(source, links, run)
    settings = {**policies.of("course", run), **dict(top.element.attrib)}
    image = settings.get("course_image") or ""
    cover = source.media.refer(image) if image else None
    list_leftovers(source)
    org, number = top.element.get("org") or "", top.element.get("course") or ""
    source.report.imported(top.path, "course", top.title)
    return CourseOutline(
        title=top.title,
        external_id=f"olx:{org}+{number}+{run}" if org or number else f"olx:{run}/{top.title}",
        sections=tuple(sections),
        summary=about.get("summary", "")[:500],
        description=about.get("description", ""),
        language=str(settings.get("language") or "").strip().lower().replace("_", "-"),
        provider=org,
        instructors=tuple(instructors(settings.get("instructor_info"))),
        image=cover.removeprefix(MEDIA_SCHEME) if cover else "",
        media=source.media.used,
    )
