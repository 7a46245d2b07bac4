"""imsmanifest.xml: the resources of a cartridge and the tree that its organisation makes of them."""

import posixpath
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from exchange.archives import SourceRefused
from exchange.readers.common_cartridge.resource import Resource
from exchange.readers.common_cartridge.source import Source
from exchange.safe_xml import BadXml, child, children, find_text, local_name, parse_xml

DEPTH = 30


@dataclass(slots=True)
class Item:
    """A place in the organisation."""

    title: str
    reference: str
    identifier: str = ""
    children: list["Item"] = field(default_factory=list)
    hidden: bool = False


def read_manifest(source: Source):
    path = "imsmanifest.xml"
    try:
        manifest = parse_xml(source.read_bytes(path) or b"")
    except BadXml as error:
        raise SourceRefused(f"{source.path(path)} can't be read because {error}.") from error
    if local_name(manifest) != "manifest":
        raise SourceRefused(f"{source.path(path)} is not the manifest of a cartridge.")
    return manifest


def read_resources(source: Source, manifest) -> None:
    holder = child(manifest, "resources")
    for element in children(holder, "resource") if holder is not None else []:
        base = posixpath.join(_base_of(holder), _base_of(element))
        named = [f.get("href") for f in children(element, "file")]
        files = [_file_named(source, _clean(base, name)) for name in named if name]
        href = _file_named(source, _clean(base, element.get("href"))) if element.get("href") else ""
        if href not in source.files:
            # Some tools write an address of their own here; the file is what is there.
            href = next((file for file in files if file in source.files), href)
        identifier = element.get("identifier") or f"resource-{len(source.resources) + 1}"
        resource = Resource(
            identifier=identifier,
            type=element.get("type") or "unknown",
            href=href,
            files=files,
            dependencies=[d.get("identifierref") or "" for d in children(element, "dependency")],
        )
        if not resource.files and href:
            resource.files = [href]
        source.resources[identifier] = resource
        for file in [href, *files]:
            if file:
                source.by_file.setdefault(file, resource)


def _file_named(source: Source, path: str) -> str:
    """A file of the manifest, whose signs that no file name may have were replaced when it was packed."""
    packed = re.sub(r'[|:*?"<>]', "_", path)
    return packed if path not in source.files and packed in source.files else path


def organisation(source: Source, manifest) -> list[Item]:
    holder = child(manifest, "organizations")
    tree = child(holder, "organization") if holder is not None else None
    if tree is None:
        return []

    def items(element, depth: int) -> list[Item]:
        if depth > DEPTH:
            source.report.failed(
                source.path("imsmanifest.xml"),
                "item",
                find_text(element, "title"),
                reason="It is nested too deeply.",
            )
            return []
        return [
            Item(
                find_text(e, "title"),
                e.get("identifierref") or "",
                e.get("identifier") or "",
                items(e, depth + 1),
                hidden=(e.get("isvisible") or "true").lower() in {"false", "0"},
            )
            for e in children(element, "item")
        ]

    top = items(tree, 0)
    if len(top) == 1 and not top[0].reference and top[0].children:
        inner = top[0].children
        if not top[0].title or any(item.children for item in inner):
            return inner
    return top


def _base_of(element) -> str:
    return element.get("{http://www.w3.org/XML/1998/namespace}base") or ""


def _clean(base: str, href: str) -> str:
    return posixpath.normpath(
        posixpath.join(base, unquote(href.partition("?")[0].partition("#")[0])).replace("\\", "/")
    )


def keywords(general) -> list[str]:
    if general is None:
        return []
    return [
        word
        for keyword in children(general, "keyword")
        if (word := " ".join("".join(keyword.itertext()).split()))
    ]
