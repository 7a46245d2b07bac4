"""What a reader of any format leaves."""

from pathlib import Path

from exchange.archives import walk_links
from exchange.report import Report


def skip_links(root: Path, report: Report) -> None:
    """Links to other files below `root`: they are named and never followed."""
    for link in walk_links(root):
        report.skipped(link, "link", link.rpartition("/")[2], reason="Links to other files are not followed.")
