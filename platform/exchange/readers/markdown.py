"""Courses as folders of Markdown.

The site's own layout (course.md, numbered section folders with section.md, lessons with quizzes beside them)
is one case of a more general one: any folder of Markdown files, such as a book of MkDocs, docsify, mdBook,
GitBook, Docusaurus or Jupyter Book. Order comes from the book's own table of contents where there is one,
else from the names; titles from front matter, the first heading, or the name.
"""

import json
import posixpath
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml

from exchange.archives import SourceRefused, inside, walk_files, walk_links
from exchange.outline import (
    LESSON_SCHEME,
    MEDIA_SCHEME,
    BlockOutline,
    CourseOutline,
    LessonOutline,
    QuizOutline,
    SectionOutline,
)
from exchange.readers import front_matter, markdown_text
from exchange.readers.media import MediaShelf, is_web_address
from exchange.readers.pages import lost_note, title_of_file
from exchange.readers.questions import QuestionFileRefused, read_question_file
from exchange.report import Report
from quizzes.formats.text import decode

PAGES = (".md", ".markdown", ".mdown", ".mkd", ".mdx")
NOTEBOOK = ".ipynb"
INDEX_NAMES = {"readme", "index", "_index", "intro", "introduction"}
# What a repository holds beside the course.
NOT_PAGES = {
    "license", "licence", "contributing", "code_of_conduct", "changelog", "security", "summary", "_sidebar",
    "_navbar", "_coverpage", "authors", "pull_request_template", "issue_template",
}  # fmt: skip
NOT_FOLDERS = {"node_modules", "_build", "_site", "site-packages", "__pycache__", ".ipynb_checkpoints"}
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".avif", ".bmp")
_LEVEL_WORDS = {
    "beginner": "beginner basic introductory easy",
    "intermediate": "intermediate medium",
    "advanced": "advanced expert hard",
}
# A line of a table of contents: a link (mdBook allows an empty one, and remarks after it), or words alone.
_CONTENTS = re.compile(
    r"^(\s*)(?:[-*+]\s+)?"
    r"(?:\[(.*?)\]\((<[^>]*>|(?:[^()]|\([^()]*\))*)\).*|\*{0,2}([^\[*][^\[]*?)\*{0,2}\s*)$"
)
LEVELS = {word: level for level, words in _LEVEL_WORDS.items() for word in words.split()}


@dataclass(slots=True)
class Entry:
    """A place in the table of contents: a page, or a part with its entries."""

    title: str
    page: str = ""
    entries: list["Entry"] = field(default_factory=list)


def read(root: Path, report: Report) -> CourseOutline:
    """The course in the folder. Raises SourceRefused where there is no page, or more than one course."""
    files = walk_files(root)
    tops = sorted({f.rpartition("/")[0] for f in files if f.rpartition("/")[2].lower() == "course.md"})
    if len(tops) > 1:
        raise SourceRefused(
            f"There are {len(tops)} courses in it ({', '.join(tops[:5])}…); name the folder of one of them."
        )
    folder = tops[0] if tops else _only_folder(files)
    return _Reader(root, folder, report).read()


def _only_folder(files: list[str]) -> str:
    """The folder around everything, as archives of a repository have one."""
    folder = ""
    while True:
        inner = [f.removeprefix(folder) for f in files if f.startswith(folder)]
        tops = {f.partition("/")[0] for f in inner}
        if len(tops) != 1 or "/" not in inner[0]:
            return folder.rstrip("/")
        folder += f"{tops.pop()}/"


