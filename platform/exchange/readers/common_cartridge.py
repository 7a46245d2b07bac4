"""IMS Common Cartridge 1.1 to 1.3 (.imscc), as Canvas, Moodle, Blackboard and Brightspace write it.

Folders of the organisation become sections and each resource in them a lesson. Pages that no folder names
come last, in a section of their own. Canvas adds files beside the standard; what they say about titles, order
and publication is read, the rest of them is listed.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from exchange import html_markdown
from exchange.archives import SourceRefused, inside, walk_files, walk_links
from exchange.outline import (
    LESSON_SCHEME,
    BlockOutline,
    CourseOutline,
    LessonOutline,
    QuizOutline,
    SectionOutline,
)
from exchange.readers.media import MediaShelf, is_web_address
from exchange.readers.pages import (
    NOT_UNDERSTOOD,
    decoded,
    lost_note,
    not_understood,
    page_body,
    part_block,
    title_of_file,
)
from exchange.readers.questions import QuestionFileRefused, read_qti12
from exchange.report import Report
from exchange.safe_xml import BadXml, child, children, find_text, local_name, parse_xml

PAGES = (".html", ".htm", ".xhtml")
TEXTS = (".txt", ".md", ".markdown")
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".bmp")
VIDEOS = (".mp4", ".webm", ".m4v", ".ogv", ".mov")
AUDIOS = (".mp3", ".ogg", ".wav", ".m4a", ".flac")
# Files that belong to a page or a quiz and are no material of their own.
SETTINGS = (
    "course_settings/", "assessment_meta.xml", "assignment_settings.xml", "module_meta.xml",
    "moodle_backup.xml",
)  # fmt: skip
_FILE_BASE = re.compile(r"^/?(?:\$|%24)?IMS[-_]CC[-_]FILEBASE(?:(?:\$|%24)/?|/)", re.IGNORECASE)
_WIKI = re.compile(r"(?:\$|%24)WIKI_REFERENCE(?:\$|%24)/(?:pages|wiki)/([^?#]+)")
_OBJECT = re.compile(r"(?:\$|%24)CANVAS_(?:OBJECT|COURSE)_REFERENCE(?:\$|%24)/[\w/-]*?([\w-]+)/?(?:[?#].*)?$")
DEPTH = 30


@dataclass(slots=True)
class Resource:
    """A resource of the manifest; paths are relative to the manifest's folder."""

    identifier: str
    type: str
    href: str
    files: list[str]
    dependencies: list[str]
    title: str = ""

    @property
    def path(self) -> str:
        return self.href or (self.files[0] if self.files else "imsmanifest.xml")

    @property
    def family(self) -> str:
        """What the resource is, whatever version its type names."""
        name = self.type.lower()
        for family, marks in {
            "bank": ("question-bank",),
            "quiz": ("imsqti", "assessment"),
            "link": ("imswl",),
            "topic": ("imsdt",),
            "lti": ("basiclti", "ims_lti", "imslti"),
            "assignment": ("assignment_xml",),
            "content": ("webcontent", "associatedcontent", "learning-application-resource", "sco", "asset"),
        }.items():
            if any(mark in name for mark in marks):
                return family
        return "unknown"


@dataclass(slots=True)
class Item:
    """A place in the organisation."""

    title: str
    reference: str
    children: list["Item"] = field(default_factory=list)
    hidden: bool = False

    def walk(self) -> Iterator["Item"]:
        yield self
        for inner in self.children:
            yield from inner.walk()


@dataclass(slots=True)
class Planned:
    """A lesson to be: a resource at its place."""

    resource: Resource
    title: str
    key: str
    hidden: bool = False


def read(root: Path, report: Report) -> CourseOutline:
    """The cartridge in the folder. Raises SourceRefused if its manifest can't be read."""
    places = sorted(
        (path for path in walk_files(root) if path.rpartition("/")[2] == "imsmanifest.xml"),
        key=lambda path: (path.count("/"), path),
    )
    if not places:
        raise SourceRefused("There is no imsmanifest.xml in it, so it is no Common Cartridge.")
    return _Reader(root, places[0].rpartition("/")[0], report).read()


