"""Open edX courses (OLX): a folder or archive with course.xml at its top.

A chapter becomes a section and a sequential a lesson; its verticals follow each other on the lesson's page,
each under its own heading. The problems of a vertical become one quiz at their place; a sequential that holds
nothing else becomes one quiz.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from urllib.parse import unquote

from lxml import etree
from markdown_it import MarkdownIt

from exchange import captions, html_markdown
from exchange.archives import SourceRefused, inside, walk_files, walk_links
from exchange.outline import (
    LESSON_SCHEME,
    MEDIA_SCHEME,
    BlockOutline,
    Captions,
    CourseOutline,
    LessonOutline,
    QuizOutline,
    SectionOutline,
)
from exchange.readers.media import MediaShelf, is_web_address
from exchange.readers.olx_problems import read_problem
from exchange.readers.pages import NOT_UNDERSTOOD, lost_note, not_understood, part_block
from exchange.report import Report
from exchange.safe_xml import BadXml, local_name, parse_xml

CONTAINERS = {
    "course", "chapter", "sequential", "videosequence", "problemset", "section", "vertical", "unit",
    "wrapper", "conditional", "split_test", "randomize", "abtest", "library_content",
    "legacy_library_content", "itembank", "item_bank", "library", "group", "experiment",
}  # fmt: skip
LESSONS = {"sequential", "videosequence", "problemset", "section"}
UNITS = {"vertical", "unit"}
CHOOSING = {
    "split_test": "everyone sees every group",
    "randomize": "everyone sees every variant",
    "abtest": "everyone sees every group",
    "conditional": "it is shown without its condition",
}
NO_COUNTERPART = {
    "lti": "external tools (LTI) can't be taken along",
    "lti_consumer": "external tools (LTI) can't be taken along",
    "wiki": "a course has no wiki here",
    "poll": "polls have no counterpart here",
    "poll_question": "polls have no counterpart here",
    "survey": "surveys have no counterpart here",
    "word_cloud": "word clouds have no counterpart here",
    "drag-and-drop-v2": "dragging is not a question type here",
    "scorm": "SCORM packages run code of their own and are not taken along",
    "edx_sga": "handing in files has no counterpart here",
    "staffgradedxblock": "marks given by staff alone have no counterpart here",
    "textbook": "textbooks have no counterpart here; their files are listed under static",
}
DEPTH = 30
DEFAULT_PASS_MARK = 60
_TRUE = {"true", "1", "yes"}
_ASSET = re.compile(
    r"(?:https?://[^/]+)?/?(?:assets/courseware/[^/]+/[^/]+/)?"
    r"(?:static/|c4x/[^/]+/[^/]+/asset/|asset-v1:[^/@]+(?:@|%40)asset(?:\+|%2B)block(?:@|%40)/?)(.+)"
)
_JUMP = re.compile(r"(?:jump_to_id/|jump_to/(?:i4x://[^/]+/[^/]+/[^/]+/|block-v1:[^/]*@))([^/?#@]+)")
_YOUTUBE = re.compile(r"[A-Za-z0-9_-]{6,20}")


@dataclass(slots=True)
class Node:
    """One element of the course with its definition read, wherever that lies."""

    kind: str
    url_name: str
    element: etree._Element
    path: str
    title: str
    html: str | None = None
    children: list["Node"] = field(default_factory=list)
    hidden: bool = False
    draft: bool = False
    parent_url: str = ""

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.walk()


def read(root: Path, report: Report) -> CourseOutline:
    """The course below `root`. Raises SourceRefused if course.xml can't be read."""
    places = sorted(
        (path for path in walk_files(root) if path.rpartition("/")[2] == "course.xml"),
        key=lambda path: (path.count("/"), path),
    )
    if not places:
        raise SourceRefused("There is no course.xml in it, so it is not an Open edX course.")
    return _CourseReader(root, places[0].rpartition("/")[0], report).read()


