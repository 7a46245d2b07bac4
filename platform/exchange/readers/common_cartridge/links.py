"""Where links and pictures of a cartridge lead: to a lesson, to a file, to the web, or nowhere."""

import posixpath
import re
from urllib.parse import unquote, urlsplit

from exchange import html_markdown
from exchange.outline import LESSON_SCHEME, BlockOutline
from exchange.readers.common_cartridge.plan import Plan
from exchange.readers.common_cartridge.resource import PAGES, Resource
from exchange.readers.common_cartridge.source import Source
from exchange.readers.media import is_web_address
from exchange.readers.pages import lost_note, part_block

_FILE_BASE = re.compile(r"^/?(?:\$|%24)?IMS[-_]CC[-_]FILEBASE(?:(?:\$|%24)/?|/)", re.IGNORECASE)
_WIKI = re.compile(r"(?:\$|%24)WIKI_REFERENCE(?:\$|%24)/(?:pages|wiki)/([^?#]+)")
_OBJECT = re.compile(r"(?:\$|%24)CANVAS_(?:OBJECT|COURSE)_REFERENCE(?:\$|%24)/[\w/-]*?([\w-]+)/?(?:[?#].*)?$")
_FILE_REFERENCE = re.compile(r"(?:\$|%24)CANVAS_COURSE_REFERENCE(?:\$|%24)/file_ref/([\w-]+)")


class Links:
    """`lesson_of` names the lesson of each resource; `lost` counts what led nowhere since it was noted."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lesson_of: dict[str, str] = {}
        self.lost = 0

    def place(self, plan: Plan) -> None:
        for _, places in plan:
            for place in places:
                self.lesson_of.setdefault(place.resource.identifier, place.key)

    def resolve(self, url: str, folder: str, *, is_image: bool) -> str | None:
        url = url.strip()
        if url.startswith("data:"):
            found = self.source.media.inline(url) if is_image else None
            self.lost += found is None
            return found
        file = _FILE_REFERENCE.search(url)
        if file:
            resource = self.source.resources.get(file.group(1))
            return self._resource_link(resource) if resource else self._nothing()
        wiki, canvas = _WIKI.search(url), _OBJECT.search(url)
        if wiki:
            return self._lesson_or_file(f"wiki_content/{unquote(wiki.group(1))}.html")
        if canvas:
            resource = self.source.resources.get(canvas.group(1))
            return self._resource_link(resource) if resource else self._nothing()
        if _FILE_BASE.match(url):
            path = unquote(_FILE_BASE.sub("", url).partition("?")[0].partition("#")[0])
            places = (f"web_resources/{path}", path, posixpath.join(folder, path))
            found = next(
                (f for p in places if (f := self._lesson_or_file(posixpath.normpath(p), lose=False))), None
            )
            return found or self._nothing()
        if url.startswith("//"):
            url = f"https:{url}"
        if is_web_address(url):
            return url
        if url.startswith("#"):
            return None
        try:
            parts = urlsplit(url)
        except ValueError:
            return self._nothing()
        if parts.scheme or parts.netloc:
            return self._nothing()
        path = unquote(parts.path)
        places = (posixpath.join(folder, path), path.lstrip("/"), f"web_resources/{path.lstrip('/')}")
        found = next(
            (f for p in places if (f := self._lesson_or_file(posixpath.normpath(p), lose=False))), None
        )
        return found or self._nothing()

    def _nothing(self) -> None:
        self.lost += 1

    def _lesson_or_file(self, path: str, *, lose: bool = True) -> str | None:
        resource = self.source.by_file.get(path)
        if (
            resource is not None
            and resource.identifier in self.lesson_of
            and path.lower().endswith((*PAGES, ".xml"))
        ):
            return LESSON_SCHEME + self.lesson_of[resource.identifier]
        if not path.lower().endswith((*PAGES, ".xml")):
            found = self.source.media.refer(path)
            if found:
                return found
        if lose:
            self.lost += 1
        return None

    def _resource_link(self, resource: Resource) -> str | None:
        if resource.identifier in self.lesson_of:
            return LESSON_SCHEME + self.lesson_of[resource.identifier]
        return self._lesson_or_file(resource.path)

    def note_lost(self) -> str:
        lost, self.lost = self.lost, 0
        return lost_note(lost)

    def blocks(self, html: str, page: str) -> list[BlockOutline]:
        folder = posixpath.dirname(page)
        parts = html_markdown.convert(
            html,
            link=lambda url: self.resolve(url, folder, is_image=False),
            image=lambda url: self.resolve(url, folder, is_image=True),
        )
        return [part_block(part, self.source.path(page)) for part in parts]

    def markdown(self, html: str, page: str) -> str:
        folder = posixpath.dirname(page)
        return html_markdown.to_markdown(
            html,
            link=lambda url: self.resolve(url, folder, is_image=False),
            image=lambda url: self.resolve(url, folder, is_image=True),
        )