class _Reader:
    def __init__(self, root: Path, folder: str, report: Report) -> None:
        self.root = root
        self.report = report
        self.base = f"{folder}/" if folder else ""
        self.top = root / self.base
        self.files = [f.removeprefix(self.base) for f in walk_files(root) if f.startswith(self.base)]
        self.media = MediaShelf(self.top, self.files, listed=self.base)
        self.resources: dict[str, Resource] = {}
        self.by_file: dict[str, Resource] = {}
        self.lesson_of: dict[str, str] = {}
        self.settled: set[str] = set()
        self.read_files: set[str] = set()
        self.states: dict[str, str] = {}
        self.lost = 0
        self.shown_pictures: set[str] = set()

    def _path(self, path: str) -> str:
        return f"{self.base}{path}"

    def _bytes(self, path: str) -> bytes | None:
        file = inside(self.top, path)
        if file is None:
            return None
        self.read_files.add(path)
        return file.read_bytes()

    def _xml(self, path: str):
        """A side file that may be missing or broken: None then."""
        data = self._bytes(path)
        try:
            return parse_xml(data) if data else None
        except BadXml:
            return None

    # ----------------------------------------------------------------------------------- course

    def read(self) -> CourseOutline:
        manifest = self._manifest()
        self._read_resources(manifest)
        organisation = self._organisation(manifest)
        self._read_canvas()
        metadata = child(manifest, "metadata")
        lom = child(metadata, "lom") if metadata is not None else None
        general = child(lom, "general") if lom is not None else None
        settings = self._xml("course_settings/course_settings.xml")
        title = (find_text(settings, "title") if settings is not None else "") or (
            find_text(general, "title") if general is not None else ""
        )
        title = title or next((item.title for item in organisation if item.title), "") or "Course"
        plan = self._plan(organisation, title)
        self._place(plan)
        sections = []
        for number, (name, places) in enumerate(plan):
            lessons = [lesson for place in places if (lesson := self._lesson(place))]
            if lessons:
                sections.append(
                    SectionOutline(
                        name, tuple(lessons), key=f"section-{number}", path=self._path("imsmanifest.xml")
                    )
                )
        self._list_rest()
        self.report.imported(self._path("imsmanifest.xml"), "manifest", title)
        return CourseOutline(
            title=title,
            # Tools write the same identifier into many cartridges: only the title tells them apart.
            external_id=f"cartridge:{manifest.get('identifier') or ''}/{title}",
            sections=tuple(sections),
            description=self._syllabus()
            or (html_markdown.escape(find_text(general, "description")) if general is not None else ""),
            language=(find_text(general, "language") if general is not None else "").lower()[:16],
            topics=tuple(_keywords(general)),
            media=self.media.used,
        )

    def _manifest(self):
        path = "imsmanifest.xml"
        try:
            manifest = parse_xml(self._bytes(path) or b"")
        except BadXml as error:
            raise SourceRefused(f"{self._path(path)} can't be read because {error}.") from error
        if local_name(manifest) != "manifest":
            raise SourceRefused(f"{self._path(path)} is not the manifest of a cartridge.")
        return manifest

    def _syllabus(self) -> str:
        data = self._bytes("course_settings/syllabus.html")
        if not data:
            return ""
        text = self._markdown(page_body(decoded(data)), "course_settings/syllabus.html")
        self.report.imported(
            self._path("course_settings/syllabus.html"), "syllabus", "Syllabus", note=self._note()
        )
        self.settled.add("course_settings/syllabus.html")
        return text

    def _read_resources(self, manifest) -> None:
        holder = child(manifest, "resources")
        for element in children(holder, "resource") if holder is not None else []:
            base = posixpath.join(_base_of(holder), _base_of(element))
            named = [f.get("href") for f in children(element, "file")]
            files = [self._file_named(_clean(base, name)) for name in named if name]
            href = self._file_named(_clean(base, element.get("href"))) if element.get("href") else ""
            if href not in self.files:
                # Some tools write an address of their own here; the file is what is there.
                href = next((file for file in files if file in self.files), href)
            identifier = element.get("identifier") or f"resource-{len(self.resources) + 1}"
            resource = Resource(
                identifier=identifier,
                type=element.get("type") or "unknown",
                href=href,
                files=files,
                dependencies=[d.get("identifierref") or "" for d in children(element, "dependency")],
            )
            if not resource.files and href:
                resource.files = [href]
            self.resources[identifier] = resource
            for file in [href, *files]:
                if file:
                    self.by_file.setdefault(file, resource)

    def _file_named(self, path: str) -> str:
        """A file of the manifest, whose signs that no file name may have were replaced when it was packed."""
        packed = re.sub(r'[|:*?"<>]', "_", path)
        return packed if path not in self.files and packed in self.files else path

    def _organisation(self, manifest) -> list[Item]:
        holder = child(manifest, "organizations")
        organisation = child(holder, "organization") if holder is not None else None
        if organisation is None:
            return []

        def items(element, depth: int) -> list[Item]:
            if depth > DEPTH:
                self.report.failed(
                    self._path("imsmanifest.xml"),
                    "item",
                    find_text(element, "title"),
                    reason="It is nested too deeply.",
                )
                return []
            return [
                Item(
                    find_text(e, "title"),
                    e.get("identifierref") or "",
                    items(e, depth + 1),
                    hidden=(e.get("isvisible") or "true").lower() in {"false", "0"},
                )
                for e in children(element, "item")
            ]

        top = items(organisation, 0)
        if len(top) == 1 and not top[0].reference and top[0].children:
            inner = top[0].children
            if not top[0].title or any(item.children for item in inner):
                return inner
        return top

    def _read_canvas(self) -> None:
        """What Canvas' own files say about publication, by identifier."""
        modules = self._xml("course_settings/module_meta.xml")
        if modules is not None:
            for item in modules.iter():
                if local_name(item) == "item" and find_text(item, "identifierref"):
                    self.states.setdefault(
                        find_text(item, "identifierref"), find_text(item, "workflow_state")
                    )
        for resource in self.resources.values():
            for file in resource.files:
                if file.endswith(("assignment_settings.xml", "assessment_meta.xml")):
                    meta = self._xml(file)
                    if meta is not None and find_text(meta, "workflow_state"):
                        self.states[resource.identifier] = find_text(meta, "workflow_state")

    # ------------------------------------------------------------------------------------- plan

    def _plan(self, organisation: list[Item], course_title: str) -> list[tuple[str, list[Planned]]]:
        plan: list[tuple[str, list[Planned]]] = []
        taken: dict[str, str] = {}
        manifest = self._path("imsmanifest.xml")

        def add(section: str, item: Item, hidden: bool = False) -> None:
            resource = self.resources.get(item.reference)
            if resource is None:
                self.report.failed(
                    manifest,
                    "item",
                    item.title,
                    reason=f"It refers to the resource “{item.reference}”, which is not there.",
                )
                return
            if not plan or plan[-1][0] != section:
                plan.append((section, []))
            key = item.reference
            if key in taken:
                key = f"{key}@{len(taken)}"
            taken[key] = section
            plan[-1][1].append(Planned(resource, item.title or resource.title, key, hidden))

        def walk(items: list[Item], path: tuple[str, ...], above: bool = False) -> None:
            """`above`: whether a folder around the items is hidden."""
            heading = ""
            for item in items:
                hidden = above or item.hidden
                section = " · ".join(filter(None, (*path, heading))) or course_title
                if item.reference:
                    add(section, item, hidden)
                if item.children:
                    walk(item.children, tuple(filter(None, (*path, item.title))), hidden)
                    self.report.imported(manifest, "item", item.title)
                elif not item.reference:
                    # A heading between the resources of a module.
                    heading = item.title
                    self.report.imported(
                        manifest, "item", item.title, note="It became part of the section's title."
                    )

        walk(organisation, ())
        placed = {key.partition("@")[0] for key in taken}
        rest = [r for r in self.resources.values() if r.identifier not in placed and self._is_material(r)]
        for resource in rest:
            add("More material", Item("", resource.identifier))
        return plan

    def _is_material(self, resource: Resource) -> bool:
        """Whether a resource outside of the organisation is worth a page of its own."""
        if self._is_settings(resource):
            return False
        if resource.family in {"quiz", "topic", "assignment", "link"}:
            return True
        return (
            resource.family == "content"
            and resource.path.lower().endswith(PAGES)
            and not self._embedded(resource)
        )

    def _embedded(self, resource: Resource) -> bool:
        """HTML below the file area is mostly part of something else, such as a saved web page."""
        return resource.path.startswith("web_resources/") or any(
            resource.identifier in other.dependencies
            for other in self.resources.values()
            if other is not resource
        )

    def _is_settings(self, resource: Resource) -> bool:
        return any(mark in resource.href for mark in SETTINGS) or resource.href.endswith("canvas_export.txt")

    def _place(self, plan: list[tuple[str, list[Planned]]]) -> None:
        for _, places in plan:
            for place in places:
                self.lesson_of.setdefault(place.resource.identifier, place.key)

    # ------------------------------------------------------------------------------------ links

    def _resolve(self, url: str, folder: str, *, is_image: bool) -> str | None:
        url = url.strip()
        if url.startswith("data:"):
            found = self.media.inline(url) if is_image else None
            self.lost += found is None
            return found
        wiki, canvas = _WIKI.search(url), _OBJECT.search(url)
        if wiki:
            return self._lesson_or_file(f"wiki_content/{unquote(wiki.group(1))}.html")
        if canvas:
            resource = self.resources.get(canvas.group(1))
            return self._resource_link(resource) if resource else self._nothing()
        if _FILE_BASE.match(url):
            path = unquote(_FILE_BASE.sub("", url).partition("?")[0].partition("#")[0])
            places = (f"web_resources/{path}", path, posixpath.join(folder, path))
            found = next(
                (f for p in places if (f := self._lesson_or_file(posixpath.normpath(p), lose=False))), None
            )
            return found or self._nothing()
        if url.startswith("//"):
            url = f"https:{url}"
        if is_web_address(url):
            return url
        if url.startswith("#"):
            return None
        try:
            parts = urlsplit(url)
        except ValueError:
            return self._nothing()
        if parts.scheme or parts.netloc:
            return self._nothing()
        path = unquote(parts.path)
        places = (posixpath.join(folder, path), path.lstrip("/"), f"web_resources/{path.lstrip('/')}")
        found = next(
            (f for p in places if (f := self._lesson_or_file(posixpath.normpath(p), lose=False))), None
        )
        return found or self._nothing()

    def _nothing(self) -> None:
        self.lost += 1

    def _lesson_or_file(self, path: str, *, lose: bool = True) -> str | None:
        resource = self.by_file.get(path)
        if (
            resource is not None
            and resource.identifier in self.lesson_of
            and path.lower().endswith((*PAGES, ".xml"))
        ):
            return LESSON_SCHEME + self.lesson_of[resource.identifier]
        if not path.lower().endswith((*PAGES, ".xml")):
            found = self.media.refer(path)
            if found:
                return found
        if lose:
            self.lost += 1
        return None

    def _resource_link(self, resource: Resource) -> str | None:
        if resource.identifier in self.lesson_of:
            return LESSON_SCHEME + self.lesson_of[resource.identifier]
        return self._lesson_or_file(resource.path)

    def _note(self) -> str:
        lost, self.lost = self.lost, 0
        return lost_note(lost)

    def _parts(self, html: str, page: str) -> list[BlockOutline]:
        folder = posixpath.dirname(page)
        parts = html_markdown.convert(
            html,
            link=lambda url: self._resolve(url, folder, is_image=False),
            image=lambda url: self._resolve(url, folder, is_image=True),
        )
        return [part_block(part, self._path(page)) for part in parts]

    def _markdown(self, html: str, page: str) -> str:
        folder = posixpath.dirname(page)
        return html_markdown.to_markdown(
            html,
            link=lambda url: self._resolve(url, folder, is_image=False),
            image=lambda url: self._resolve(url, folder, is_image=True),
        )

    # ---------------------------------------------------------------------------------- lessons

    def _lesson(self, place: Planned) -> LessonOutline | None:
        resource = place.resource
        self.lost = 0
        if place.key != self.lesson_of[resource.identifier]:
            # The same resource once more: a pointer to its page.
            target = LESSON_SCHEME + self.lesson_of[resource.identifier]
            text = f"See [{html_markdown.escape(place.title)}]({target})."
            blocks, title, published = [BlockOutline("text", text)], place.title, True
        else:
            self.settled.add(resource.identifier)
            readers = {
                "content": self._content,
                "link": self._web_link,
                "topic": self._topic,
                "quiz": self._quiz,
                "assignment": self._assignment,
            }
            reader = readers.get(resource.family)
            if reader is None:
                self._skip(resource, place.title)
                return None
            try:
                blocks, title, published = reader(resource, place.title)
            except _NotRead as error:
                self._report(resource, place.title, error)
                return None
            except NOT_UNDERSTOOD as error:
                self._report(resource, place.title, _NotRead(not_understood(error), is_failure=True))
                return None
            self.report.imported(
                self._path(resource.path), resource.type, title or place.title, note=self._note()
            )
        state = self.states.get(resource.identifier, "")
        return LessonOutline(
            key=place.key,
            title=place.title or title or "Lesson",
            blocks=tuple(blocks),
            published=published and not place.hidden and state != "unpublished",
            path=self._path(resource.path),
        )

    def _report(self, resource: Resource, title: str, error: "_NotRead") -> None:
        put = self.report.failed if error.is_failure else self.report.skipped
        put(self._path(resource.path), resource.type, title, reason=str(error))

    def _skip(self, resource: Resource, title: str) -> None:
        reasons = {
            "lti": "External tools (LTI) can't be taken along",
            "bank": "Question banks of a cartridge are not used by any of its quizzes here",
        }
        reason = reasons.get(
            resource.family, f"Resources of the type “{resource.type}” have no counterpart here"
        )
        if resource.family == "lti":
            element = self._xml(resource.path)
            if element is not None:
                launch = next(
                    (
                        e.text
                        for e in element.iter()
                        if local_name(e) in {"launch_url", "secure_launch_url"} and e.text
                    ),
                    "",
                )
                title = title or find_text(element, "title")
                reason += f" ({launch.strip()})" if launch else ""
        self.report.skipped(self._path(resource.path), resource.type, title, reason=f"{reason}.")

    def _content(self, resource: Resource, title: str) -> tuple[list[BlockOutline], str, bool]:
        path = resource.href or next(iter(resource.files), "")
        lower = path.lower()
        settings = next((f for f in resource.files if f.endswith("assignment_settings.xml")), None)
        if not lower.endswith(PAGES) and settings:
            path = next((f for f in resource.files if f.lower().endswith(PAGES)), path)
            lower = path.lower()
        if path not in self.files:
            raise _NotRead(f"Its file {path or '(none named)'} is not in the cartridge.", is_failure=True)
        if lower.endswith(PAGES):
            page = decoded(self._bytes(path) or b"")
            own_title = re.search(r"<title[^>]*>(.*?)</title>", page, re.IGNORECASE | re.DOTALL)
            name = html_markdown.plain_text(own_title.group(1)) if own_title else ""
            blocks = self._parts(page_body(page), path)
            if settings:
                name = self._assignment_title(settings) or name
                blocks = _as_exercise(blocks, title or name, self._path(path))
            if not blocks:
                raise _NotRead("It is empty.")
            hidden = re.search(r"<meta\s+name=[\"']workflow_state[\"']\s+content=[\"']unpublished", page)
            return blocks, name or title or title_of_file(path), hidden is None
        if lower.endswith(TEXTS):
            text = decoded(self._bytes(path) or b"").strip()
            if not text:
                raise _NotRead("It is empty.")
            blocks = [
                BlockOutline(
                    "text",
                    text if not lower.endswith(".txt") else html_markdown.escape(text),
                    path=self._path(path),
                )
            ]
            return blocks, title or path.rpartition("/")[2], True
        target = self.media.use(path)
        name = path.rpartition("/")[2]
        media = target.partition(":")[2]
        kind = "file"
        for candidate, endings in (("image", IMAGES), ("video", VIDEOS), ("audio", AUDIOS)):
            kind = candidate if lower.endswith(endings) else kind
        return (
            [BlockOutline(kind, media=media, title=title or name, alt=title or name, path=self._path(path))],
            title or name,
            True,
        )

    def _assignment_title(self, settings: str) -> str:
        element = self._xml(settings)
        return find_text(element, "title") if element is not None else ""

    def _element(self, resource: Resource):
        data = self._bytes(resource.path)
        if data is None:
            raise _NotRead(f"Its file {resource.path} is not in the cartridge.", is_failure=True)
        try:
            return parse_xml(data)
        except BadXml as error:
            raise _NotRead(f"It can't be read because {error}.", is_failure=True) from error

    def _web_link(self, resource: Resource, title: str) -> tuple[list[BlockOutline], str, bool]:
        element = self._element(resource)
        url = next(
            (e.get("href") or (e.text or "").strip() for e in element.iter() if local_name(e) == "url"), ""
        )
        if not is_web_address(url):
            raise _NotRead("It names no address on the web.")
        name = title or find_text(element, "title") or url
        return [BlockOutline("embed", url=url, title=name, path=self._path(resource.path))], name, True

    def _topic(self, resource: Resource, title: str) -> tuple[list[BlockOutline], str, bool]:
        element = self._element(resource)
        for dependency in resource.dependencies:
            other = self.resources.get(dependency)
            meta = self._xml(other.path) if other is not None and other.path.endswith(".xml") else None
            if meta is not None and find_text(meta, "type") == "announcement":
                raise _NotRead("It is an announcement, not material.")
            if meta is not None and find_text(meta, "workflow_state"):
                self.states.setdefault(resource.identifier, find_text(meta, "workflow_state"))
        text = child(element, "text")
        html = "".join(text.itertext()) if text is not None else ""
        if text is not None and "plain" in (text.get("texttype") or ""):
            html = f"<p>{html_markdown.plain_text(html)}</p>"
        blocks = self._parts(html, resource.path)
        blocks.append(BlockOutline("text", "Discuss this below the lesson.", path=self._path(resource.path)))
        for attachment in element.iter():
            if local_name(attachment) == "attachment" and attachment.get("href"):
                target = self._resolve(
                    attachment.get("href"), posixpath.dirname(resource.path), is_image=False
                )
                if target and target.startswith("media:"):
                    name = target.rpartition("/")[2]
                    blocks.append(
                        BlockOutline(
                            "file", media=target.partition(":")[2], title=name, path=self._path(resource.path)
                        )
                    )
        return blocks, title or find_text(element, "title"), True

    def _assignment(self, resource: Resource, title: str) -> tuple[list[BlockOutline], str, bool]:
        element = self._element(resource)
        html = next(
            ("".join(e.itertext()) for e in element if local_name(e) in {"text", "instructor_text"}), ""
        )
        name = title or find_text(element, "title")
        blocks = _as_exercise(self._parts(html, resource.path), name, self._path(resource.path))
        if not blocks:
            raise _NotRead("It asks for nothing.")
        return blocks, name, True

    # ---------------------------------------------------------------------------------- quizzes

    def _quiz(self, resource: Resource, title: str) -> tuple[list[BlockOutline], str, bool]:
        files = [f for f in [resource.href, *resource.files] if f]
        for dependency in resource.dependencies:
            other = self.resources.get(dependency)
            files += [other.href, *other.files] if other is not None else []
        files.append(f"non_cc_assessments/{resource.identifier}.xml.qti")
        readings = []
        refusals = []
        for path in dict.fromkeys(f for f in files if f in self.files):
            if path.endswith("assessment_meta.xml") or not path.lower().endswith((".xml", ".qti")):
                continue
            try:
                readings.append((path, read_qti12(self._bytes(path) or b"", path, self._pictures())))
            except QuestionFileRefused as error:
                refusals.append(str(error))
        if not readings:
            raise _NotRead(refusals[0] if refusals else "Its file is not in the cartridge.", is_failure=True)
        # Canvas writes each quiz twice; its own dialect keeps question types that the standard has not.
        path, content = max(readings, key=lambda reading: len(reading[1].quiz["questions"]))
        for problem in content.left_out:
            put = self.report.failed if problem.outcome == "failed" else self.report.skipped
            put(self._path(path), problem.kind or "question", problem.name, reason=problem.reason)
        questions = content.quiz["questions"]
        if not questions:
            raise _NotRead("No question of it could be imported.")
        for question in questions:
            self.report.imported(self._path(path), "question", str(question["name"]))
        data = {
            "title": title or content.quiz.get("title") or "Quiz",
            "questions": questions,
            **content.settings,
            **self._quiz_settings(resource),
        }
        if content.introduction:
            data.setdefault("description", self._markdown(content.introduction, path))
        origins = tuple((self._path(path), "question", str(question["name"])) for question in questions)
        quiz = QuizOutline(
            f"quiz-{resource.identifier}",
            data["title"],
            data,
            path=self._path(resource.path),
            origins=origins,
            files=content.files,
        )
        return (
            [BlockOutline("quiz", quiz=quiz, title=data["title"], path=self._path(resource.path))],
            data["title"],
            True,
        )

    def _pictures(self) -> dict[str, Callable[[], bytes]]:
        """Pictures of the cartridge for the question reader, by path; those it takes are noted."""

        def reader(file: str) -> Callable[[], bytes]:
            def take() -> bytes:
                self.shown_pictures.add(file)
                return self._bytes(file) or b""

            return take

        return {file: reader(file) for file in self.files if file.lower().endswith(IMAGES)}

    def _quiz_settings(self, resource: Resource) -> dict:
        """Attempts, time limit and description as Canvas says them beside the quiz."""
        found: dict = {}
        related = [resource, *(self.resources[d] for d in resource.dependencies if d in self.resources)]
        files = [f for r in related for f in r.files if f.endswith("assessment_meta.xml")]
        files.append(f"{resource.identifier}/assessment_meta.xml")
        meta = next((m for f in files if f in self.files and (m := self._xml(f)) is not None), None)
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
            found["description"] = self._markdown("".join(description.itertext()), "")
        self.states[resource.identifier] = find_text(meta, "workflow_state") or self.states.get(
            resource.identifier, ""
        )
        return found

    # --------------------------------------------------------------------------------- the rest

    def _list_rest(self) -> None:
        """Resources that are no lesson, and files that no resource names."""
        used = self.media.used_files() | self.shown_pictures
        named: set[str] = set()
        for resource in self.resources.values():
            named |= {resource.href, *resource.files}
            if resource.identifier in self.settled:
                continue
            path, name = self._path(resource.path), resource.path.rpartition("/")[2]
            if used & {resource.href, *resource.files}:
                self.report.imported(path, resource.type, name)
            elif self._is_settings(resource) or self.read_files & {resource.href, *resource.files}:
                self.report.skipped(
                    path, resource.type, name, reason="It holds settings of the system it comes from."
                )
            elif resource.family == "content":
                missing = resource.path not in self.files
                if missing:
                    self.report.failed(path, resource.type, name, reason="Its file is not in the cartridge.")
                else:
                    self.report.skipped(
                        path, resource.type, name, reason="Nothing that was imported refers to it."
                    )
            else:
                self._skip(resource, "")
        for file in self.files:
            if file in named or file == "imsmanifest.xml" or file in self.settled:
                continue
            name = file.rpartition("/")[2]
            if file in used:
                self.report.imported(self._path(file), "file", name)
            elif file in self.read_files:
                self.report.skipped(
                    self._path(file), "file", name, reason="It holds settings of the system it comes from."
                )
            else:
                self.report.skipped(self._path(file), "file", name, reason="The manifest does not name it.")
        for link in walk_links(self.root):
            self.report.skipped(
                link, "link", link.rpartition("/")[2], reason="Links to other files are not followed."
            )


class _NotRead(Exception):
    """Why a resource gave nothing, as a sentence. `is_failure`: it should have."""

    def __init__(self, sentence: str, *, is_failure: bool = False) -> None:
        self.is_failure = is_failure
        super().__init__(sentence)


def _as_exercise(blocks: list[BlockOutline], title: str, path: str) -> list[BlockOutline]:
    """The texts of an assignment as one task to write about, what it embeds before it."""
    task = "\n\n".join(block.markdown for block in blocks if block.kind == "text")
    others = [block for block in blocks if block.kind != "text"]
    return [*others, BlockOutline("exercise", task, title=title, path=path)] if task else others


def _base_of(element) -> str:
    return element.get("{http://www.w3.org/XML/1998/namespace}base") or ""


def _clean(base: str, href: str) -> str:
    return posixpath.normpath(
        posixpath.join(base, unquote(href.partition("?")[0].partition("#")[0])).replace("\\", "/")
    )


def _keywords(general) -> list[str]:
    if general is None:
        return []
    return [
        word
        for keyword in children(general, "keyword")
        if (word := " ".join("".join(keyword.itertext()).split()))
    ]
