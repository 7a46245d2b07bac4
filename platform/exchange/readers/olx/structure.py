"""Chapters as sections, sequentials as lessons, and where the problems of a page become its quiz."""

from datetime import datetime

from exchange import html_markdown
from exchange.outline import BlockOutline, LessonOutline, QuizOutline, SectionOutline
from exchange.readers.dates import ahead, moment
from exchange.readers.olx.components import Asked, Components
from exchange.readers.olx.links import Links
from exchange.readers.olx.nodes import NO_COUNTERPART, TRUE, UNITS, Drafts, Node, is_container
from exchange.readers.olx.policies import DEFAULT_PASS_MARK
from exchange.readers.olx.source import Source
from exchange.readers.pages import sentence

CHOOSING = {
    "split_test": "everyone sees every group",
    "randomize": "everyone sees every variant",
    "abtest": "everyone sees every group",
    "conditional": "it is shown without its condition",
}


class Structure:
    """`pass_mark` is that of graded parts, in percent."""

    def __init__(self, source: Source, links: Links, components: Components, pass_mark: int) -> None:
        self.course_start: datetime | None = None
        self.has_dates = True
        self.source = source
        self.links = links
        self.components = components
        self.pass_mark = pass_mark

    def sections(self, top: Node, drafts: Drafts) -> list[SectionOutline]:
        self.course_start = moment(top.element.get("start"))
        # In a course that everybody takes at their own pace, Open edX ignores the days of its parts.
        self.has_dates = (top.element.get("self_paced") or "").lower() not in TRUE
        sections: list[SectionOutline] = []
        loose: list[LessonOutline] = []

        def gather() -> None:
            """Lessons outside of a chapter, at their place between the chapters."""
            if loose:
                number = sum(section.title == top.title for section in sections)
                key = f"course-{number + 1}" if number else "course"
                sections.append(SectionOutline(top.title, tuple(loose), key=key, path=top.path))
                loose.clear()

        for chapter in top.children:
            if chapter.kind in NO_COUNTERPART:
                self.components.skip(chapter)
                continue
            if chapter.kind != "chapter":
                loose += self._lesson(chapter, hidden=chapter.hidden, drafts=drafts)
                continue
            gather()
            lessons: list[LessonOutline] = []
            for child in chapter.children:
                lessons += self._lesson(child, hidden=chapter.hidden or child.hidden, drafts=drafts)
            if lessons or not chapter.children:
                sections.append(
                    SectionOutline(
                        chapter.title or "Section", tuple(lessons), key=chapter.url_name, path=chapter.path
                    )
                )
                self.source.report.imported(chapter.path, "chapter", chapter.title)
            else:
                self.source.report.skipped(
                    chapter.path, "chapter", chapter.title, reason="Nothing in it could be imported."
                )
        gather()
        for parent, nodes in drafts.items():
            if parent not in self.links.lesson_of or self.links.lesson_of.get(parent) != parent:
                for _, node in nodes:
                    for inner in node.walk():
                        self.source.report.skipped(
                            inner.path,
                            inner.kind,
                            inner.title,
                            reason="It is a draft outside of the course's tree.",
                        )
        return sections

    def _lesson(self, node: Node, *, hidden: bool, drafts: Drafts) -> list[LessonOutline]:
        """The lesson of a sequential, and one unpublished lesson for each unit that only staff may see."""
        units = node.children if is_container(node) and node.kind not in UNITS else [node]
        visible = [unit for unit in units if not (unit.hidden and unit is not node)]
        staff_only = [unit for unit in units if unit.hidden and unit is not node]
        staff_only += [draft for _, draft in drafts.get(node.url_name, [])]
        graded = (node.element.get("graded") or "").lower() in TRUE
        lessons: list[LessonOutline] = []
        blocks = self._lesson_blocks(node, visible, graded)
        if blocks:
            lessons.append(
                LessonOutline(
                    key=node.url_name, title=node.title or "Lesson", blocks=tuple(blocks),
                    published=not hidden, publish_at=self._release(node), path=node.path,
                )
            )  # fmt: skip
        for unit in staff_only:
            own = self._lesson_blocks(unit, [unit], graded)
            if own:
                lessons.append(
                    LessonOutline(
                        key=unit.url_name, title=unit.title or node.title or "Draft", blocks=tuple(own),
                        published=False, path=unit.path,
                    )
                )  # fmt: skip
        if node not in units and lessons:
            due = moment(node.element.get("due")) if self.has_dates else None
            past = due is not None and ahead(node.element.get("due")) is None
            note = f"It was due on {due:%Y-%m-%d}, which is past: the day was left out." if past else ""
            self.source.report.imported(node.path, node.kind, node.title, note=note)
        elif node not in units:
            self._report_without_content(node)
        return lessons

    def _lesson_blocks(self, node: Node, units: list[Node], graded: bool) -> list[BlockOutline]:
        pages: list[tuple[Node, list[BlockOutline | Asked]]] = []
        for unit in units:
            content = self._unit(unit)
            if is_container(unit):
                self._report_container(unit, bool(content))
            if content:
                pages.append((unit, content))
        everything = [part for _, content in pages for part in content]
        only_asks = all(isinstance(part, Asked) for part in everything)
        limit = self._time_limit(node) if only_asks else {}
        if len(pages) > 1 and only_asks:
            return [self._quiz(node, everything, graded, **limit)]
        blocks: list[BlockOutline] = []
        for unit, content in pages:
            page: list[BlockOutline] = []
            asked = [part for part in content if isinstance(part, Asked)]
            for part in content:
                if not isinstance(part, Asked):
                    page.append(part)
                elif part is asked[-1]:
                    page.append(self._quiz(unit, asked, graded, **limit))
            titled = unit is not node and unit.title and (len(pages) > 1 and unit.title != node.title)
            if titled and not (page[0].kind == "quiz" and len(page) == 1):
                heading = f"## {html_markdown.escape(unit.title)}"
                if page[0].kind == "text":
                    page[0] = BlockOutline("text", f"{heading}\n\n{page[0].markdown}", path=page[0].path)
                else:
                    page.insert(0, BlockOutline("text", heading, path=unit.path))
            blocks += page
        return blocks

    def _quiz(self, node: Node, asked: list[Asked], graded: bool, **settings) -> BlockOutline:
        questions = [question for part in asked for question in part.questions]
        attempts = [part.attempts for part in asked]
        data = {
            "title": node.title or "Quiz",
            **settings,
            "pass_mark": self.pass_mark if graded else DEFAULT_PASS_MARK,
            "attempts": 0 if 0 in attempts else max(attempts),
            "questions": questions,
        }
        origins = tuple((part.path, "problem", part.name) for part in asked for _ in part.questions)
        key = asked[0].key if node.kind == "problem" else f"{node.url_name}"
        due = ahead(node.element.get("due")) if self.has_dates else None
        quiz = QuizOutline(
            f"quiz-{key}", data["title"], data, path=node.path, origins=origins,
            settings={"closes_at": due} if due else {},
        )  # fmt: skip
        return BlockOutline("quiz", quiz=quiz, title=data["title"], path=node.path)

    def _release(self, node: Node) -> datetime | None:
        """When a lesson appears, if that is still to come and later than the start of the course."""
        start = ahead(node.element.get("start")) if self.has_dates else None
        return start if start and not (self.course_start and start <= self.course_start) else None

    def _time_limit(self, node: Node) -> dict:
        """The time that a timed sequential allows, as the setting of a quiz."""
        minutes = node.element.get("default_time_limit_minutes") or ""
        timed = (node.element.get("is_time_limited") or "").lower() in TRUE
        return {"time_limit": int(minutes)} if timed and minutes.isdigit() and int(minutes) else {}

    def _unit(self, unit: Node) -> list:
        """Blocks and questions of a unit, in order; containers inside it are flattened."""
        if not is_container(unit):
            return self.components.read(unit)
        content: list = []
        for child in unit.children:
            inner = self._unit(child)
            if is_container(child):
                if child.kind in {"library_content", "legacy_library_content", "itembank", "item_bank"}:
                    self._report_bank(child, bool(inner))
                else:
                    self._report_container(child, bool(inner))
            content += inner
        return content

    def _report_container(self, node: Node, has_content: bool) -> None:
        if has_content:
            note = sentence(CHOOSING.get(node.kind, ""))
            self.source.report.imported(node.path, node.kind, node.title, note=note)
        else:
            self._report_without_content(node)

    def _report_without_content(self, node: Node) -> None:
        reason = "It is empty." if not node.children else "Nothing in it could be imported."
        self.source.report.skipped(node.path, node.kind, node.title, reason=reason)

    def _report_bank(self, node: Node, has_content: bool) -> None:
        count = node.element.get("max_count")
        if has_content:
            total = len(node.children)
            chosen = count and count.isdigit() and int(count) < total
            note = f"All {total} blocks are shown; choosing {count} at random is not kept." if chosen else ""
            self.source.report.imported(node.path, node.kind, node.title, note=note)
        else:
            library = node.element.get("source_library_id") or "a library"
            self.source.report.skipped(
                node.path,
                node.kind,
                node.title,
                reason=f"It draws from “{library}”, whose content is not in this export.",
            )