class _Reader:
    def __init__(self, root: Path, folder: str, report: Report) -> None:
        self.root = root
        self.report = report
        self.base = f"{folder}/" if folder else ""
        outside = [f for f in walk_files(root) if not f.startswith(self.base)]
        for path in outside:
            self.report.skipped(
                path, "file", path.rpartition("/")[2], reason="It lies outside of the course's folder."
            )
        self.files = [f.removeprefix(self.base) for f in walk_files(root) if f.startswith(self.base)]
        self.files = [f for f in self.files if not NOT_FOLDERS & set(f.split("/")[:-1])]
        self.media = MediaShelf(root / self.base, self.files, listed=self.base)
        self.settled: set[str] = set()
        self.texts: dict[str, tuple[dict, str, str]] = {}
        self.lesson_of: dict[str, str] = {}
        self.page_of_slug: dict[str, str] = {}
        self.root_page: str | None = None
        self.front: str | None = None
        self.lost = 0
        self.config = self._config()

    # ------------------------------------------------------------------------------------ files

    def _text(self, path: str) -> str:
        file = inside(self.root / self.base, path)
        return decode(file.read_bytes()).removeprefix("\ufeff").replace("\r\n", "\n") if file else ""

    def _page(self, path: str) -> tuple[dict, str, str]:
        """Front matter, body and what was wrong, of a page or a notebook."""
        if path not in self.texts:
            if path.endswith(NOTEBOOK):
                self.texts[path] = ({}, *_notebook(self._text(path)))
            else:
                data, body, problem = front_matter.split(self._text(path))
                if not data and not body.strip() and self._text(path).strip():
                    body = self._text(path)
                self.texts[path] = (data, body, problem)
        return self.texts[path]

    def _done(self, path: str) -> None:
        self.settled.add(path)

    def _path(self, path: str) -> str:
        return f"{self.base}{path}"

    def _config(self) -> dict:
        """Settings of the book: MkDocs', Jupyter Book's or mdBook's file."""
        for name in ("mkdocs.yml", "mkdocs.yaml", "_config.yml", "book.toml", "myst.yml"):
            if name not in self.files:
                continue
            text = self._text(name)
            self._done(name)
            if name.endswith(".toml"):
                found = dict(re.findall(r'(?m)^(title|description|language)\s*=\s*"([^"]*)"', text))
            else:
                found = _loose_yaml(text)
            self.report.imported(self._path(name), "configuration", name)
            return found
        return {}

    # ----------------------------------------------------------------------------------- course

    def read(self) -> CourseOutline:
        pages = [f for f in self.files if self._is_page(f)]
        if not pages:
            raise SourceRefused("There is no Markdown file in it, so there is nothing to import.")
        own = next((f for f in self.files if f.lower() == "course.md"), None)
        contents = self._own_layout() if own else self._contents(pages)
        front = self.front = own or self.root_page or self._front_page(pages)
        data, body, problem = self._page(front) if front else ({}, "", "")
        plan = self._plan(contents, front, pages)
        self._place(plan)
        title = (
            str(self.config.get("site_name") or "")
            or front_matter.text_of(data, "title")
            or str(self.config.get("title") or "")
            or markdown_text.first_heading(body)
            or title_of_file(f"{self._name()}.")
        )
        slug = front_matter.text_of(data, "slug") or (self._name() if own else "")
        sections = []
        for section_title, key, entries in plan:
            lessons = [lesson for page, name in entries if (lesson := self._lesson(page, name, bool(own)))]
            if lessons:
                sections.append(SectionOutline(section_title, tuple(lessons), key=key, path=self._path(key)))
        description = ""
        if front:
            description = self._markdown(markdown_text.without_first_heading(body), front)
            if front not in self.lesson_of:
                self._done(front)
                self.report.imported(self._path(front), "markdown", title, note=self._note(problem))
        image = front_matter.text_of(data, "image", "cover", "thumbnail")
        cover = (
            self.media.refer(posixpath.normpath(posixpath.join(posixpath.dirname(front or ""), image)))
            if image
            else None
        )
        self._list_rest()
        return CourseOutline(
            title=title,
            # A folder called “docs” says nothing; a course in the site's own layout is named by its folder.
            external_id=f"markdown:{slug}" if own else f"markdown:{self._name()}/{title}",
            slug=slug,
            sections=tuple(sections),
            summary=front_matter.text_of(data, "summary", "description", "subtitle")
            or str(self.config.get("site_description") or self.config.get("description") or ""),
            description=description,
            topics=front_matter.list_of(data, "topics", "tags", "keywords", "categories"),
            level=LEVELS.get(front_matter.text_of(data, "level", "difficulty").lower(), ""),
            language=front_matter.text_of(data, "language", "lang").lower().replace("_", "-"),
            provider=front_matter.text_of(data, "provider", "publisher", "institution"),
            instructors=front_matter.list_of(data, "instructors", "authors", "author")
            or front_matter.list_of(self.config, "author", "site_author"),
            price=front_matter.number_of(data, "price") or 0,
            prerequisites=front_matter.list_of(data, "prerequisites"),
            skills_taught=front_matter.list_of(data, "skills_taught"),
            skills_required=front_matter.list_of(data, "skills_required"),
            image=cover.removeprefix(MEDIA_SCHEME) if cover else "",
            media=self.media.used,
        )

    def _name(self) -> str:
        return self.base.rstrip("/").rpartition("/")[2] or self.root.resolve().name

    def _is_page(self, path: str) -> bool:
        name = path.rpartition("/")[2].lower()
        stem = name.rpartition(".")[0]
        hidden = any(part.startswith(".") for part in path.split("/"))
        return name.endswith((*PAGES, NOTEBOOK)) and stem not in NOT_PAGES and not hidden

    def _front_page(self, pages: list[str]) -> str | None:
        """The page that describes the whole: README or index at the top."""
        top = {p.lower().rpartition(".")[0]: p for p in sorted(pages, reverse=True)}
        docs = str(self.config.get("docs_dir") or "docs").strip("/")
        places = ("readme", "index", "_index", f"{docs}/index", f"{docs}/readme", "src/readme", "src/index")
        for name in places:
            if name in top:
                return top[name]
        return None

    # -------------------------------------------------------------------------- table of contents

    def _own_layout(self) -> list[Entry]:
        """Sections are folders, with their title in section.md."""
        entries = []
        for folder in sorted({f.partition("/")[0] for f in self.files if "/" in f}):
            pages = [f for f in self.files if f.startswith(f"{folder}/") and self._is_page(f)]
            titled = next((f for f in pages if f.lower() == f"{folder}/section.md"), None)
            lessons = [f for f in pages if f != titled]
            title = title_of_file(f"{folder}.")
            if titled:
                data, body, problem = self._page(titled)
                title = front_matter.text_of(data, "title") or markdown_text.first_heading(body) or title
                self._done(titled)
                self.report.imported(self._path(titled), "markdown", title, note=problem)
            if lessons:
                entries.append(
                    Entry(title, entries=[Entry("", page) for page in sorted(lessons, key=_order)])
                )
        return entries

    def _contents(self, pages: list[str]) -> list[Entry]:
        for find in (self._mkdocs, self._jupyter, self._summary):
            entries = find()
            if entries:
                return entries
        return self._by_folders(pages)

    def _mkdocs(self) -> list[Entry]:
        nav = self.config.get("nav")
        if not isinstance(nav, list):
            return []
        docs = str(self.config.get("docs_dir") or "docs").strip("/")

        def entries(items: list) -> list[Entry]:
            found = []
            for item in items if isinstance(items, list) else []:
                for title, value in item.items() if isinstance(item, dict) else [("", item)]:
                    if isinstance(value, list):
                        found.append(Entry(str(title), entries=entries(value)))
                    elif isinstance(value, str):
                        page = self._existing(f"{docs}/{value}", value)
                        if page:
                            found.append(Entry(str(title), page))
                        elif not is_web_address(value):
                            self._missing("mkdocs.yml", value)
            return found

        return entries(nav)

    def _jupyter(self) -> list[Entry]:
        name = next((f for f in ("_toc.yml", "_toc.yaml") if f in self.files), None)
        if not name:
            return []
        toc = _loose_yaml(self._text(name))
        self._done(name)
        self.report.imported(self._path(name), "contents", name)

        def entries(items) -> list[Entry]:
            found = []
            for item in items if isinstance(items, list) else []:
                if not isinstance(item, dict):
                    continue
                inner = entries(item.get("chapters") or item.get("sections") or item.get("children") or [])
                file = str(item.get("file") or "")
                page = self._existing(*(f"{file}{ext}" for ext in ("", *PAGES, NOTEBOOK))) if file else None
                if file and not page:
                    self._missing(name, file)
                title = str(item.get("title") or item.get("caption") or "")
                if page or inner:
                    found.append(Entry(title, page or "", inner))
            return found

        found = entries(toc.get("parts") or toc.get("chapters") or toc.get("sections") or [])
        if toc.get("root"):
            self.root_page = self._existing(*(f"{toc['root']}{ext}" for ext in ("", *PAGES, NOTEBOOK)))
        return found

    def _summary(self) -> list[Entry]:
        """SUMMARY.md of mdBook and GitBook, _sidebar.md of docsify: nested lists of links."""
        name = next(
            (
                f
                for f in sorted(self.files, key=lambda f: f.count("/"))
                if f.rpartition("/")[2].lower() in {"summary.md", "_sidebar.md"}
            ),
            None,
        )
        if not name:
            return []
        folder = posixpath.dirname(name)
        top: list[Entry] = []
        planned: list[Entry] = []
        stack: list[tuple[int, list[Entry]]] = [(-1, top)]
        for line in self._text(name).split("\n"):
            heading = re.match(r"^#+\s+(.*)$", line)
            item = _CONTENTS.match(line)
            if heading and heading.group(1).strip().lower() not in {
                "summary",
                "table of contents",
                "contents",
            }:
                part = Entry(heading.group(1).strip())
                top.append(part)
                stack = [(-1, part.entries)]
            elif item and line.strip() and not heading:
                bullet = line.lstrip()[:2] in {"- ", "* ", "+ "}
                if not bullet and not item.group(2):
                    continue
                indent = len(item.group(1).expandtabs(4))
                while len(stack) > 1 and stack[-1][0] >= indent:
                    stack.pop()
                target = unquote(_bare_target(item.group(3) or ""))
                page = (
                    self._existing(*self._page_candidates(posixpath.join(folder, target))) if target else ""
                )
                if target and not page and not is_web_address(target):
                    self._missing(name, posixpath.normpath(posixpath.join(folder, target)))
                entry = Entry((item.group(2) or item.group(4) or "").strip("* "), page or "")
                if item.group(2) and not target:
                    planned.append(entry)
                stack[-1][1].append(entry)
                stack.append((indent, entry.entries))
        self._done(name)
        for entry in planned:
            if not _has_pages(entry):
                self.report.skipped(
                    self._path(name), "chapter", entry.title, reason="It is planned and has no page yet."
                )
        self.report.imported(self._path(name), "contents", name.rpartition("/")[2])
        return [entry for entry in top if entry.page or _has_pages(entry)]

    def _page_candidates(self, path: str) -> list[str]:
        path = posixpath.normpath(path)
        return [path, *(f"{path}{ext}" for ext in PAGES), f"{path}/README.md", f"{path}/index.md"]

    def _existing(self, *candidates: str) -> str | None:
        known = set(self.files)
        return next((c for c in map(posixpath.normpath, candidates) if c in known), None)

    def _missing(self, where: str, target: str) -> None:
        self.report.failed(
            self._path(target), "markdown", target, reason=f"{where} refers to it, but it is not there."
        )

    def _by_folders(self, pages: list[str]) -> list[Entry]:
        """The tree of folders; a folder's own index comes first in it."""
        tree: dict = {}
        for page in pages:
            node = tree
            *folders, _name = page.split("/")
            for folder in folders:
                node = node.setdefault(folder, {})
            node.setdefault("", []).append(page)

        def entries(node: dict, path: str) -> list[Entry]:
            named = [(name, value) for name, value in node.items() if name]
            mixed = [(_order(page), Entry("", page)) for page in node.get("", [])]
            for name, value in named:
                inner = entries(value, f"{path}{name}/")
                index = next(
                    (
                        e
                        for e in inner
                        if e.page and _is_index(e.page) and posixpath.dirname(e.page) == f"{path}{name}"
                    ),
                    None,
                )
                title = self._own_title(index.page) if index else ""
                mixed.append(
                    (_order(f"{path}{name}"), Entry(title or title_of_file(f"{name}."), entries=inner))
                )
            return [entry for _, entry in sorted(mixed, key=lambda pair: pair[0])]

        top = entries(tree, "")
        while len(top) == 1 and not top[0].page:
            top = top[0].entries
        return top

    def _own_title(self, page: str) -> str:
        data, body, _ = self._page(page)
        return front_matter.text_of(data, "title") or markdown_text.first_heading(body)

    # ------------------------------------------------------------------------------------- plan

    def _plan(
        self, contents: list[Entry], front: str | None, pages: list[str]
    ) -> list[tuple[str, str, list]]:
        """[(section title, key, [(page, title)])]: parts of any depth become sections, in order."""
        plan: list[tuple[str, str, list]] = []
        placed: set[str] = set()

        def add(title: str, page: str, name: str) -> None:
            if page in placed or page == front:
                return
            placed.add(page)
            if not plan or plan[-1][0] != title:
                key = f"{posixpath.dirname(page) or 'course'}#{len(plan)}"
                plan.append((title, key, []))
            plan[-1][2].append((page, name))

        def walk(entries: list[Entry], path: tuple[str, ...]) -> None:
            title = " · ".join(path) or "Lessons"
            for entry in entries:
                here = (*path, entry.title or (self._own_title(entry.page) if entry.page else ""))
                parent = entry.entries and (not path or not entry.page)
                if entry.page:
                    add(" · ".join(here) if parent else title, entry.page, entry.title)
                if parent:
                    walk(entry.entries, tuple(filter(None, here)))
                elif entry.entries:
                    walk(entry.entries, path)

        walk(contents, ())
        rest = [
            page
            for page in sorted(pages, key=_order)
            if page not in placed and page != front and page not in self.settled
        ]
        for page in rest:
            add("More pages", page, "")
        if front and not plan:
            # A single page is a course of one lesson.
            plan.append(("Lessons", "course", [(front, "")]))
        return plan

    def _place(self, plan: list[tuple[str, str, list]]) -> None:
        for _title, _key, entries in plan:
            for page, _name in entries:
                self.lesson_of[page] = page
                self.page_of_slug.setdefault(_slug_of(page), page)

    # ---------------------------------------------------------------------------------- lessons

    def _lesson(self, page: str, name: str, own: bool) -> LessonOutline | None:
        data, body, problem = self._page(page)
        self.lost = 0
        title = (
            front_matter.text_of(data, "title")
            or markdown_text.first_heading(body)
            or name
            or title_of_file(page)
        )
        text = self._markdown(markdown_text.without_first_heading(body) if not own else body, page)
        self._done(page)
        kind = "notebook" if page.endswith(NOTEBOOK) else "markdown"
        blocks = [BlockOutline("text", text, path=self._path(page))] if text else []
        blocks += self._quizzes_beside(page)
        if not blocks:
            self.report.skipped(self._path(page), kind, title, reason=problem or "It is empty.")
            return None
        self.report.imported(self._path(page), kind, title, note=self._note(problem))
        draft = data.get("draft") is True or data.get("published") is False
        return LessonOutline(
            key=page,
            title=title,
            blocks=tuple(blocks),
            slug=_slug_of(page) if own else "",
            preview=data.get("preview") is True,
            minutes=front_matter.number_of(data, "minutes", "duration", "reading_time"),
            topics=front_matter.list_of(data, "topics", "tags"),
            skills=front_matter.list_of(data, "skills"),
            published=not draft,
            path=self._path(page),
        )

    def _note(self, problem: str) -> str:
        lost, self.lost = self.lost, 0
        return " ".join(filter(None, (problem, lost_note(lost))))

    def _markdown(self, body: str, page: str) -> str:
        folder = posixpath.dirname(page)

        def resolve(target: str, *, is_image: bool) -> str | None:
            if target.startswith("data:") and is_image:
                found = self.media.inline(target)
                self.lost += found is None
                return found
            if target.startswith(LESSON_SCHEME) and not is_image:
                slug, _, anchor = target.removeprefix(LESSON_SCHEME).partition("#")
                lesson = self.page_of_slug.get(slug)
                self.lost += lesson is None
                return f"{LESSON_SCHEME}{lesson}{'#' if anchor else ''}{anchor}" if lesson else None
            if target.startswith("#") or is_web_address(target):
                return target if not target.startswith("#") or not is_image else None
            try:
                parts = urlsplit(target)
            except ValueError:
                parts = None
            if parts is None or parts.scheme or parts.netloc:
                self.lost += 1
                return None
            path = unquote(parts.path)
            relative = (
                path.lstrip("/") if path.startswith("/") else posixpath.normpath(posixpath.join(folder, path))
            )
            if not is_image:
                docs = str(self.config.get("docs_dir") or "docs").strip("/")
                lesson = self._linked_page(relative) or (
                    self._linked_page(f"{docs}/{relative}") if path.startswith("/") else None
                )
                if lesson:
                    return f"{LESSON_SCHEME}{lesson}" + (f"#{parts.fragment}" if parts.fragment else "")
                if relative == self.front:
                    return None  # It describes the course, whose page is one step up from every lesson.
            found = self.media.refer(relative) or (self._public(path) if path.startswith("/") else None)
            self.lost += found is None
            return found

        text = markdown_text.own_callouts(body)
        text = markdown_text.rewrite_targets(
            text, link=lambda t: resolve(t, is_image=False), image=lambda t: resolve(t, is_image=True)
        )
        return text.strip("\n")

    def _public(self, path: str) -> str | None:
        """A site address such as /img/x.png: static folders of site generators stand for the top."""
        for folder in ("static", "public", "docs", "src", "assets"):
            found = self.media.refer(f"{folder}{path}")
            if found:
                return found
        return None

    def _linked_page(self, relative: str) -> str | None:
        relative = relative.rstrip("/")
        stem = relative.removesuffix(".html")
        for candidate in (
            relative,
            *(f"{stem}{ext}" for ext in (*PAGES, NOTEBOOK)),
            f"{stem}/README.md",
            f"{stem}/index.md",
        ):
            if candidate in self.lesson_of:
                return candidate
        return None

    def _quizzes_beside(self, page: str) -> list[BlockOutline]:
        """`lesson.quiz.json`, `lesson.quiz.csv` and the like, for this page."""
        stem = page.rpartition(".")[0]
        found = []
        for path in self.files:
            if path in self.settled or not path.lower().endswith((".json", ".csv")):
                continue
            name = path.rpartition(".")[0]
            beside = name in {f"{stem}.quiz", f"{stem}-quiz", f"{stem}_quiz", f"{stem}.questions", stem}
            alone = _is_index(page) and name in {
                posixpath.join(posixpath.dirname(page), n) for n in ("quiz", "questions")
            }
            if beside or alone:
                block = self._quiz(path)
                if block:
                    found.append(block)
        return found

    def _quiz(self, path: str) -> BlockOutline | None:
        self._done(path)
        name = path.rpartition("/")[2]
        file = inside(self.root / self.base, path)
        try:
            content = read_question_file(file.read_bytes(), name)
        except QuestionFileRefused as error:
            self.report.failed(self._path(path), "quiz", name, reason=str(error))
            return None
        for problem in content.left_out:
            put = self.report.failed if problem.outcome == "failed" else self.report.skipped
            put(self._path(path), "question", problem.name, reason=problem.reason)
        data = content.quiz
        title = str(data.get("title") or title_of_file(name.replace(".quiz.", ".")))
        data = {**data, "title": title}
        for question in data["questions"]:
            self._rewrite_question(question, path)
        self.report.imported(self._path(path), "quiz", title)
        origins = []
        for number, question in enumerate(data["questions"], start=1):
            question.setdefault("name", f"{title} {number}")
            self.report.imported(self._path(path), "question", str(question["name"]))
            origins.append((self._path(path), "question", str(question["name"])))
        quiz = QuizOutline(
            path, title, data, path=self._path(path), origins=tuple(origins), files=content.files
        )
        return BlockOutline("quiz", quiz=quiz, title=title, path=self._path(path))

    def _rewrite_question(self, question: dict, path: str) -> None:
        for name in ("text", "explanation"):
            if isinstance(question.get(name), str):
                question[name] = self._markdown(question[name], path)

    # ---------------------------------------------------------------------------------- the rest

    def _list_rest(self) -> None:
        """Quizzes that belong to no page, and every file that was not met."""
        used = self.media.used_files()
        for path in self.files:
            name = path.rpartition("/")[2]
            if path in self.settled or path in self.lesson_of:
                continue
            if path in used:
                kind = "image" if path.lower().endswith(IMAGES) else "file"
                self.report.imported(self._path(path), kind, name)
            elif path.lower().endswith((".quiz.json", ".quiz.csv")):
                self.report.skipped(
                    self._path(path), "quiz", name, reason="There is no lesson of its name beside it."
                )
            elif path.lower().endswith((*PAGES, ".rst", ".txt")):
                self.report.skipped(self._path(path), "page", name, reason="It is not a page of the course.")
            else:
                kind = "image" if path.lower().endswith(IMAGES) else "file"
                self.report.skipped(
                    self._path(path), kind, name, reason="No page that was imported refers to it."
                )
        for link in walk_links(self.root):
            self.report.skipped(
                link, "link", link.rpartition("/")[2], reason="Links to other files are not followed."
            )