class _CourseReader:
    def __init__(self, root: Path, folder: str, report: Report) -> None:
        self.root = root
        self.folder = f"{folder}/" if folder else ""
        self.report = report
        self.files = [f for f in walk_files(root) if f.startswith(self.folder)]
        self.known = set(self.files)
        self.visited: set[str] = set()
        static = f"{self.folder}static/"
        self.media = MediaShelf(
            root / static,
            [f.removeprefix(static) for f in self.files if f.startswith(static)],
            prefix="static/",
        )
        self.metadata: dict[str, dict] = {}
        self.lesson_of: dict[str, str] = {}
        self.lost_links = 0
        self.pass_mark = DEFAULT_PASS_MARK

    # ------------------------------------------------------------------------------------- files

    def _bytes(self, path: str) -> bytes | None:
        file = inside(self.root, path)
        if file is None:
            return None
        self.visited.add(path)
        return file.read_bytes()

    def _text(self, path: str) -> str | None:
        data = self._bytes(path)
        return None if data is None else data.decode("utf-8-sig", errors="replace")

    def _json(self, path: str) -> dict:
        """A policy file, reported; empty where it can't be read."""
        text = self._text(path)
        name = path.rpartition("/")[2]
        try:
            value = json.loads(text or "")
            if not isinstance(value, dict):
                raise ValueError("it holds no object")
        except ValueError as error:
            self.report.failed(path, "policy", name, reason=f"It is not JSON that can be read: {error}.")
            return {}
        self.report.imported(path, "policy", name)
        return value

    # ------------------------------------------------------------------------------------ course

    def read(self) -> CourseOutline:
        top = self._course_element()
        run = top.url_name
        self._read_policies(run)
        named = str(self.metadata.get(f"course/{run}", {}).get("display_name") or "")
        top.title = top.element.get("display_name") or named or top.title
        self._build(top, 0, set())
        drafts = self._read_drafts(top)
        self._place(top, drafts)
        sections = self._sections(top, drafts)
        tabs = self._static_tabs()
        if tabs:
            sections.append(SectionOutline("Pages", tuple(tabs), key="tabs", path=f"{self.folder}tabs"))
        about = self._about()
        settings = {**self.metadata.get(f"course/{run}", {}), **dict(top.element.attrib)}
        image = settings.get("course_image") or ""
        cover = self.media.refer(image) if image else None
        self._list_rest()
        org, number = top.element.get("org") or "", top.element.get("course") or ""
        self.report.imported(top.path, "course", top.title)
        return CourseOutline(
            title=top.title,
            external_id=f"olx:{org}+{number}+{run}" if org or number else f"olx:{run}/{top.title}",
            sections=tuple(sections),
            summary=about.get("summary", "")[:500],
            description=about.get("description", ""),
            language=str(settings.get("language") or "").strip().lower().replace("_", "-"),
            provider=org,
            instructors=tuple(_instructors(settings.get("instructor_info"))),
            image=cover.removeprefix(MEDIA_SCHEME) if cover else "",
            media=self.media.used,
        )

    def _course_element(self) -> Node:
        path = f"{self.folder}course.xml"
        try:
            pointer = parse_xml(self._bytes(path) or b"")
        except BadXml as error:
            raise SourceRefused(f"{path} can't be read because {error}.") from error
        if local_name(pointer) == "library":
            raise SourceRefused(
                "This is a library of single blocks and not a course; export the course that uses it."
            )
        run = pointer.get("url_name") or pointer.get("slug") or "course"
        element, place = pointer, path
        definition = f"{self.folder}course/{run.replace(':', '/')}.xml"
        if len(pointer) == 0 and definition in self.known:
            try:
                element, place = parse_xml(self._bytes(definition)), definition
            except BadXml as error:
                raise SourceRefused(f"{definition} can't be read because {error}.") from error
            for name, value in pointer.attrib.items():
                if name not in element.attrib:
                    element.set(name, value)
        elif len(pointer) == 0:
            raise SourceRefused(f"{path} names the run “{run}”, but {definition} is missing.")
        titles = (source.get(key) for key in ("display_name", "name") for source in (element, pointer))
        title = next(filter(None, titles), "") or _humanised(run)
        return Node("course", run, element, place, title)

    def _read_policies(self, run: str) -> None:
        for name in (f"policies/{run}/policy.json", f"policies/{run}.json", "policy.json"):
            if f"{self.folder}{name}" in self.known:
                policy = self._json(f"{self.folder}{name}")
                self.metadata |= {key: value for key, value in policy.items() if isinstance(value, dict)}
                break
        for name in (f"policies/{run}/grading_policy.json", "grading_policy.json"):
            if f"{self.folder}{name}" in self.known:
                cutoffs = self._json(f"{self.folder}{name}").get("GRADE_CUTOFFS")
                if isinstance(cutoffs, dict) and cutoffs:
                    numbers = [v for v in cutoffs.values() if isinstance(v, int | float) and 0 < v <= 1]
                    self.pass_mark = round(min(numbers, default=DEFAULT_PASS_MARK / 100) * 100)
                break

    def _about(self) -> dict[str, str]:
        """Description and summary from the about folder."""
        found: dict[str, str] = {}
        wanted = {"overview": "description", "short_description": "summary"}
        folder = f"{self.folder}about/"
        for path in [f for f in self.files if f.startswith(folder)]:
            name = path.rpartition("/")[2]
            use = wanted.get(name.rpartition(".")[0])
            text = self._text(path)
            if not use:
                self.report.skipped(path, "about", name, reason="A course page has no place for it here.")
                continue
            if use == "summary":
                found.setdefault(use, html_markdown.plain_text(text))
            else:
                found.setdefault(use, self._markdown(text))
            self.report.imported(path, "about", name)
        return found

    # ------------------------------------------------------------------------- reading the tree

    def _title(self, node: Node, kind: str, url_name: str) -> str:
        own = node.element.get("display_name")
        if not own and not node.element.get("url_name") and not node.element.get("slug"):
            # Courses of the first years name their parts by their titles.
            own = node.element.get("name")
        return (own or str(self.metadata.get(f"{kind}/{url_name}", {}).get("display_name") or "")).strip()

    def _definition_path(self, kind: str, name: str, drafts: bool) -> str | None:
        relative = f"{kind}/{name.replace(':', '/')}.xml"
        places = [f"{self.folder}drafts/{relative}"] if drafts else []
        places.append(f"{self.folder}{relative}")
        return next((path for path in places if path in self.known), None)

    def _open(self, pointer, path: str, *, drafts: bool = False) -> Node | None:
        """The node that a child element means; None (and reported) where its definition can't be read."""
        kind = local_name(pointer)
        url_name = pointer.get("url_name") or pointer.get("slug") or pointer.get("name") or ""
        element, place = pointer, path
        bare = len(pointer) == 0 and not (pointer.text or "").strip()
        if bare and (url_name or pointer.get("filename")):
            name = url_name or pointer.get("filename")
            definition = self._definition_path(kind, name, drafts)
            if definition is None and pointer.get("filename"):
                definition = self._definition_path(kind, pointer.get("filename"), drafts)
            pages = self._html_path(kind, name, pointer, drafts)
            if definition is not None:
                data = self._bytes(definition)
                try:
                    element, place = parse_xml(data or b""), definition
                except BadXml as error:
                    if kind != "html":
                        self.report.failed(
                            definition, kind, name, reason=f"It can't be read because {error}."
                        )
                        return None
                    # Pages were written by hand in older courses and are often HTML, not XML.
                    element = etree.Element("html", dict(pointer.attrib))
                    node = Node(
                        "html", url_name, element, definition, "", html=data.decode("utf-8", "replace")
                    )
                    node.title = self._title(node, kind, url_name) or _humanised(url_name)
                    return node
                kind = local_name(element) or kind
            elif pages is None and set(pointer.attrib) <= {"url_name", "slug", "filename"}:
                if kind in {"discussion", "wiki"}:
                    pass
                else:
                    missing = f"{self.folder}{kind}/{name.replace(':', '/')}.xml"
                    self.report.failed(
                        missing, kind, name, reason="The course refers to it, but it is not there."
                    )
                    return None
        for name, value in pointer.attrib.items():
            if name not in element.attrib:
                element.set(name, value)
        node = Node(kind, url_name, element, place, "")
        node.title = self._title(node, kind, url_name) or ("" if not url_name else _humanised(url_name))
        node.hidden = (element.get("visible_to_staff_only") or "").lower() in _TRUE
        node.draft = drafts
        node.parent_url = (element.get("parent_url") or "").rpartition("@")[2].rpartition("/")[2]
        if kind == "html":
            self._read_html(node, drafts)
        return node

    def _html_path(self, kind: str, name: str, element, drafts: bool) -> str | None:
        if kind != "html":
            return None
        for filename in filter(None, (element.get("filename"), name)):
            for base in ([f"{self.folder}drafts/html/"] if drafts else []) + [f"{self.folder}html/"]:
                path = f"{base}{filename.replace(':', '/').removesuffix('.html')}.html"
                if path in self.known:
                    return path
        return None

    def _read_html(self, node: Node, drafts: bool) -> None:
        element = node.element
        path = self._html_path("html", node.url_name, element, drafts)
        if path and len(element) == 0 and not (element.text or "").strip():
            node.html = self._text(path)
            if node.path.endswith("course.xml") or not node.path.rpartition("/")[0].endswith("html"):
                node.path = path
        elif element.get("filename") and len(element) == 0 and not (element.text or "").strip():
            self.report.failed(
                node.path,
                "html",
                node.title,
                reason=f"Its page html/{element.get('filename').removesuffix('.html')}.html is not there.",
            )
            node.kind = ""
        else:
            inner = "".join(etree.tostring(c, encoding="unicode", method="html") for c in element)
            text = (element.text or "").strip()
            # A page inside CDATA is markup already; plain text is not.
            node.html = text + inner if not len(element) else html_markdown.escape(element.text or "") + inner

    def _build(self, node: Node, depth: int, above: set[tuple[str, str]]) -> None:
        """Opens the children of containers, all the way down."""
        if depth > DEPTH:
            self.report.failed(node.path, node.kind, node.title, reason="It is nested too deeply.")
            return
        for pointer in node.element:
            kind = local_name(pointer)
            if not kind or (node.kind in {"conditional", "library_content", "itembank"} and kind in {"show"}):
                continue
            if kind in {"textbook", "pdf_textbook", "html_textbook"} and node.kind == "course":
                self.report.skipped(
                    node.path, kind, pointer.get("title") or "", reason=_sentence(NO_COUNTERPART["textbook"])
                )
                continue
            if kind == "static_tab":
                continue  # Its page lies in the tabs folder, all of which is read.
            identity = (kind, pointer.get("url_name") or "")
            if identity[1] and identity in above:
                self.report.failed(node.path, kind, identity[1], reason="It contains itself.")
                continue
            child = self._open(pointer, node.path, drafts=node.draft)
            if child is None or not child.kind:
                continue
            node.children.append(child)
            if self._is_container(child):
                self._build(child, depth + 1, above | {identity})

    def _is_container(self, node: Node) -> bool:
        if node.kind in CONTAINERS:
            return True
        known = {"html", "video", "problem", "discussion", "openassessment", "annotatable", "videoalpha"}
        return node.kind not in known and any(child.get("url_name") for child in node.element)

    def _read_drafts(self, top: Node) -> dict[str, list[tuple[int, Node]]]:
        """Verticals that exist only as drafts, by the url_name of the sequential they belong to."""
        published = {node.url_name for node in top.walk() if node.kind in UNITS}
        found: dict[str, list[tuple[int, Node]]] = {}
        folder = f"{self.folder}drafts/vertical/"
        for path in [f for f in self.files if f.startswith(folder) and f.endswith(".xml")]:
            name = path.removeprefix(folder).removesuffix(".xml")
            try:
                element = parse_xml(self._bytes(path) or b"")
            except BadXml as error:
                self.report.failed(path, "vertical", name, reason=f"It can't be read because {error}.")
                continue
            title = element.get("display_name") or _humanised(name)
            node = Node("vertical", name, element, path, title, draft=True)
            if name in published:
                self.report.skipped(
                    path,
                    "vertical",
                    title,
                    reason="It is a draft of a unit whose published version was imported.",
                )
                self._list_draft_children(node)
                continue
            node.parent_url = (element.get("parent_url") or "").rpartition("@")[2].rpartition("/")[2]
            node.hidden = True
            self._build(node, 0, set())
            try:
                index = int(element.get("index_in_children_list") or 0)
            except ValueError:
                index = 0
            found.setdefault(node.parent_url, []).append((index, node))
        for nodes in found.values():
            nodes.sort(key=lambda pair: pair[0])
        return found

    def _list_draft_children(self, node: Node) -> None:
        self._build(node, 0, set())
        for inner in node.walk():
            if inner is not node and inner.path.startswith(f"{self.folder}drafts/"):
                self.report.skipped(
                    inner.path, inner.kind, inner.title,
                    reason="It is a draft of a unit whose published version was imported.",
                )  # fmt: skip

    # -------------------------------------------------------------------- where links arrive

    def _place(self, top: Node, drafts: dict[str, list[tuple[int, Node]]]) -> None:
        """Says for every url_name on which lesson it will be found."""
        for number, chapter in enumerate(top.children, start=1):
            lessons = chapter.children if chapter.kind == "chapter" else [chapter]
            for index, lesson in enumerate(lessons, start=1):
                lesson.url_name = lesson.url_name or f"{number}-{index}"
                for node in lesson.walk():
                    self.lesson_of.setdefault(node.url_name, lesson.url_name)
                apart = [unit for unit in lesson.children if unit.hidden]
                apart += [draft for _, draft in drafts.get(lesson.url_name, [])]
                for unit in apart:
                    self.lesson_of |= {node.url_name: unit.url_name for node in unit.walk()}
            if lessons:
                self.lesson_of.setdefault(chapter.url_name, lessons[0].url_name)

    def _link(self, url: str) -> str | None:
        url = url.strip()
        jump = _JUMP.search(url)
        if jump:
            key = self.lesson_of.get(unquote(jump.group(1)))
            if key:
                return f"{LESSON_SCHEME}{key}"
            self.lost_links += 1
            return None
        asset = _ASSET.match(url)
        if asset:
            target = self.media.refer(re.split(r"[?#]", asset.group(1))[0])
            if target or not url.startswith("http"):
                self.lost_links += target is None
                return target
        if url.startswith("//"):
            url = f"https:{url}"
        if is_web_address(url):
            return url
        if not url.startswith("#"):
            self.lost_links += 1
        return None

    def _image(self, url: str) -> str | None:
        if url.startswith("data:"):
            target = self.media.inline(url)
            self.lost_links += target is None
            return target
        return self._link(url)

    def _markdown(self, html: str, floor: int = 3) -> str:
        return html_markdown.to_markdown(html, link=self._link, image=self._image, heading_floor=floor)

    def _note_lost(self) -> str:
        lost, self.lost_links = self.lost_links, 0
        return lost_note(lost)

    # ------------------------------------------------------------------------ sections, lessons

    def _sections(self, top: Node, drafts: dict[str, list[tuple[int, Node]]]) -> list[SectionOutline]:
        sections: list[SectionOutline] = []
        loose: list[LessonOutline] = []

        def gather() -> None:
            """Lessons outside of a chapter, at their place between the chapters."""
            if loose:
                number = sum(section.title == top.title for section in sections)
                key = f"course-{number + 1}" if number else "course"
                sections.append(SectionOutline(top.title, tuple(loose), key=key, path=top.path))
                loose.clear()

        for chapter in top.children:
            if chapter.kind in NO_COUNTERPART:
                self._skip(chapter)
                continue
            if chapter.kind != "chapter":
                loose += self._lesson(chapter, hidden=chapter.hidden, drafts=drafts)
                continue
            gather()
            lessons: list[LessonOutline] = []
            for child in chapter.children:
                lessons += self._lesson(child, hidden=chapter.hidden or child.hidden, drafts=drafts)
            if lessons or not chapter.children:
                sections.append(
                    SectionOutline(
                        chapter.title or "Section", tuple(lessons), key=chapter.url_name, path=chapter.path
                    )
                )
                self.report.imported(chapter.path, "chapter", chapter.title)
            else:
                self.report.skipped(
                    chapter.path, "chapter", chapter.title, reason="Nothing in it could be imported."
                )
        gather()
        for parent, nodes in drafts.items():
            if parent not in self.lesson_of or self.lesson_of.get(parent) != parent:
                for _, node in nodes:
                    for inner in node.walk():
                        self.report.skipped(
                            inner.path,
                            inner.kind,
                            inner.title,
                            reason="It is a draft outside of the course's tree.",
                        )
        return sections

    def _lesson(
        self, node: Node, *, hidden: bool, drafts: dict[str, list[tuple[int, Node]]]
    ) -> list[LessonOutline]:
        """The lesson of a sequential, and one unpublished lesson for each unit that only staff may see."""
        units = node.children if self._is_container(node) and node.kind not in UNITS else [node]
        visible = [unit for unit in units if not (unit.hidden and unit is not node)]
        staff_only = [unit for unit in units if unit.hidden and unit is not node]
        staff_only += [draft for _, draft in drafts.get(node.url_name, [])]
        graded = (node.element.get("graded") or "").lower() in _TRUE
        lessons: list[LessonOutline] = []
        blocks = self._lesson_blocks(node, visible, graded)
        if blocks:
            lessons.append(
                LessonOutline(
                    key=node.url_name, title=node.title or "Lesson", blocks=tuple(blocks),
                    published=not hidden, path=node.path,
                )
            )  # fmt: skip
        for unit in staff_only:
            own = self._lesson_blocks(unit, [unit], graded)
            if own:
                lessons.append(
                    LessonOutline(
                        key=unit.url_name, title=unit.title or node.title or "Draft", blocks=tuple(own),
                        published=False, path=unit.path,
                    )
                )  # fmt: skip
        if node not in units:
            if lessons:
                self.report.imported(node.path, node.kind, node.title)
            else:
                reason = "It is empty." if not node.children else "Nothing in it could be imported."
                self.report.skipped(node.path, node.kind, node.title, reason=reason)
        return lessons

    def _lesson_blocks(self, node: Node, units: list[Node], graded: bool) -> list[BlockOutline]:
        pages: list[tuple[Node, list[BlockOutline | _Asked]]] = []
        for unit in units:
            content = self._unit(unit)
            if self._is_container(unit):
                note = CHOOSING.get(unit.kind, "")
                if content:
                    self.report.imported(
                        unit.path, unit.kind, unit.title, note=_sentence(note) if note else ""
                    )
                else:
                    reason = "It is empty." if not unit.children else "Nothing in it could be imported."
                    self.report.skipped(unit.path, unit.kind, unit.title, reason=reason)
            if content:
                pages.append((unit, content))
        everything = [part for _, content in pages for part in content]
        only_asks = all(isinstance(part, _Asked) for part in everything)
        limit = self._time_limit(node) if only_asks else {}
        if len(pages) > 1 and only_asks:
            return [self._quiz(node, everything, graded, **limit)]
        blocks: list[BlockOutline] = []
        for unit, content in pages:
            page: list[BlockOutline] = []
            asked = [part for part in content if isinstance(part, _Asked)]
            for part in content:
                if not isinstance(part, _Asked):
                    page.append(part)
                elif part is asked[-1]:
                    page.append(self._quiz(unit, asked, graded, **limit))
            titled = unit is not node and unit.title and (len(pages) > 1 and unit.title != node.title)
            if titled and not (page[0].kind == "quiz" and len(page) == 1):
                heading = f"## {html_markdown.escape(unit.title)}"
                if page[0].kind == "text":
                    page[0] = BlockOutline("text", f"{heading}\n\n{page[0].markdown}", path=page[0].path)
                else:
                    page.insert(0, BlockOutline("text", heading, path=unit.path))
            blocks += page
        return blocks

    def _quiz(self, node: Node, asked: list["_Asked"], graded: bool, **settings) -> BlockOutline:
        questions = [question for part in asked for question in part.questions]
        attempts = [part.attempts for part in asked]
        data = {
            "title": node.title or "Quiz",
            **settings,
            "pass_mark": self.pass_mark if graded else DEFAULT_PASS_MARK,
            "attempts": 0 if 0 in attempts else max(attempts),
            "questions": questions,
        }
        origins = tuple((part.path, "problem", part.name) for part in asked for _ in part.questions)
        key = asked[0].key if node.kind == "problem" else f"{node.url_name}"
        quiz = QuizOutline(f"quiz-{key}", data["title"], data, path=node.path, origins=origins)
        return BlockOutline("quiz", quiz=quiz, title=data["title"], path=node.path)

    def _time_limit(self, node: Node) -> dict:
        """The time that a timed sequential allows, as the setting of a quiz."""
        minutes = node.element.get("default_time_limit_minutes") or ""
        timed = (node.element.get("is_time_limited") or "").lower() in _TRUE
        return {"time_limit": int(minutes)} if timed and minutes.isdigit() and int(minutes) else {}

    def _unit(self, unit: Node) -> list:
        """Blocks and questions of a unit, in order; containers inside it are flattened."""
        if not self._is_container(unit):
            return self._component(unit)
        content: list = []
        for child in unit.children:
            inner = self._unit(child)
            if self._is_container(child):
                note = CHOOSING.get(child.kind, "")
                if child.kind in {"library_content", "legacy_library_content", "itembank", "item_bank"}:
                    self._report_bank(child, bool(inner))
                elif inner:
                    self.report.imported(
                        child.path, child.kind, child.title, note=_sentence(note) if note else ""
                    )
                else:
                    reason = "It is empty." if not child.children else "Nothing in it could be imported."
                    self.report.skipped(child.path, child.kind, child.title, reason=reason)
            content += inner
        return content

    def _report_bank(self, node: Node, has_content: bool) -> None:
        count = node.element.get("max_count")
        if has_content:
            total = len(node.children)
            chosen = count and count.isdigit() and int(count) < total
            note = f"All {total} blocks are shown; choosing {count} at random is not kept." if chosen else ""
            self.report.imported(node.path, node.kind, node.title, note=note)
        else:
            library = node.element.get("source_library_id") or "a library"
            self.report.skipped(
                node.path,
                node.kind,
                node.title,
                reason=f"It draws from “{library}”, whose content is not in this export.",
            )

    # ------------------------------------------------------------------------------ components

    def _skip(self, node: Node) -> None:
        reason = NO_COUNTERPART.get(node.kind, f"blocks of the kind “{node.kind}” have no counterpart here")
        address = node.element.get("launch_url") or node.element.get("href") or ""
        if address:
            reason = f"{reason} ({address})"
        self.report.skipped(node.path, node.kind, node.title, reason=_sentence(reason))

    def _component(self, node: Node) -> list:
        self.lost_links = 0
        readers = {
            "html": self._html,
            "video": self._video,
            "videoalpha": self._video,
            "problem": self._problem,
            "discussion": self._discussion,
            "openassessment": self._exercise,
            "combinedopenended": self._exercise,
            "annotatable": self._annotatable,
            "google-document": self._embed_code,
            "google-calendar": self._embed_code,
            "iframe": self._frame,
            "markdown": self._written,
            "pdf": self._pdf,
        }
        reader = readers.get(node.kind)
        if reader is None:
            self._skip(node)
            return []
        try:
            return reader(node)
        except NOT_UNDERSTOOD as error:
            self.report.failed(node.path, node.kind, node.title, reason=not_understood(error))
            return []

    def _take(
        self, node: Node, blocks: list[BlockOutline], empty: str = "It is empty."
    ) -> list[BlockOutline]:
        if blocks:
            self.report.imported(node.path, node.kind, node.title, note=self._note_lost())
        else:
            self.report.skipped(node.path, node.kind, node.title, reason=empty)
        return blocks

    def _page(self, node: Node, html: str) -> list[BlockOutline]:
        parts = html_markdown.convert(html, link=self._link, image=self._image, heading_floor=3)
        return [part_block(part, node.path) for part in parts]

    def _html(self, node: Node) -> list[BlockOutline]:
        html = node.html or ""
        empty = "It is empty."
        if html.strip() and "<script" in html.lower():
            empty = "It holds only a script, and scripts are never taken along."
        elif html.strip():
            empty = "It holds nothing that can be shown without scripts."
        blocks = self._page(node, html)
        if not blocks and self.lost_links:
            empty, self.lost_links = "What it shows is not in the source.", 0
        return self._take(node, blocks, empty)

    def _written(self, node: Node) -> list[BlockOutline]:
        """A page in Markdown, with the extras that its block knows: tables, fenced code and HTML."""
        parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        return self._take(node, self._page(node, parser.render(dedent(node.element.text or ""))))

    def _annotatable(self, node: Node) -> list[BlockOutline]:
        element = node.element
        if not len(element) and (element.text or "").strip():
            html = element.text
        else:
            html = "".join(etree.tostring(c, encoding="unicode", method="html") for c in element)
        return self._take(node, self._page(node, html))

    def _embed_code(self, node: Node) -> list[BlockOutline]:
        return self._take(
            node, self._page(node, node.element.get("embed_code") or ""), "It names no document."
        )

    def _frame(self, node: Node) -> list[BlockOutline]:
        url = node.element.get("iframe_url") or node.element.get("src") or ""
        blocks = (
            [BlockOutline("embed", url=url, title=node.title, path=node.path)] if is_web_address(url) else []
        )
        return self._take(node, blocks, "It names no address on the web.")

    def _pdf(self, node: Node) -> list[BlockOutline]:
        target = self._link(node.element.get("url") or "")
        blocks = (
            [BlockOutline("text", f"[{html_markdown.escape(node.title)}]({target})", path=node.path)]
            if target
            else []
        )
        return self._take(node, blocks, "It names no document that can be reached.")

    def _discussion(self, node: Node) -> list[BlockOutline]:
        topic = node.element.get("discussion_target") or node.element.get("for") or node.title
        category = node.element.get("discussion_category") or ""
        label = " / ".join(filter(None, (category, topic)))
        text = f"### {html_markdown.escape(label)}\n\nDiscuss this below the lesson."
        return self._take(node, [BlockOutline("text", text, path=node.path)])

    def _exercise(self, node: Node) -> list[BlockOutline]:
        element = node.element
        html = [
            (e.text or "") + "".join(etree.tostring(c, encoding="unicode", method="html") for c in e)
            for prompt in element.iter("prompt")
            # What a rubric asks of the graders has the same name.
            if not any(local_name(above) == "rubric" for above in prompt.iterancestors())
            for e in (list(prompt.iter("description")) or [prompt])
        ]
        plain = element.get("prompts_type") == "text"
        task = "\n\n".join(
            filter(None, (self._markdown(p.replace("\n", "<br>") if plain else p) for p in html))
        )
        if not task:
            self.report.skipped(node.path, node.kind, node.title, reason="It has no prompt.")
            return []
        note = "Assessment by peers and staff has no counterpart here; the prompt became an exercise."
        self.report.imported(node.path, node.kind, node.title, note=note)
        answer = _rubric(element)
        return [BlockOutline("exercise", task, title=node.title, answer=answer, path=node.path)]

    def _problem(self, node: Node) -> list["_Asked"]:
        found = read_problem(node.element, name=node.title or "Question", link=self._link, image=self._image)
        lost = self._note_lost()
        if found.text:
            self.report.imported(node.path, "problem", node.title, note="It asks nothing; its text was kept.")
            return [BlockOutline("text", found.text, path=node.path)]
        for kind, reason in found.left_out:
            self.report.skipped(node.path, kind, node.title, reason=_sentence(reason))
        if not found.questions:
            reasons = sorted({reason for kind, reason in found.left_out if kind != "script"})
            reason = (
                f"No question of it could be imported: {'; '.join(reasons)}."
                if reasons
                else "It asks nothing."
            )
            self.report.skipped(node.path, "problem", node.title, reason=reason)
            return []
        try:
            attempts = int(node.element.get("max_attempts") or 0)
        except ValueError:
            attempts = 0
        weight = _weight(node.element.get("weight"))
        if weight is not None:
            for question in found.questions:
                question["mark"] = weight / len(found.questions)
        count = len(found.left_out)
        left = f"{count} parts of it were left out. " if count > 1 else "A part of it was left out. " * count
        self.report.imported(node.path, "problem", node.title, note=(left + lost).strip())
        return [_Asked(node.url_name, node.title, node.path, found.questions, max(attempts, 0))]

    # ----------------------------------------------------------------------------------- video

    def _video(self, node: Node) -> list[BlockOutline]:
        element = node.element
        youtube = _youtube_id(element)
        timed = self._captions(element, youtube)
        tracks = tuple(Captions(language, captions.to_vtt(cues)) for language, cues in timed)
        transcript = captions.to_transcript(timed[0][1]) if timed else ""
        sources = _video_sources(element)
        common = {"title": node.title, "captions": tracks, "transcript": transcript, "path": node.path}
        if youtube:
            return self._take(
                node, [BlockOutline("video", url=f"https://www.youtube.com/watch?v={youtube}", **common)]
            )
        for source in sources:
            target = self._link(source)
            if target and target.startswith(MEDIA_SCHEME):
                return self._take(
                    node, [BlockOutline("video", media=target.removeprefix(MEDIA_SCHEME), **common)]
                )
            if target:
                return self._take(node, [BlockOutline("video", url=target, **common)])
        if transcript:
            text = f"### {html_markdown.escape(node.title)}\n\n{html_markdown.escape(transcript)}"
            self.report.imported(
                node.path, node.kind, node.title, note="The video is not in the export; its transcript is."
            )
            return [BlockOutline("text", text, path=node.path)]
        self.report.skipped(node.path, node.kind, node.title, reason="The video itself is not in the export.")
        return []

    def _captions(self, element, youtube: str) -> list[tuple[str, list[captions.Cue]]]:
        names: dict[str, str] = {}
        try:
            listed = json.loads(element.get("transcripts") or "{}")
            names |= {str(k): str(v) for k, v in listed.items()} if isinstance(listed, dict) else {}
        except ValueError:
            pass
        for track in element.iter("transcript"):
            if track.get("src"):
                names[track.get("language") or "en"] = track.get("src")
        sub = element.get("sub") or youtube
        if sub and "en" not in names:
            names["en"] = f"subs_{sub}.srt.sjson"
        video_id = element.get("edx_video_id") or ""
        found = []
        for language, name in names.items():
            for candidate in (name, f"{video_id}-{language}.srt"):
                file = self.media.find(candidate.removeprefix("/static/"))
                data = self._bytes(f"{self.folder}static/{file}") if file else None
                cues = captions.read_cues(data, file) if data else []
                if cues:
                    found.append((language, cues))
                    self.report.imported(f"{self.folder}static/{file}", "transcript", language)
                    break
        return sorted(found, key=lambda pair: pair[0] != "en")

    # ------------------------------------------------------------------------ tabs and the rest

    def _static_tabs(self) -> list[LessonOutline]:
        folder = f"{self.folder}tabs/"
        names = {
            str(tab.get("url_slug")): str(tab.get("name") or "")
            for settings in self.metadata.values()
            for tab in settings.get("tabs") or []
            if isinstance(tab, dict) and tab.get("url_slug")
        }
        lessons = []
        for path in [f for f in self.files if f.startswith(folder) and f.endswith(".html")]:
            slug = path.removeprefix(folder).removesuffix(".html")
            element = etree.Element("static_tab")
            node = Node("static_tab", slug, element, path, names.get(slug) or _humanised(slug))
            node.html = self._text(path)
            blocks = self._html(node)
            if blocks:
                lessons.append(
                    LessonOutline(
                        key=f"tab-{slug}", title=node.title, blocks=tuple(blocks), preview=True, path=path
                    )
                )
        return lessons

    def _list_rest(self) -> None:
        """Everything that is in the folder and was not met on the way."""
        used = self.media.used_files()
        static = f"{self.folder}static/"
        for path in self.files:
            name = path.rpartition("/")[2]
            relative = path.removeprefix(self.folder)
            top = relative.partition("/")[0]
            if path.startswith(static):
                if path.removeprefix(static) in used:
                    self.report.imported(path, "static", name)
                elif path not in self.visited:
                    self.report.skipped(
                        path, "static", name, reason="Nothing that was imported refers to it."
                    )
            elif path in self.visited or relative == "course.xml":
                continue
            elif relative.startswith("drafts/"):
                kind = relative.split("/")[1] if relative.count("/") > 1 else "draft"
                self.report.skipped(path, kind, name, reason="It is a draft that no unit of the course uses.")
            elif top in {"info", "policies", "assets", "course"}:
                self.report.skipped(
                    path, top, name, reason="It holds settings or notices that have no counterpart here."
                )
            elif path.endswith((".xml", ".html")) and "/" in relative:
                self.report.skipped(path, top, name, reason="Nothing in the course refers to it.")
            else:
                self.report.skipped(path, "file", name, reason="It is not part of an Open edX course.")
        for link in walk_links(self.root):
            self.report.skipped(
                link, "link", link.rpartition("/")[2], reason="Links to other files are not followed."
            )


