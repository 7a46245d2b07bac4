"""Components, the leaves of the tree, as blocks and questions."""

from dataclasses import dataclass
from textwrap import dedent

from lxml import etree
from markdown_it import MarkdownIt

from exchange import captions, html_markdown
from exchange.outline import MEDIA_SCHEME, BlockOutline, Captions
from exchange.readers.media import is_web_address
from exchange.readers.olx import open_assessment, video
from exchange.readers.olx.links import Links
from exchange.readers.olx.nodes import NO_COUNTERPART, Node
from exchange.readers.olx.problems import read_problem
from exchange.readers.olx.source import Source
from exchange.readers.pages import NOT_UNDERSTOOD, not_understood, part_block, sentence


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions of one problem, before they are put into a quiz."""

    key: str
    name: str
    path: str
    questions: list[dict]
    attempts: int


class Components:
    def __init__(self, source: Source, links: Links) -> None:
        self.source = source
        self.links = links

    def skip(self, node: Node) -> None:
        reason = NO_COUNTERPART.get(node.kind, f"blocks of the kind “{node.kind}” have no counterpart here")
        address = node.element.get("launch_url") or node.element.get("href") or ""
        if address:
            reason = f"{reason} ({address})"
        self.source.report.skipped(node.path, node.kind, node.title, reason=sentence(reason))

    def read(self, node: Node) -> list:
        self.links.lost = 0
        readers = {
            "html": self.html,
            "video": self._video,
            "videoalpha": self._video,
            "problem": self._problem,
            "discussion": self._discussion,
            "openassessment": self._exercise,
            "combinedopenended": self._exercise,
            "annotatable": self._annotatable,
            "google-document": self._embed_code,
            "google-calendar": self._embed_code,
            "iframe": self._frame,
            "markdown": self._written,
            "pdf": self._pdf,
        }
        reader = readers.get(node.kind)
        if reader is None:
            self.skip(node)
            return []
        try:
            return reader(node)
        except NOT_UNDERSTOOD as error:
            self.source.report.failed(node.path, node.kind, node.title, reason=not_understood(error))
            return []

    def _take(
        self, node: Node, blocks: list[BlockOutline], empty: str = "It is empty."
    ) -> list[BlockOutline]:
        if blocks:
            self.source.report.imported(node.path, node.kind, node.title, note=self.links.note_lost())
        else:
            self.source.report.skipped(node.path, node.kind, node.title, reason=empty)
        return blocks

    def _page(self, node: Node, html: str) -> list[BlockOutline]:
        parts = html_markdown.convert(html, link=self.links.link, image=self.links.image, heading_floor=3)
        return [part_block(part, node.path) for part in parts]

    def html(self, node: Node) -> list[BlockOutline]:
        html = node.html or ""
        empty = "It is empty."
        if html.strip() and "<script" in html.lower():
            empty = "It holds only a script, and scripts are never taken along."
        elif html.strip():
            empty = "It holds nothing that can be shown without scripts."
        blocks = self._page(node, html)
        if not blocks and self.links.lost:
            empty, self.links.lost = "What it shows is not in the source.", 0
        return self._take(node, blocks, empty)

    def _written(self, node: Node) -> list[BlockOutline]:
        """A page in Markdown, with the extras that its block knows: tables, fenced code and HTML."""
        parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        return self._take(node, self._page(node, parser.render(dedent(node.element.text or ""))))

    def _annotatable(self, node: Node) -> list[BlockOutline]:
        element = node.element
        if not len(element) and (element.text or "").strip():
            html = element.text
        else:
            html = "".join(etree.tostring(c, encoding="unicode", method="html") for c in element)
        return self._take(node, self._page(node, html))

    def _embed_code(self, node: Node) -> list[BlockOutline]:
        return self._take(
            node, self._page(node, node.element.get("embed_code") or ""), "It names no document."
        )

    def _frame(self, node: Node) -> list[BlockOutline]:
        url = node.element.get("iframe_url") or node.element.get("src") or ""
        blocks = (
            [BlockOutline("embed", url=url, title=node.title, path=node.path)] if is_web_address(url) else []
        )
        return self._take(node, blocks, "It names no address on the web.")

    def _pdf(self, node: Node) -> list[BlockOutline]:
        target = self.links.link(node.element.get("url") or "")
        blocks = (
            [BlockOutline("text", f"[{html_markdown.escape(node.title)}]({target})", path=node.path)]
            if target
            else []
        )
        return self._take(node, blocks, "It names no document that can be reached.")

    def _discussion(self, node: Node) -> list[BlockOutline]:
        topic = node.element.get("discussion_target") or node.element.get("for") or node.title
        category = node.element.get("discussion_category") or ""
        label = " / ".join(filter(None, (category, topic)))
        text = f"### {html_markdown.escape(label)}\n\nDiscuss this below the lesson."
        return self._take(node, [BlockOutline("text", text, path=node.path)])

    def _exercise(self, node: Node) -> list[BlockOutline]:
        prompts = open_assessment.prompts(node.element)
        task = "\n\n".join(filter(None, (self.links.markdown(prompt) for prompt in prompts)))
        if not task:
            self.source.report.skipped(node.path, node.kind, node.title, reason="It has no prompt.")
            return []
        note = "Assessment by peers and staff has no counterpart here; the prompt became an exercise."
        self.source.report.imported(node.path, node.kind, node.title, note=note)
        answer = open_assessment.rubric(node.element)
        return [BlockOutline("exercise", task, title=node.title, answer=answer, path=node.path)]

    def _problem(self, node: Node) -> list[Asked]:
        found = read_problem(
            node.element, name=node.title or "Question", link=self.links.link, image=self.links.image
        )
        lost = self.links.note_lost()
        if found.text:
            self.source.report.imported(
                node.path, "problem", node.title, note="It asks nothing; its text was kept."
            )
            return [BlockOutline("text", found.text, path=node.path)]
        for kind, reason in found.left_out:
            self.source.report.skipped(node.path, kind, node.title, reason=sentence(reason))
        if not found.questions:
            reasons = sorted({reason for kind, reason in found.left_out if kind != "script"})
            reason = (
                f"No question of it could be imported: {'; '.join(reasons)}."
                if reasons
                else "It asks nothing."
            )
            self.source.report.skipped(node.path, "problem", node.title, reason=reason)
            return []
        try:
            attempts = int(node.element.get("max_attempts") or 0)
        except ValueError:
            attempts = 0
        weight = _weight(node.element.get("weight"))
        if weight is not None:
            for question in found.questions:
                question["mark"] = weight / len(found.questions)
        count = len(found.left_out)
        left = f"{count} parts of it were left out. " if count > 1 else "A part of it was left out. " * count
        self.source.report.imported(node.path, "problem", node.title, note=(left + lost).strip())
        return [Asked(node.url_name, node.title, node.path, found.questions, max(attempts, 0))]

    def _video(self, node: Node) -> list[BlockOutline]:
        element = node.element
        youtube = video.youtube_id(element)
        timed = video.captions_of(self.source, element, youtube)
        tracks = tuple(Captions(language, captions.to_vtt(cues)) for language, cues in timed)
        transcript = captions.to_transcript(timed[0][1]) if timed else ""
        sources = video.sources(element)
        common = {"title": node.title, "captions": tracks, "transcript": transcript, "path": node.path}
        if youtube:
            return self._take(
                node, [BlockOutline("video", url=f"https://www.youtube.com/watch?v={youtube}", **common)]
            )
        for source in sources:
            target = self.links.link(source)
            if target and target.startswith(MEDIA_SCHEME):
                return self._take(
                    node, [BlockOutline("video", media=target.removeprefix(MEDIA_SCHEME), **common)]
                )
            if target:
                return self._take(node, [BlockOutline("video", url=target, **common)])
        if transcript:
            text = f"### {html_markdown.escape(node.title)}\n\n{html_markdown.escape(transcript)}"
            self.source.report.imported(
                node.path, node.kind, node.title, note="The video is not in the export; its transcript is."
            )
            return [BlockOutline("text", text, path=node.path)]
        self.source.report.skipped(
            node.path, node.kind, node.title, reason="The video itself is not in the export."
        )
        return []


def _weight(text: str | None) -> float | None:
    """The points of a problem, or None where it has no number of its own."""
    try:
        weight = float(text or "")
    except ValueError:
        return None
    return weight if 0 < weight <= 1000 else None