def _order(path: str) -> tuple:
    """Numbers by value; a folder's index before everything else in it."""
    parts = []
    for part in path.lower().split("/"):
        stem = part.rpartition(".")[0] or part
        first = 0 if stem in INDEX_NAMES else 1
        parts.append(
            (first, [(int(p), "") if p.isdigit() else (10**9, p) for p in re.split(r"(\d+)", part) if p])
        )
    return tuple(parts)


def _is_index(page: str) -> bool:
    return page.rpartition("/")[2].rpartition(".")[0].lower() in INDEX_NAMES


def _bare_target(target: str) -> str:
    """The path of a link, without its anchor and title."""
    target = target.strip()
    path = target[1:].partition(">")[0] if target.startswith("<") else target.split(" ")[0]
    return path.split("#")[0].lstrip("/")


def _has_pages(entry: Entry) -> bool:
    return bool(entry.page) or any(_has_pages(inner) for inner in entry.entries)


def _slug_of(page: str) -> str:
    return re.sub(r"^\d+[-_. ]+", "", page.rpartition("/")[2].rpartition(".")[0])


def _loose_yaml(text: str) -> dict:
    """YAML with tags of its tool, such as MkDocs' `!!python/name:`, read as nothing."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("", lambda loader, suffix, node: None)
    try:
        data = yaml.load(text, Loader)  # noqa: S506  a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _notebook(text: str) -> tuple[str, str]:
    """(Markdown of a Jupyter notebook, what was wrong): its texts, its code and its text outputs."""
    try:
        notebook = json.loads(text)
        cells = notebook["cells"]
        language = (notebook.get("metadata", {}).get("language_info") or {}).get("name") or "python"
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", "It is not a notebook that can be read."
    out = []
    for cell in cells if isinstance(cells, list) else []:
        if not isinstance(cell, dict):
            continue
        source = _joined(cell.get("source"))
        if cell.get("cell_type") == "markdown":
            out.append(source)
        elif cell.get("cell_type") == "code" and source.strip():
            out.append(_fenced(source, str(language)))
            for output in cell.get("outputs") or []:
                shown = _joined(output.get("text") or (output.get("data") or {}).get("text/plain"))
                if shown.strip() and not shown.startswith(("<Figure", "<matplotlib", "<Axes")):
                    out.append(_fenced(shown, "text"))
    return "\n\n".join(out), ""


def _joined(value) -> str:
    return "".join(str(part) for part in value) if isinstance(value, list) else str(value or "")


def _fenced(text: str, language: str) -> str:
    ticks = "`" * max(3, max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    return f"{ticks}{language}\n{text.strip(chr(10))}\n{ticks}"
