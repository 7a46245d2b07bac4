"""Courses as folders of Markdown.

The site's own layout (course.md, numbered section folders with section.md, lessons with quizzes beside them)
is one case of a more general one: any folder of Markdown files, such as a book of MkDocs, docsify, mdBook,
GitBook, Docusaurus or Jupyter Book. Order comes from the book's own table of contents where there is one,
else from the names; titles from front matter, the first heading, or the name.

    contents.py      tables of contents
    plan.py          which pages become lessons, and where
    lessons.py       pages; notebooks.py has Jupyter's, quizzes.py what lies beside them
    text.py          the Markdown of a page; front_matter.py has its head, includes.py what it takes in,
                     directives.py and components.py the dialects of MyST, MDX and Hugo
    links.py         where links and pictures lead
    source.py        the folder and its files; names.py has what their names say
    leftovers.py     what was not met
"""

import posixpath
from pathlib import Path

from exchange.archives import SourceRefused, walk_files
from exchange.outline import MEDIA_SCHEME, CourseOutline, SectionOutline
from exchange.readers.markdown import front_matter
from exchange.readers.markdown.contents import Contents
from exchange.readers.markdown.leftovers import list_leftovers
from exchange.readers.markdown.lessons import read_lesson
from exchange.readers.markdown.links import Links
from exchange.readers.markdown.names import is_page, is_translation
from exchange.readers.markdown.plan import front_page, plan_lessons
from exchange.readers.markdown.source import Source
from exchange.readers.markdown.text import first_heading, without_first_heading
from exchange.readers.pages import title_of_file
from exchange.report import Report

_LEVEL_WORDS = {
    "beginner": "beginner basic introductory easy",
    "intermediate": "intermediate medium",
    "advanced": "advanced expert hard",
}
LEVELS = {word: level for level, words in _LEVEL_WORDS.items() for word in words.split()}


def read(root: Path, report: Report) -> CourseOutline:
    """The course in the folder. Raises SourceRefused where there is no page, or more than one course."""
    files = walk_files(root)
    tops = sorted({f.rpartition("/")[0] for f in files if f.rpartition("/")[2].lower() == "course.md"})
    if len(tops) > 1:
        raise SourceRefused(
            f"There are {len(tops)} courses in it ({', '.join(tops[:5])}…); name the folder of one of them."
        )
    folder = tops[0] if tops else _only_folder(files)
    return _read_book(Source(root, folder, report))


def _only_folder(files: list[str]) -> str:
    """The folder around everything, as archives of a repository have one."""
    folder = ""
    while True:
        inner = [f.removeprefix(folder) for f in files if f.startswith(folder)]
        tops = {f.partition("/")[0] for f in inner}
        if len(tops) != 1 or "/" not in inner[0]:
            return folder.rstrip("/")
        folder += f"{tops.pop()}/"


def _read_book(source: Source) -> CourseOutline:
    everything = [f for f in source.files if is_page(f)]
    pages = [f for f in everything if not is_translation(f)] or everything
    if not pages:
        raise SourceRefused("There is no Markdown file in it, so there is nothing to import.")
    own = next((f for f in source.files if f.lower() == "course.md"), None)
    contents = Contents(source)
    entries = contents.own_layout() if own else contents.read(pages)
    front = own or contents.root_page or front_page(source, pages)
    data, body, problem = source.page(front) if front else ({}, "", "")
    plan = plan_lessons(source, entries, front, pages)
    links = Links(source, front)
    links.place(plan)
    title = (
        str(source.config.get("site_name") or "")
        or front_matter.text_of(data, "title")
        or str(source.config.get("title") or "")
        or first_heading(body)
        or title_of_file(f"{source.name()}.")
    )
    slug = front_matter.text_of(data, "slug") or (source.name() if own else "")
    sections = []
    for section_title, key, places in plan:
        lessons = [
            lesson
            for page, name in places
            if (lesson := read_lesson(source, links, page, name, own=bool(own)))
        ]
        if lessons:
            sections.append(SectionOutline(section_title, tuple(lessons), key=key, path=source.path(key)))
    description = ""
    if front:
        description = links.markdown(without_first_heading(body), front)
        if front not in links.lesson_of:
            source.done(front)
            source.report.imported(source.path(front), "markdown", title, note=links.note(problem))
    image = front_matter.text_of(data, "image", "cover", "thumbnail")
    cover = (
        source.media.refer(posixpath.normpath(posixpath.join(posixpath.dirname(front or ""), image)))
        if image
        else None
    )
    list_leftovers(source, links)
    return CourseOutline(
        title=title,
        # A folder called “docs” says nothing; a course in the site's own layout is named by its folder.
        external_id=f"markdown:{slug}" if own else f"markdown:{source.name()}/{title}",
        slug=slug,
        sections=tuple(sections),
        summary=front_matter.text_of(data, "summary", "description", "subtitle")
        or str(source.config.get("site_description") or source.config.get("description") or ""),
        description=description,
        topics=front_matter.list_of(data, "topics", "tags", "keywords", "categories"),
        level=LEVELS.get(front_matter.text_of(data, "level", "difficulty").lower(), ""),
        language=front_matter.text_of(data, "language", "lang").lower().replace("_", "-"),
        provider=front_matter.text_of(data, "provider", "publisher", "institution"),
        instructors=front_matter.list_of(data, "instructors", "authors", "author")
        or front_matter.list_of(source.config, "author", "site_author"),
        price=front_matter.number_of(data, "price") or 0,
        prerequisites=front_matter.list_of(data, "prerequisites"),
        skills_taught=front_matter.list_of(data, "skills_taught"),
        skills_required=front_matter.list_of(data, "skills_required"),
        image=cover.removeprefix(MEDIA_SCHEME) if cover else "",
        media=source.media.used,
    )
