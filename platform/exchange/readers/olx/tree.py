"""Reading the tree: from course.xml down, each part from where its definition lies."""

from lxml import etree

from exchange import html_markdown
from exchange.archives import SourceRefused
from exchange.readers.olx.nodes import (
    NO_COUNTERPART,
    TRUE,
    UNITS,
    Drafts,
    Node,
    humanised,
    is_container,
)
from exchange.readers.olx.policies import Policies
from exchange.readers.olx.source import Source
from exchange.readers.pages import sentence
from exchange.safe_xml import BadXml, local_name, parse_xml

DEPTH = 30
# Settings of a part that hold for the parts in it, unless those have their own.
INHERITED = ("graded", "start", "due")


def read_top(source: Source) -> Node:
    """The course element. Raises SourceRefused where there is none that can be read."""
    path = f"{source.folder}course.xml"
    try:
        pointer = parse_xml(source.read_bytes(path) or b"")
    except BadXml as error:
        raise SourceRefused(f"{path} can't be read because {error}.") from error
    if local_name(pointer) == "library":
        raise SourceRefused(
            "This is a library of single blocks and not a course; export the course that uses it."
        )
    run = pointer.get("url_name") or pointer.get("slug") or "course"
    element, place = pointer, path
    definition = f"{source.folder}course/{run.replace(':', '/')}.xml"
    if len(pointer) == 0 and definition in source.known:
        try:
            element, place = parse_xml(source.read_bytes(definition)), definition
        except BadXml as error:
            raise SourceRefused(f"{definition} can't be read because {error}.") from error
        for name, value in pointer.attrib.items():
            if name not in element.attrib:
                element.set(name, value)
    elif len(pointer) == 0:
        raise SourceRefused(f"{path} names the run “{run}”, but {definition} is missing.")
    titles = (part.get(key) for key in ("display_name", "name") for part in (element, pointer))
    title = next(filter(None, titles), "") or humanised(run)
    return Node("course", run, element, place, title)


