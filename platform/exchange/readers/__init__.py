"""Readers of course formats: each turns a folder into a `CourseOutline` and fills a `Report`.

`read_course` opens a source of any of them. The format is told by what the folder holds, never by its name.
"""

from collections.abc import Callable
from pathlib import Path

from exchange.archives import SourceRefused, walk_files
from exchange.course_archive import MANIFEST
from exchange.outline import CourseOutline
from exchange.readers import archive, common_cartridge, markdown, olx
from exchange.report import Report

FORMATS: dict[str, Callable[[Path, Report], CourseOutline]] = {
    "olx": olx.read,
    "common-cartridge": common_cartridge.read,
    "markdown": markdown.read,
    "archive": archive.read,
}


def detect(root: Path) -> str:
    """The format of an opened source. Raises SourceRefused if it is none that can be read."""
    files = walk_files(root)
    names = {path.rpartition("/")[2] for path in files}
    shallowest = min((path.count("/") for path in files if path.endswith("imsmanifest.xml")), default=None)
    if any(path.endswith(MANIFEST) and path.count("/") <= 1 for path in files):
        return "archive"
    if shallowest is not None:
        return "common-cartridge"
    if "course.xml" in names:
        return "olx"
    if any(name.lower().endswith((".md", ".markdown", ".ipynb")) for name in names):
        return "markdown"
    raise SourceRefused(
        "This is no course that can be read: there is no course.xml (Open edX), no imsmanifest.xml "
        "(Common Cartridge) and no Markdown file in it."
    )


def read_course(root: Path, report: Report, format: str = "auto") -> CourseOutline:
    """The course in the folder `root`. Raises SourceRefused if it can't be read at all."""
    chosen = detect(root) if format == "auto" else format
    return FORMATS[chosen](root, report)
