"""Where links and pictures of an export lead: into a lesson, to a file, to the web, or nowhere."""

import re
from urllib.parse import unquote

from exchange import html_markdown
from exchange.outline import LESSON_SCHEME
from exchange.readers.media import is_web_address
from exchange.readers.olx.nodes import Drafts, Node
from exchange.readers.olx.source import Source
from exchange.readers.pages import lost_note

_ASSET = re.compile(
    r"(?:https?://[^/]+)?/?(?:assets/courseware/[^/]+/[^/]+/)?"
    r"(?:static/|c4x/[^/]+/[^/]+/asset/|asset-v1:[^/@]+(?:@|%40)asset(?:\+|%2B)block(?:@|%40|/)/?)(.+)"
)
_JUMP = re.compile(r"(?:jump_to_id/|jump_to/(?:i4x://[^/]+/[^/]+/[^/]+/|block-v1:[^/]*@))([^/?#@]+)")
# The pages of a course in the older and the newer front end: chapter, sequential, unit.
_PLACE = re.compile(r"(?<!/assets)/courseware/([^?#]+)|/course/course-v1:[^/]+/(block-v1:[^?#]+)")


class Links:
    """`lesson_of` names the lesson on which each part will be found; `lost` counts what led nowhere since it
    was noted."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lesson_of: dict[str, str] = {}
        self.lost = 0

    def place(self, top: Node, drafts: Drafts) -> None:
        """Says for every url_name on which lesson it will be found."""
        for number, chapter in enumerate(top.children, start=1):
            lessons = chapter.children if chapter.kind == "chapter" else [chapter]
            for index, lesson in enumerate(lessons, start=1):
                lesson.url_name = lesson.url_name or f"{number}-{index}"
                for node in lesson.walk():
                    self.lesson_of.setdefault(node.url_name, lesson.url_name)
                apart = [unit for unit in lesson.children if unit.hidden]
                apart += [draft for _, draft in drafts.get(lesson.url_name, [])]
                for unit in apart:
                    self.lesson_of |= {node.url_name: unit.url_name for node in unit.walk()}
            if lessons:
                self.lesson_of.setdefault(chapter.url_name, lessons[0].url_name)

    def link(self, url: str) -> str | None:
        url = url.strip()
        jump = _JUMP.search(url)
        if jump:
            key = self.lesson_of.get(unquote(jump.group(1)))
            if key:
                return f"{LESSON_SCHEME}{key}"
            self.lost += 1
            return None
        place = _PLACE.search(url)
        key = self._lesson_at(place.group(1) or place.group(2)) if place else None
        if key:
            return f"{LESSON_SCHEME}{key}"
        asset = _ASSET.match(url)
        if asset:
            target = self.source.media.refer(re.split(r"[?#]", asset.group(1))[0])
            if target or not url.startswith("http"):
                self.lost += target is None
                return target
        if url.startswith("//"):
            url = f"https:{url}"
        if is_web_address(url):
            return url
        if not url.startswith("#"):
            self.lost += 1
        return None

    def _lesson_at(self, path: str) -> str | None:
        """The lesson at the end of the path of a page; None where the page is of another course."""
        names = [name.rpartition("@")[2] for name in unquote(path).split("/")]
        return next((key for name in reversed(names) if name and (key := self.lesson_of.get(name))), None)

    def image(self, url: str) -> str | None:
        if url.startswith("data:"):
            target = self.source.media.inline(url)
            self.lost += target is None
            return target
        return self.link(url)

    def markdown(self, html: str, floor: int = 3) -> str:
        return html_markdown.to_markdown(html, link=self.link, image=self.image, heading_floor=floor)

    def note_lost(self) -> str:
        lost, self.lost = self.lost, 0
        return lost_note(lost)