class TreeReader:
    def __init__(self, source: Source, policies: Policies) -> None:
        self.source = source
        self.policies = policies

    def _title(self, node: Node, kind: str, url_name: str) -> str:
        own = node.element.get("display_name")
        if not own and not node.element.get("url_name") and not node.element.get("slug"):
            # Courses of the first years name their parts by their titles.
            own = node.element.get("name")
        return (own or str(self.policies.of(kind, url_name).get("display_name") or "")).strip()

    def _definition_path(self, kind: str, name: str, drafts: bool) -> str | None:
        relative = f"{kind}/{name.replace(':', '/')}.xml"
        places = [f"{self.source.folder}drafts/{relative}"] if drafts else []
        places.append(f"{self.source.folder}{relative}")
        return next((path for path in places if path in self.source.known), None)

    def _open(self, pointer, path: str, *, drafts: bool = False) -> Node | None:
        """The node that a child element means; None (and reported) where its definition can't be read."""
        kind = local_name(pointer)
        url_name = pointer.get("url_name") or pointer.get("slug") or pointer.get("name") or ""
        element, place = pointer, path
        bare = len(pointer) == 0 and not (pointer.text or "").strip()
        if bare and (url_name or pointer.get("filename")):
            name = url_name or pointer.get("filename")
            definition = self._definition_path(kind, name, drafts)
            if definition is None and pointer.get("filename"):
                definition = self._definition_path(kind, pointer.get("filename"), drafts)
            pages = self._html_path(kind, name, pointer, drafts)
            if definition is not None:
                data = self.source.read_bytes(definition)
                try:
                    element, place = parse_xml(data or b""), definition
                except BadXml as error:
                    if kind != "html":
                        self.source.report.failed(
                            definition, kind, name, reason=f"It can't be read because {error}."
                        )
                        return None
                    # Pages were written by hand in older courses and are often HTML, not XML.
                    element = etree.Element("html", dict(pointer.attrib))
                    node = Node(
                        "html", url_name, element, definition, "", html=data.decode("utf-8", "replace")
                    )
                    node.title = self._title(node, kind, url_name) or humanised(url_name)
                    return node
                kind = local_name(element) or kind
            elif (
                pages is None
                and set(pointer.attrib) <= {"url_name", "slug", "filename"}
                and kind not in {"discussion", "wiki"}
            ):
                missing = f"{self.source.folder}{kind}/{name.replace(':', '/')}.xml"
                self.source.report.failed(
                    missing, kind, name, reason="The course refers to it, but it is not there."
                )
                return None
        for name, value in pointer.attrib.items():
            if name not in element.attrib:
                element.set(name, value)
        for name in INHERITED:
            # Older courses keep the settings of a part in the policy file.
            value = self.policies.of(local_name(pointer), url_name).get(name)
            if value is not None and element.get(name) is None:
                element.set(name, str(value))
        node = Node(kind, url_name, element, place, "")
        node.title = self._title(node, kind, url_name) or ("" if not url_name else humanised(url_name))
        node.hidden = (element.get("visible_to_staff_only") or "").lower() in TRUE
        node.draft = drafts
        node.parent_url = (element.get("parent_url") or "").rpartition("@")[2].rpartition("/")[2]
        if kind == "html":
            self._read_html(node, drafts)
        return node

    def _html_path(self, kind: str, name: str, element, drafts: bool) -> str | None:
        if kind != "html":
            return None
        for filename in filter(None, (element.get("filename"), name)):
            for folder in ("drafts/html", "html") if drafts else ("html",):
                page = filename.replace(":", "/").removesuffix(".html")
                path = f"{self.source.folder}{folder}/{page}.html"
                if path in self.source.known:
                    return path
        return None

    def _read_html(self, node: Node, drafts: bool) -> None:
        element = node.element
        path = self._html_path("html", node.url_name, element, drafts)
        if path and len(element) == 0 and not (element.text or "").strip():
            node.html = self.source.read_text(path)
            if node.path.endswith("course.xml") or not node.path.rpartition("/")[0].endswith("html"):
                node.path = path
        elif element.get("filename") and len(element) == 0 and not (element.text or "").strip():
            self.source.report.failed(
                node.path,
                "html",
                node.title,
                reason=f"Its page html/{element.get('filename').removesuffix('.html')}.html is not there.",
            )
            node.kind = ""
        else:
            inner = "".join(etree.tostring(c, encoding="unicode", method="html") for c in element)
            text = (element.text or "").strip()
            # A page inside CDATA is markup already; plain text is not.
            node.html = text + inner if not len(element) else html_markdown.escape(element.text or "") + inner

    def build(self, node: Node, depth: int, above: set[tuple[str, str]]) -> None:
        """Opens the children of containers, all the way down."""
        if depth > DEPTH:
            self.source.report.failed(node.path, node.kind, node.title, reason="It is nested too deeply.")
            return
        for pointer in node.element:
            kind = local_name(pointer)
            if not kind or (node.kind in {"conditional", "library_content", "itembank"} and kind in {"show"}):
                continue
            if kind in {"textbook", "pdf_textbook", "html_textbook"} and node.kind == "course":
                self.source.report.skipped(
                    node.path, kind, pointer.get("title") or "", reason=sentence(NO_COUNTERPART["textbook"])
                )
                continue
            if kind == "static_tab":
                continue  # Its page lies in the tabs folder, all of which is read.
            identity = (kind, pointer.get("url_name") or "")
            if identity[1] and identity in above:
                self.source.report.failed(node.path, kind, identity[1], reason="It contains itself.")
                continue
            child = self._open(pointer, node.path, drafts=node.draft)
            if child is None or not child.kind:
                continue
            for setting in INHERITED:
                value = node.element.get(setting)
                if value is not None and node.kind != "course" and child.element.get(setting) is None:
                    child.element.set(setting, value)
            node.children.append(child)
            if is_container(child):
                self.build(child, depth + 1, above | {identity})

    def read_drafts(self, top: Node) -> Drafts:
        """Verticals that exist only as drafts, by the url_name of the sequential they belong to."""
        published = {node.url_name for node in top.walk() if node.kind in UNITS}
        found: Drafts = {}
        folder = f"{self.source.folder}drafts/vertical/"
        for path in [f for f in self.source.files if f.startswith(folder) and f.endswith(".xml")]:
            name = path.removeprefix(folder).removesuffix(".xml")
            try:
                element = parse_xml(self.source.read_bytes(path) or b"")
            except BadXml as error:
                self.source.report.failed(path, "vertical", name, reason=f"It can't be read because {error}.")
                continue
            title = element.get("display_name") or humanised(name)
            node = Node("vertical", name, element, path, title, draft=True)
            if name in published:
                self.source.report.skipped(
                    path,
                    "vertical",
                    title,
                    reason="It is a draft of a unit whose published version was imported.",
                )
                self._list_draft_children(node)
                continue
            node.parent_url = (element.get("parent_url") or "").rpartition("@")[2].rpartition("/")[2]
            node.hidden = True
            self.build(node, 0, set())
            try:
                index = int(element.get("index_in_children_list") or 0)
            except ValueError:
                index = 0
            found.setdefault(node.parent_url, []).append((index, node))
        for nodes in found.values():
            nodes.sort(key=lambda pair: pair[0])
        return found

    def _list_draft_children(self, node: Node) -> None:
        self.build(node, 0, set())
        for inner in node.walk():
            if inner is not node and inner.path.startswith(f"{self.source.folder}drafts/"):
                self.source.report.skipped(
                    inner.path, inner.kind, inner.title,
                    reason="It is a draft of a unit whose published version was imported.",
                )  # fmt: skip
