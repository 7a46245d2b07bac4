"""Pages beside the tree: the about folder, and the course's own tabs."""

from lxml import etree

from exchange import html_markdown
from exchange.outline import LessonOutline
from exchange.readers.olx.components import Components
from exchange.readers.olx.links import Links
from exchange.readers.olx.nodes import Node, humanised
from exchange.readers.olx.source import Source


def about(source: Source, links: Links, run: str) -> dict[str, str]:
    """Description and summary from the about folder; pages of the run itself go before those of all runs."""
    found: dict[str, str] = {}
    wanted = {"overview": "description", "short_description": "summary"}
    folder = f"{source.folder}about/"
    pages = [f for f in source.files if f.startswith(folder)]
    for path in sorted(pages, key=lambda path: not path.startswith(f"{folder}{run}/")):
        name = path.rpartition("/")[2]
        use = wanted.get(name.rpartition(".")[0])
        text = source.read_text(path)
        if not use:
            source.report.skipped(path, "about", name, reason="A course page has no place for it here.")
            continue
        if use in found:
            source.report.skipped(path, "about", name, reason="The course has another page of this name.")
            continue
        found[use] = html_markdown.plain_text(text) if use == "summary" else links.markdown(text)
        source.report.imported(path, "about", name)
    return found


def tabs(source: Source, components: Components, named: dict[str, tuple[str, bool]]) -> list[LessonOutline]:
    """A lesson for each page in the tabs folder; `named` is what a policy says of them, in their order: the
    title, and whether learners see it."""
    folder = f"{source.folder}tabs/"
    lessons = []
    order = {slug: place for place, slug in enumerate(named)}
    slugs = [
        path.removeprefix(folder).removesuffix(".html")
        for path in source.files
        if path.startswith(folder) and path.endswith(".html")
    ]
    for slug in sorted(slugs, key=lambda slug: order.get(slug, len(order))):
        path = f"{folder}{slug}.html"
        title, is_shown = named.get(slug, ("", True))
        element = etree.Element("static_tab")
        node = Node("static_tab", slug, element, path, title or humanised(slug))
        node.html = source.read_text(path)
        blocks = components.html(node)
        if blocks:
            lessons.append(
                LessonOutline(
                    key=f"tab-{slug}",
                    title=node.title,
                    blocks=tuple(blocks),
                    preview=is_shown,
                    published=is_shown,
                    path=path,
                )
            )
    return lessons
