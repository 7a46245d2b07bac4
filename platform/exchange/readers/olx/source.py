"""The folder of an export: its files as they are asked for, and the report of what became of them."""

import json
from pathlib import Path

from exchange.archives import inside, walk_files
from exchange.readers.media import MediaShelf
from exchange.report import Report


class Source:
    """`folder` is where course.xml lies below `root`, and paths start at `root`. `visited` grows as files are
    read; `media` are the static files.
    """

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

    def read_bytes(self, path: str) -> bytes | None:
        file = inside(self.root, path)
        if file is None:
            return None
        self.visited.add(path)
        return file.read_bytes()

    def read_text(self, path: str) -> str | None:
        data = self.read_bytes(path)
        return None if data is None else data.decode("utf-8-sig", errors="replace")

    def read_policy(self, path: str) -> dict:
        """A policy file, reported; empty where it can't be read."""
        text = self.read_text(path)
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
