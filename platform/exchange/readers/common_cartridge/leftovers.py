"""Resources that are no lesson, and files that no resource names, so that the report names every one."""

from exchange.readers.common_cartridge.lessons import LessonReader
from exchange.readers.common_cartridge.resource import Resource, is_settings
from exchange.readers.common_cartridge.source import Source
from exchange.readers.leftovers import skip_links


def list_leftovers(source: Source, lessons: LessonReader) -> None:
    """Resources that are no lesson, and files that no resource names."""
    used = source.media.used_files() | source.shown_pictures
    named: dict[str, Resource] = {}
    for resource in source.resources.values():
        named |= dict.fromkeys([resource.href, *resource.files], resource)
        if resource.identifier in source.settled:
            continue
        path, name = source.path(resource.path), resource.path.rpartition("/")[2]
        if used & {resource.href, *resource.files}:
            source.report.imported(path, resource.type, name)
        elif is_settings(resource) or source.read_files & {resource.href, *resource.files}:
            source.report.skipped(
                path, resource.type, name, reason="It holds settings of the system it comes from."
            )
        elif resource.family == "content":
            missing = resource.path not in source.files
            if missing:
                source.report.failed(path, resource.type, name, reason="Its file is not in the cartridge.")
            else:
                source.report.skipped(
                    path, resource.type, name, reason="Nothing that was imported refers to it."
                )
        else:
            lessons.skip(resource, "")
    told = {resource.path for resource in source.resources.values()}
    for file in source.files:
        if file in told or file == "imsmanifest.xml" or file in source.settled:
            continue
        name = file.rpartition("/")[2]
        if file in used:
            source.report.imported(source.path(file), "file", name)
        elif file in source.read_files:
            source.report.skipped(
                source.path(file), "file", name, reason="It holds settings of the system it comes from."
            )
        elif file in named:
            reason = "Nothing that was imported refers to it."
            if is_settings(named[file]):
                reason = "It holds settings of the system it comes from."
            source.report.skipped(source.path(file), "file", name, reason=reason)
        else:
            source.report.skipped(source.path(file), "file", name, reason="The manifest does not name it.")
    skip_links(source.root, source.report)
