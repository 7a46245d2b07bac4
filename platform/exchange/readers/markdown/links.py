"""Where links and pictures of a page lead: to a lesson, to a file, to the web, or nowhere."""

import posixpath
from urllib.parse import unquote, urlsplit

from exchange.outline import LESSON_SCHEME
from exchange.readers.markdown import text as text_of_page
from exchange.readers.markdown.components import without_components, without_shortcodes
from exchange.readers.markdown.directives import plain_roles
from exchange.readers.markdown.names import NOTEBOOK, PAGES, slug_of
from exchange.readers.markdown.plan import Plan
from exchange.readers.markdown.source import Source
from exchange.readers.media import is_web_address
from exchange.readers.pages import lost_note


class Links:
    """`lesson_of` names the lesson of each page; `front` describes the course and is no lesson; `lost` counts
    what led nowhere since it was noted, `left_out` names what its own site drew there."""

    def __init__(self, source: Source, front: str | None) -> None:
        self.source = source
        self.front = front
        self.lesson_of: dict[str, str] = {}
        self.page_of_slug: dict[str, str] = {}
        self.lost = 0
        self.left_out: list[str] = []

    def place(self, plan: Plan) -> None:
        for _title, _key, entries in plan:
            for page, _name in entries:
                self.lesson_of[page] = page
                self.page_of_slug.setdefault(slug_of(page), page)

    def note(self, problem: str) -> str:
        lost, self.lost = self.lost, 0
        left_out, self.left_out = dict.fromkeys(self.left_out), []
        drawn = f"Left out, as only its site can draw it: {', '.join(left_out)}." if left_out else ""
        return " ".join(filter(None, (problem, lost_note(lost), drawn)))

    def markdown(self, body: str, page: str) -> str:
        folder = posixpath.dirname(page)

        def resolve(target: str, *, is_image: bool) -> str | None:
            if target.startswith("data:") and is_image:
                found = self.source.media.inline(target)
                self.lost += found is None
                return found
            if target.startswith(LESSON_SCHEME) and not is_image:
                slug, _, anchor = target.removeprefix(LESSON_SCHEME).partition("#")
                lesson = self.page_of_slug.get(slug)
                self.lost += lesson is None
                return f"{LESSON_SCHEME}{lesson}{'#' if anchor else ''}{anchor}" if lesson else None
            if target.startswith("#") or is_web_address(target):
                return target if not target.startswith("#") or not is_image else None
            try:
                parts = urlsplit(target)
            except ValueError:
                parts = None
            if parts is None or parts.scheme or parts.netloc:
                self.lost += 1
                return None
            path = unquote(parts.path)
            relative = (
                path.lstrip("/") if path.startswith("/") else posixpath.normpath(posixpath.join(folder, path))
            )
            if not is_image:
                docs = self.source.docs
                lesson = self._linked_page(relative) or (
                    self._linked_page(f"{docs}/{relative}") if path.startswith("/") else None
                )
                if lesson:
                    return f"{LESSON_SCHEME}{lesson}" + (f"#{parts.fragment}" if parts.fragment else "")
                if relative == self.front:
                    return None  # It describes the course, whose page is one step up from every lesson.
            found = self.source.media.refer(relative) or (
                self._public(path) if path.startswith("/") else None
            )
            self.lost += found is None
            return found

        if self.source.has_components or page.endswith(".mdx"):
            body, drawn = without_components(body)
            self.left_out += drawn
        body, gone = without_shortcodes(body)
        self.left_out += gone
        if self.source.is_myst:
            body = text_of_page.rewrite_outside_code(body, plain_roles)
        text = text_of_page.own_callouts(body)
        text = text_of_page.rewrite_targets(
            text, link=lambda t: resolve(t, is_image=False), image=lambda t: resolve(t, is_image=True)
        )
        return text.strip("\n")

    def _public(self, path: str) -> str | None:
        """A site address such as /img/x.png: static folders of site generators stand for the top."""
        for folder in ("static", "public", "docs", "src", "assets"):
            found = self.source.media.refer(f"{folder}{path}")
            if found:
                return found
        return None

    def _linked_page(self, relative: str) -> str | None:
        relative = relative.rstrip("/")
        stem = relative.removesuffix(".html")
        for candidate in (
            relative,
            *(f"{stem}{ext}" for ext in (*PAGES, NOTEBOOK)),
            f"{stem}/README.md",
            f"{stem}/index.md",
        ):
            if candidate in self.lesson_of:
                return candidate
        return None
