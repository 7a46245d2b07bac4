"""Which resources become lessons, in which section and order."""

from dataclasses import dataclass

from exchange.readers.common_cartridge.manifest import Item
from exchange.readers.common_cartridge.resource import PAGES, Resource, is_settings
from exchange.readers.common_cartridge.source import Source


@dataclass(slots=True)
class Planned:
    """A lesson to be: a resource at its place."""

    resource: Resource
    title: str
    key: str
    hidden: bool = False


Plan = list[tuple[str, list[Planned]]]


def plan_lessons(source: Source, organisation: list[Item], course_title: str) -> Plan:
    """The titles of the sections with their lessons. Material that no folder names comes last."""
    plan: Plan = []
    taken: dict[str, str] = {}
    manifest = source.path("imsmanifest.xml")

    def add(section: str, item: Item, hidden: bool = False) -> None:
        resource = source.resources.get(item.reference)
        if resource is None and item.identifier in source.addresses:
            address = source.addresses[item.identifier]
            reason = f"External tools can't be taken along ({address})."
            source.report.skipped(manifest, "item", item.title, reason=reason)
            return
        if resource is None:
            source.report.failed(
                manifest,
                "item",
                item.title,
                reason=f"It refers to the resource “{item.reference}”, which is not there.",
            )
            return
        if not plan or plan[-1][0] != section:
            plan.append((section, []))
        key = item.reference
        if key in taken:
            key = f"{key}@{len(taken)}"
        taken[key] = section
        plan[-1][1].append(Planned(resource, item.title or resource.title, key, hidden))

    def walk(items: list[Item], path: tuple[str, ...], above: bool = False) -> None:
        """`above`: whether a folder around the items is hidden."""
        heading = ""
        for number, item in enumerate(items):
            hidden = above or item.hidden or item.identifier in source.hidden_items
            section = " · ".join(filter(None, (*path, heading))) or course_title
            if item.reference:
                add(section, item, hidden)
            if item.children:
                walk(item.children, tuple(filter(None, (*path, item.title))), hidden)
                source.report.imported(manifest, "item", item.title)
            elif not item.reference and not any(later.reference for later in items[number + 1 :]):
                source.report.skipped(manifest, "item", item.title, reason="It is empty.")
            elif not item.reference:
                # A heading between the resources of a module.
                heading = item.title
                source.report.imported(
                    manifest, "item", item.title, note="It became part of the section's title."
                )

    walk(organisation, ())
    placed = {key.partition("@")[0] for key in taken}
    rest = [r for r in source.resources.values() if r.identifier not in placed and _is_material(source, r)]
    for resource in rest:
        add("More material", Item("", resource.identifier))
    return plan


def _is_material(source: Source, resource: Resource) -> bool:
    """Whether a resource outside of the organisation is worth a page of its own."""
    if is_settings(resource):
        return False
    if resource.family in {"quiz", "topic", "assignment", "link"}:
        return True
    return (
        resource.family == "content"
        and resource.path.lower().endswith(PAGES)
        and not _embedded(source, resource)
    )


def _embedded(source: Source, resource: Resource) -> bool:
    """HTML below the file area is mostly part of something else, such as a saved web page."""
    return resource.path.startswith("web_resources/") or any(
        resource.identifier in other.dependencies
        for other in source.resources.values()
        if other is not resource
    )
