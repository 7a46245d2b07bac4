"""Files that nothing in the course led to, so that the report names every one."""

from exchange.readers.leftovers import skip_links
from exchange.readers.olx.source import Source


def list_leftovers(source: Source) -> None:
    """Everything that is in the folder and was not met on the way."""
    used = source.media.used_files()
    static = f"{source.folder}static/"
    for path in source.files:
        name = path.rpartition("/")[2]
        relative = path.removeprefix(source.folder)
        top = relative.partition("/")[0]
        if path.startswith(static):
            if path.removeprefix(static) in used:
                source.report.imported(path, "static", name)
            elif path not in source.visited:
                source.report.skipped(path, "static", name, reason="Nothing that was imported refers to it.")
        elif path in source.visited or relative == "course.xml":
            continue
        elif relative.startswith("drafts/"):
            kind = relative.split("/")[1] if relative.count("/") > 1 else "draft"
            source.report.skipped(path, kind, name, reason="It is a draft that no unit of the course uses.")
        elif top in {"info", "policies", "assets", "course"}:
            source.report.skipped(
                path, top, name, reason="It holds settings or notices that have no counterpart here."
            )
        elif path.endswith((".xml", ".html")) and "/" in relative:
            source.report.skipped(path, top, name, reason="Nothing in the course refers to it.")
        else:
            source.report.skipped(path, "file", name, reason="It is not part of an Open edX course.")
    skip_links(source.root, source.report)
