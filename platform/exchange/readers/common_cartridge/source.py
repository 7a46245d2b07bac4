"""The folder of a cartridge: its files, the resources of its manifest, and what became of them."""

from pathlib import Path

from exchange.archives import inside, walk_files
from exchange.readers.common_cartridge.resource import Resource
from exchange.readers.media import MediaShelf
from exchange.report import Report
from exchange.safe_xml import BadXml, parse_xml


class Source:
    """Paths are relative to the manifest's folder; `path` gives those of the report.

    `settled` names resources and files that are reported. Of what Canvas tells, by identifier: `states` is
    the publication of resources, `hidden_items` are unpublished modules, `addresses` are those of tools.
    """

    def __init__(self, root: Path, folder: str, report: Report) -> None:
        self.root = root
        self.report = report
        self.base = f"{folder}/" if folder else ""
        self.top = root / self.base
        self.files = [f.removeprefix(self.base) for f in walk_files(root) if f.startswith(self.base)]
        self.media = MediaShelf(self.top, self.files, listed=self.base)
        self.resources: dict[str, Resource] = {}
        self.by_file: dict[str, Resource] = {}
        self.settled: set[str] = set()
        self.read_files: set[str] = set()
        self.states: dict[str, str] = {}
        self.hidden_items: set[str] = set()
        self.addresses: dict[str, str] = {}
        self.shown_pictures: set[str] = set()

    def path(self, path: str) -> str:
        return f"{self.base}{path}"

    def read_bytes(self, path: str) -> bytes | None:
        file = inside(self.top, path)
        if file is None:
            return None
        self.read_files.add(path)
        return file.read_bytes()

    def read_xml(self, path: str):
        """A side file that may be missing or broken: None then."""
        data = self.read_bytes(path)
        try:
            return parse_xml(data) if data else None
        except BadXml:
            return None
