"""IMS Common Cartridge 1.1 to 1.3 (.imscc), as Canvas, Moodle, Blackboard and Brightspace write it.

Folders of the organisation become sections and each resource in them a lesson. Pages that no folder names
come last, in a section of their own. Canvas adds files beside the standard; what they say about titles, order
and publication is read, the rest of them is listed.

    manifest.py     resources and the organisation's tree
    resource.py     what a resource is; source.py has the folder and its files
    plan.py         which resources become lessons, and where
    lessons.py      pages, files, links, topics, assignments
    quizzes.py      quizzes; canvas.py has what Canvas adds to them
    links.py        where links and pictures lead
    leftovers.py    what became no lesson
"""

from pathlib import Path

from exchange import html_markdown
from exchange.archives import SourceRefused, walk_files
from exchange.outline import CourseOutline, SectionOutline
from exchange.readers.common_cartridge import canvas
from exchange.readers.common_cartridge.leftovers import list_leftovers
from exchange.readers.common_cartridge.lessons import LessonReader
from exchange.readers.common_cartridge.links import Links
from exchange.readers.common_cartridge.manifest import keywords, organisation, read_manifest, read_resources
from exchange.readers.common_cartridge.plan import plan_lessons
from exchange.readers.common_cartridge.source import Source
from exchange.report import Report
from exchange.safe_xml import child, find_text


def read(root: Path, report: Report) -> CourseOutline:
    """The cartridge in the folder. Raises SourceRefused if its manifest can't be read."""
    places = sorted(
        (path for path in walk_files(root) if path.rpartition("/")[2] == "imsmanifest.xml"),
        key=lambda path: (path.count("/"), path),
    )
    if not places:
        raise SourceRefused("There is no imsmanifest.xml in it, so it is no Common Cartridge.")
    return _read_cartridge(Source(root, places[0].rpartition("/")[0], report))


def _read_cartridge(source: Source) -> CourseOutline:
    manifest = read_manifest(source)
    read_resources(source, manifest)
    items = organisation(source, manifest)
    canvas.read_states(source)
    links = Links(source)
    reader = LessonReader(source, links)
    metadata = child(manifest, "metadata")
    lom = child(metadata, "lom") if metadata is not None else None
    general = child(lom, "general") if lom is not None else None
    settings = source.read_xml("course_settings/course_settings.xml")
    title = (find_text(settings, "title") if settings is not None else "") or (
        find_text(general, "title") if general is not None else ""
    )
    title = title or next((item.title for item in items if item.title), "") or "Course"
    plan = plan_lessons(source, items, title)
    links.place(plan)
    sections = []
    for number, (name, places) in enumerate(plan):
        lessons = [lesson for place in places if (lesson := reader.read(place))]
        if lessons:
            sections.append(
                SectionOutline(
                    name, tuple(lessons), key=f"section-{number}", path=source.path("imsmanifest.xml")
                )
            )
    description = canvas.syllabus(source, links)
    list_leftovers(source, reader)
    source.report.imported(source.path("imsmanifest.xml"), "manifest", title)
    return CourseOutline(
        title=title,
        # Tools write the same identifier into many cartridges: only the title tells them apart.
        external_id=f"cartridge:{manifest.get('identifier') or ''}/{title}",
        sections=tuple(sections),
        description=description
        or (html_markdown.escape(find_text(general, "description")) if general is not None else ""),
        language=(find_text(general, "language") if general is not None else "").lower()[:16],
        topics=tuple(keywords(general)),
        media=source.media.used,
    )
