"""Pages beside the tree: the about folder, and the course's own tabs."""

from lxml import etree

from exchange import html_markdown
from exchange.outline import LessonOutline
from exchange.readers.olx.components import Components
from exchange.readers.olx.links import Links
from exchange.readers.olx.nodes import Node, humanised
from exchange.readers.olx.source import Source


def about(source: Source, links: Links) -> dict[str, str]:
    """Description and summary from the about folder."""
    found: dict[str, str] = {}
    wanted = {"overview": "description", "short_description": "summary"}
    folder = f"{source.folder}about/"
    for path in [f for f in source.files if f.startswith(folder)]:
        name = path.rpartition("/")[2]
        use = wanted.get(name.rpartition(".")[0])
        text = source.read_text(path)
        if not use:
            source.report.skipped(path, "about", name, reason="A course page has no place for it here.")
            continue
        if use == "summary":
            found.setdefault(use, html_markdown.plain_text(text))
        else:
            found.setdefault(use, links.markdown(text))
        source.report.imported(path, "about", name)
    return found


def tabs(source: Source, components: Components, names: dict[str, str]) -> list[LessonOutline]:
    """A lesson for each page in the tabs folder; `names` are their titles where a policy has them."""
    folder = f"{source.folder}tabs/"
    lessons = []
    for path in [f for f in source.files if f.startswith(folder) and f.endswith(".html")]:
        slug = path.removeprefix(folder).removesuffix(".html")
        element = etree.Element("static_tab")
        node = Node("static_tab", slug, element, path, names.get(slug) or humanised(slug))
        node.html = source.read_text(path)
        blocks = components.html(node)
        if blocks:
            lessons.append(
                LessonOutline(
                    key=f"tab-{slug}", title=node.title, blocks=tuple(blocks), preview=True, path=path
                )
            )
    return lessons
