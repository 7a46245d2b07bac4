"""Resources as lessons: pages, files, links, topics, assignments, quizzes."""

import posixpath
import re

from exchange import html_markdown
from exchange.outline import LESSON_SCHEME, BlockOutline, LessonOutline
from exchange.readers.common_cartridge.links import Links
from exchange.readers.common_cartridge.plan import Planned
from exchange.readers.common_cartridge.quizzes import read_quiz
from exchange.readers.common_cartridge.resource import (
    AUDIOS,
    IMAGES,
    PAGES,
    TEXTS,
    VIDEOS,
    NotRead,
    Resource,
)
from exchange.readers.common_cartridge.source import Source
from exchange.readers.media import is_web_address
from exchange.readers.pages import NOT_UNDERSTOOD, decoded, not_understood, page_body, title_of_file
from exchange.safe_xml import BadXml, child, find_text, local_name, parse_xml

Read = tuple[list[BlockOutline], str, bool]
"""Blocks of a resource, its own title, and whether it is published."""


class LessonReader:
    def __init__(self, source: Source, links: Links) -> None:
        self.source = source
        self.links = links

    def read(self, place: Planned) -> LessonOutline | None:
        resource = place.resource
        self.links.lost = 0
        if place.key != self.links.lesson_of[resource.identifier]:
            # The same resource once more: a pointer to its page.
            target = LESSON_SCHEME + self.links.lesson_of[resource.identifier]
            text = f"See [{html_markdown.escape(place.title)}]({target})."
            blocks, title, published = [BlockOutline("text", text)], place.title, True
        else:
            self.source.settled.add(resource.identifier)
            readers = {
                "content": self._content,
                "link": self._web_link,
                "topic": self._topic,
                "quiz": self._quiz,
                "assignment": self._assignment,
            }
            reader = readers.get(resource.family)
            if reader is None:
                self.skip(resource, place.title)
                return None
            try:
                blocks, title, published = reader(resource, place.title)
            except NotRead as error:
                self._report(resource, place.title or error.title, error)
                return None
            except NOT_UNDERSTOOD as error:
                self._report(resource, place.title, NotRead(not_understood(error), is_failure=True))
                return None
            self.source.report.imported(
                self.source.path(resource.path),
                resource.type,
                title or place.title,
                note=self.links.note_lost(),
            )
        state = self.source.states.get(resource.identifier, "")
        return LessonOutline(
            key=place.key,
            title=place.title or title or "Lesson",
            blocks=tuple(blocks),
            published=published and not place.hidden and state != "unpublished",
            path=self.source.path(resource.path),
        )

    def _report(self, resource: Resource, title: str, error: NotRead) -> None:
        put = self.source.report.failed if error.is_failure else self.source.report.skipped
        put(self.source.path(resource.path), resource.type, title, reason=str(error))

    def skip(self, resource: Resource, title: str) -> None:
        reasons = {
            "lti": "External tools (LTI) can't be taken along",
            "bank": "Question banks of a cartridge are not used by any of its quizzes here",
        }
        reason = reasons.get(
            resource.family, f"Resources of the type “{resource.type}” have no counterpart here"
        )
        if resource.family == "lti":
            element = self.source.read_xml(resource.path)
            if element is not None:
                launch = next(
                    (
                        e.text
                        for e in element.iter()
                        if local_name(e) in {"launch_url", "secure_launch_url"} and e.text
                    ),
                    "",
                )
                title = title or find_text(element, "title")
                reason += f" ({launch.strip()})" if launch else ""
        self.source.report.skipped(self.source.path(resource.path), resource.type, title, reason=f"{reason}.")

    def _content(self, resource: Resource, title: str) -> Read:
        path = resource.href or next(iter(resource.files), "")
        lower = path.lower()
        settings = next((f for f in resource.files if f.endswith("assignment_settings.xml")), None)
        if not lower.endswith(PAGES) and settings:
            path = next((f for f in resource.files if f.lower().endswith(PAGES)), path)
            lower = path.lower()
        if path not in self.source.files:
            raise NotRead(f"Its file {path or '(none named)'} is not in the cartridge.", is_failure=True)
        if lower.endswith(PAGES):
            page = decoded(self.source.read_bytes(path) or b"")
            own_title = re.search(r"<title[^>]*>(.*?)</title>", page, re.IGNORECASE | re.DOTALL)
            name = html_markdown.plain_text(own_title.group(1)) if own_title else ""
            blocks = self.links.blocks(page_body(page), path)
            if settings:
                name = self._assignment_title(settings) or name
                blocks = _as_exercise(blocks, title or name, self.source.path(path))
            if not blocks:
                raise NotRead("It is empty.")
            hidden = re.search(r"<meta\s+name=[\"']workflow_state[\"']\s+content=[\"']unpublished", page)
            return blocks, name or title or title_of_file(path), hidden is None
        if lower.endswith(TEXTS):
            text = decoded(self.source.read_bytes(path) or b"").strip()
            if not text:
                raise NotRead("It is empty.")
            blocks = [
                BlockOutline(
                    "text",
                    text if not lower.endswith(".txt") else html_markdown.escape(text),
                    path=self.source.path(path),
                )
            ]
            return blocks, title or path.rpartition("/")[2], True
        target = self.source.media.use(path)
        name = path.rpartition("/")[2]
        media = target.partition(":")[2]
        kind = "file"
        for candidate, endings in (("image", IMAGES), ("video", VIDEOS), ("audio", AUDIOS)):
            kind = candidate if lower.endswith(endings) else kind
        return (
            [
                BlockOutline(
                    kind, media=media, title=title or name, alt=title or name, path=self.source.path(path)
                )
            ],
            title or name,
            True,
        )

    def _assignment_title(self, settings: str) -> str:
        element = self.source.read_xml(settings)
        return find_text(element, "title") if element is not None else ""

    def _element(self, resource: Resource):
        data = self.source.read_bytes(resource.path)
        if data is None:
            raise NotRead(f"Its file {resource.path} is not in the cartridge.", is_failure=True)
        try:
            return parse_xml(data)
        except BadXml as error:
            raise NotRead(f"It can't be read because {error}.", is_failure=True) from error

    def _web_link(self, resource: Resource, title: str) -> Read:
        element = self._element(resource)
        url = next(
            (e.get("href") or (e.text or "").strip() for e in element.iter() if local_name(e) == "url"), ""
        )
        if not is_web_address(url):
            raise NotRead("It names no address on the web.")
        name = title or find_text(element, "title") or url
        return [BlockOutline("embed", url=url, title=name, path=self.source.path(resource.path))], name, True

    def _topic(self, resource: Resource, title: str) -> Read:
        element = self._element(resource)
        for dependency in resource.dependencies:
            other = self.source.resources.get(dependency)
            meta = (
                self.source.read_xml(other.path)
                if other is not None and other.path.endswith(".xml")
                else None
            )
            if meta is not None and find_text(meta, "type") == "announcement":
                raise NotRead("It is an announcement, not material.", title=find_text(element, "title"))
            if meta is not None and find_text(meta, "workflow_state"):
                self.source.states.setdefault(resource.identifier, find_text(meta, "workflow_state"))
        text = child(element, "text")
        html = "".join(text.itertext()) if text is not None else ""
        if text is not None and "plain" in (text.get("texttype") or ""):
            html = f"<p>{html_markdown.plain_text(html)}</p>"
        blocks = self.links.blocks(html, resource.path)
        blocks.append(
            BlockOutline("text", "Discuss this below the lesson.", path=self.source.path(resource.path))
        )
        for attachment in element.iter():
            if local_name(attachment) == "attachment" and attachment.get("href"):
                target = self.links.resolve(
                    attachment.get("href"), posixpath.dirname(resource.path), is_image=False
                )
                if target and target.startswith("media:"):
                    name = target.rpartition("/")[2]
                    blocks.append(
                        BlockOutline(
                            "file",
                            media=target.partition(":")[2],
                            title=name,
                            path=self.source.path(resource.path),
                        )
                    )
        return blocks, title or find_text(element, "title"), True

    def _assignment(self, resource: Resource, title: str) -> Read:
        element = self._element(resource)
        html = next(
            ("".join(e.itertext()) for e in element if local_name(e) in {"text", "instructor_text"}), ""
        )
        name = title or find_text(element, "title")
        blocks = _as_exercise(self.links.blocks(html, resource.path), name, self.source.path(resource.path))
        if not blocks:
            raise NotRead("It asks for nothing.")
        return blocks, name, True

    def _quiz(self, resource: Resource, title: str) -> Read:
        quiz = read_quiz(self.source, self.links, resource, title)
        block = BlockOutline("quiz", quiz=quiz, title=quiz.title, path=quiz.path)
        return [block], quiz.title, True


def _as_exercise(blocks: list[BlockOutline], title: str, path: str) -> list[BlockOutline]:
    """The texts of an assignment as one task to write about, what it embeds before it."""
    task = "\n\n".join(block.markdown for block in blocks if block.kind == "text")
    others = [block for block in blocks if block.kind != "text"]
    return [*others, BlockOutline("exercise", task, title=title, path=path)] if task else others
