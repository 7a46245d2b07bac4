"""The folder of a book: its files, its pages as they are asked for, its settings, and the report."""

import posixpath
import re
from pathlib import Path

import yaml

from exchange.archives import inside, walk_files
from exchange.readers.markdown import front_matter
from exchange.readers.markdown.includes import with_includes
from exchange.readers.markdown.names import NOT_FOLDERS, NOTEBOOK
from exchange.readers.markdown.notebooks import notebook
from exchange.readers.markdown.text import first_heading
from exchange.readers.media import MediaShelf
from exchange.report import Report
from quizzes.formats.text import decode


class Source:
    """Paths are relative to the course's folder; `path` gives those of the report.

    `included` are files that stand in pages; `settled` are the files that are reported; `config` holds the
    settings of the book.
    """

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
        self.included: set[str] = set()
        self.texts: dict[str, tuple[dict, str, str]] = {}
        self.config = self._read_config()

    def read_text(self, path: str) -> str:
        file = inside(self.root / self.base, path)
        return decode(file.read_bytes()).removeprefix("\ufeff").replace("\r\n", "\n") if file else ""

    def page(self, path: str) -> tuple[dict, str, str]:
        """Front matter, body and what was wrong, of a page or a notebook."""
        if path not in self.texts:
            if path.endswith(NOTEBOOK):
                self.texts[path] = ({}, *notebook(self.read_text(path)))
            else:
                data, body, problem = front_matter.split(self.read_text(path))
                if not data and not body.strip() and self.read_text(path).strip():
                    body = self.read_text(path)
                body = with_includes(body, lambda name: self._included(path, name))
                self.texts[path] = (data, body, problem)
        return self.texts[path]

    def _included(self, page: str, name: str) -> str | None:
        """The text of a file that a page takes in, named from the page, the top or the folder of pages."""
        for place in (posixpath.dirname(page), "", self.docs):
            file = posixpath.normpath(posixpath.join(place, name))
            if file in self.files:
                self.included.add(file)
                return self.read_text(file)
        return None

    @property
    def is_myst(self) -> bool:
        """Whether the book is one of Jupyter Book, MyST or Sphinx."""
        return bool({"_toc.yml", "_toc.yaml", "myst.yml", "conf.py"} & set(self.files))

    @property
    def has_components(self) -> bool:
        """Whether pages are drawn by Docusaurus, whose pages may hold components."""
        return any(file.startswith("docusaurus.config.") for file in self.files)

    def done(self, path: str) -> None:
        self.settled.add(path)

    def path(self, path: str) -> str:
        return f"{self.base}{path}"

    def _read_config(self) -> dict:
        """Settings of the book: MkDocs', Jupyter Book's or mdBook's file."""
        for name in ("mkdocs.yml", "mkdocs.yaml", "_config.yml", "book.toml", "myst.yml"):
            if name not in self.files:
                continue
            text = self.read_text(name)
            self.done(name)
            if name.endswith(".toml"):
                found = dict(re.findall(r'(?m)^(title|description|language)\s*=\s*"([^"]*)"', text))
            else:
                found = loose_yaml(text)
            self.report.imported(self.path(name), "configuration", name)
            return found
        return {}

    def name(self) -> str:
        """That of the course's folder."""
        return self.base.rstrip("/").rpartition("/")[2] or self.root.resolve().name

    def title_of(self, page: str) -> str:
        """What a page calls itself; empty if nothing."""
        data, body, _ = self.page(page)
        return front_matter.text_of(data, "title") or first_heading(body)

    @property
    def docs(self) -> str:
        """The folder in which MkDocs has its pages."""
        return str(self.config.get("docs_dir") or "docs").strip("/")


def loose_yaml(text: str) -> dict:
    """YAML with tags of its tool, such as MkDocs' `!!python/name:`, read as nothing."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("", lambda loader, suffix, node: None)
    try:
        data = yaml.load(text, Loader)  # noqa: S506  a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
