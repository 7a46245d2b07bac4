"""Tables of contents: the site's own folders, MkDocs, Jupyter Book, mdBook and docsify, or else the names."""

import math
import posixpath
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from exchange.readers.markdown import front_matter
from exchange.readers.markdown.names import NOTEBOOK, PAGES, is_index, is_page, order
from exchange.readers.markdown.source import Source, loose_yaml
from exchange.readers.markdown.text import first_heading
from exchange.readers.media import is_web_address
from exchange.readers.pages import title_of_file

# A line of a table of contents: a link (mdBook allows an empty one, and remarks after it), or words alone.
_CONTENTS = re.compile(
    r"^(\s*)(?:[-*+]\s+)?"
    r"(?:\[(.*?)\]\((<[^>]*>|(?:[^()]|\([^()]*\))*)\).*|\*{0,2}([^\[*][^\[]*?)\*{0,2}\s*)$"
)


@dataclass(slots=True)
class Entry:
    """A place in the table of contents: a page, or a part with its entries."""

    title: str
    page: str = ""
    entries: list["Entry"] = field(default_factory=list)


class Contents:
    """`root_page` is the page that a book's contents name as its first."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.root_page: str | None = None

    def own_layout(self) -> list[Entry]:
        """Sections are folders, with their title in section.md."""
        entries = []
        for folder in sorted({f.partition("/")[0] for f in self.source.files if "/" in f}):
            pages = [f for f in self.source.files if f.startswith(f"{folder}/") and is_page(f)]
            titled = next((f for f in pages if f.lower() == f"{folder}/section.md"), None)
            lessons = [f for f in pages if f != titled]
            title = title_of_file(f"{folder}.")
            if titled:
                data, body, problem = self.source.page(titled)
                title = front_matter.text_of(data, "title") or first_heading(body) or title
                self.source.done(titled)
                self.source.report.imported(self.source.path(titled), "markdown", title, note=problem)
            if lessons:
                entries.append(Entry(title, entries=[Entry("", page) for page in sorted(lessons, key=order)]))
        return entries

    def read(self, pages: list[str]) -> list[Entry]:
        for find in (self._mkdocs, self._jupyter, self._summary):
            entries = find()
            if entries:
                return entries
        return self._by_folders(pages)

    def _mkdocs(self) -> list[Entry]:
        nav = self.source.config.get("nav")
        if not isinstance(nav, list):
            return []
        docs = self.source.docs

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
                        elif is_web_address(value):
                            self._elsewhere("mkdocs.yml", str(title) or value)
                        else:
                            self._missing("mkdocs.yml", value)
            return found

        return entries(nav)

    def _jupyter(self) -> list[Entry]:
        name = next((f for f in ("_toc.yml", "_toc.yaml") if f in self.source.files), None)
        if not name:
            return []
        toc = loose_yaml(self.source.read_text(name))
        self.source.done(name)
        self.source.report.imported(self.source.path(name), "contents", name)

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
                if item.get("url"):
                    self._elsewhere(name, title or str(item["url"]))
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
                for f in sorted(self.source.files, key=lambda f: f.count("/"))
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
        for line in self.source.read_text(name).split("\n"):
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
                target = unquote(bare_target(item.group(3) or ""))
                page = (
                    self._existing(*self._page_candidates(posixpath.join(folder, target))) if target else ""
                )
                if is_web_address(target):
                    self._elsewhere(name, (item.group(2) or target).strip())
                elif target and not page:
                    self._missing(name, posixpath.normpath(posixpath.join(folder, target)))
                entry = Entry((item.group(2) or item.group(4) or "").strip("* "), page or "")
                if item.group(2) and not target:
                    planned.append(entry)
                stack[-1][1].append(entry)
                stack.append((indent, entry.entries))
        self.source.done(name)
        for entry in planned:
            if not has_pages(entry):
                self.source.report.skipped(
                    self.source.path(name),
                    "chapter",
                    entry.title,
                    reason="It is planned and has no page yet.",
                )
        self.source.report.imported(self.source.path(name), "contents", name.rpartition("/")[2])
        return [entry for entry in top if entry.page or has_pages(entry)]

    def _page_candidates(self, path: str) -> list[str]:
        path = posixpath.normpath(path)
        return [path, *(f"{path}{ext}" for ext in PAGES), f"{path}/README.md", f"{path}/index.md"]

    def _existing(self, *candidates: str) -> str | None:
        known = set(self.source.files)
        return next((c for c in map(posixpath.normpath, candidates) if c in known), None)

    def _elsewhere(self, where: str, title: str) -> None:
        self.source.report.skipped(
            self.source.path(where), "link", title, reason="It leads to a page elsewhere on the web."
        )

    def _missing(self, where: str, target: str) -> None:
        self.source.report.failed(
            self.source.path(target), "markdown", target, reason=f"{where} refers to it, but it is not there."
        )

    def _place(self, page: str) -> tuple:
        """Sorts a page among its neighbours: an index first, then by the place that each names."""
        return (-math.inf if is_index(page) else _position(self.source.page(page)[0]), order(page))

    def _category(self, folder: str) -> dict:
        """What Docusaurus says of a folder: its label and place."""
        for name in ("_category_.json", "_category_.yml", "_category_.yaml"):
            file = f"{folder}/{name}"
            if file in self.source.files:
                self.source.done(file)
                self.source.report.imported(self.source.path(file), "contents", name)
                return loose_yaml(self.source.read_text(file))
        return {}

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
            mixed = [(self._place(page), Entry("", page)) for page in node.get("", [])]
            for name, value in named:
                inner = entries(value, f"{path}{name}/")
                index = next(
                    (
                        e
                        for e in inner
                        if e.page and is_index(e.page) and posixpath.dirname(e.page) == f"{path}{name}"
                    ),
                    None,
                )
                category = self._category(f"{path}{name}")
                if index and "position" not in category:
                    category["position"] = _position(self.source.page(index.page)[0])
                title = front_matter.text_of(category, "label")
                title = title or (self.source.title_of(index.page) if index else "")
                place = (_position(category), order(f"{path}{name}"))
                mixed.append((place, Entry(title or title_of_file(f"{name}."), entries=inner)))
            return [entry for _, entry in sorted(mixed, key=lambda pair: pair[0])]

        top = entries(tree, "")
        while len(top) == 1 and not top[0].page:
            top = top[0].entries
        return top


def _position(data: dict) -> float:
    """The place that a page or folder names for itself; those that name none come after those that do."""
    for name in ("sidebar_position", "nav_order", "weight", "position", "order"):
        value = data.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
    return math.inf


def bare_target(target: str) -> str:
    """The path of a link, without its anchor and title."""
    target = target.strip()
    path = target[1:].partition(">")[0] if target.startswith("<") else target.split(" ")[0]
    return path.split("#")[0].lstrip("/")


def has_pages(entry: Entry) -> bool:
    return bool(entry.page) or any(has_pages(inner) for inner in entry.entries)