@dataclass(frozen=True, slots=True)
class _Asked:
    """The questions of one problem, before they are put into a quiz."""

    key: str
    name: str
    path: str
    questions: list[dict]
    attempts: int


def _rubric(element) -> str:
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


def _weight(text: str | None) -> float | None:
    """The points of a problem, or None where it has no number of its own."""
    try:
        weight = float(text or "")
    except ValueError:
        return None
    return weight if 0 < weight <= 1000 else None


def _sentence(clause: str) -> str:
    return f"{clause[:1].upper()}{clause[1:]}." if clause else ""


def _humanised(url_name: str) -> str:
    """A title from a name; none from a generated one."""
    if re.fullmatch(r"[0-9a-f]{12,}", url_name):
        return ""
    return re.sub(r"[_\-:]+", " ", url_name).strip()


def _youtube_id(element) -> str:
    listed = dict(
        pair.strip().split(":", 1) for pair in (element.get("youtube") or "").split(",") if ":" in pair
    )
    for value in (element.get("youtube_id_1_0"), listed.get("1.00"), listed.get("1.0")):
        if value and _YOUTUBE.fullmatch(value.strip()):
            return value.strip()
    return ""


def _video_sources(element) -> list[str]:
    try:
        listed = json.loads(element.get("html5_sources") or "[]")
    except ValueError:
        listed = []
    sources = [str(source) for source in listed] if isinstance(listed, list) else []
    sources += [child.get("src") for child in element.iter("source") if child.get("src")]
    sources += [video.get("url") for video in element.iter("encoded_video") if video.get("url")]
    if element.get("source"):
        sources.append(element.get("source"))
    playable = [s for s in sources if s.split("?")[0].lower().endswith((".mp4", ".webm", ".m4v"))]
    return playable + [s for s in sources if s not in playable]


def _instructors(value) -> list[str]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    people = value.get("instructors") if isinstance(value, dict) else None
    return [str(p["name"]) for p in people or [] if isinstance(p, dict) and p.get("name")]
