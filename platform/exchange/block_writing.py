"""Blocks of an outline as the fields that a lesson's blocks take, with their links, files and quizzes."""

import hashlib

from django.utils.translation import gettext as _

from courses.content.embeds import NotAllowed, embed_url
from courses.content.markdown import MAX_CHARACTERS, TooLong
from courses.models import Asset, Block, Lesson, Status
from exchange.html_markdown import escape
from exchange.outline import LESSON_SCHEME, MEDIA_SCHEME, BlockOutline
from exchange.quiz_writing import write_quiz
from exchange.readers.markdown.text import SHORT_ENOUGH, pieces, rewrite_targets
from quizzes.authoring import AuthoringError
from quizzes.models import Quiz

MAX_KEY = 200


def outline_key(course_id: str, key: str) -> str:
    """External id of a part of a course; long keys are shortened to their hash."""
    whole = f"{course_id}#{key}"
    if len(whole) <= MAX_KEY:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:40]
    return f"{course_id[: MAX_KEY - 42]}#{digest}"


class BlockWriter:
    """`writer` is the import that it works for: its course, files, addresses and report."""

    def __init__(self, writer) -> None:
        self.writer = writer
        self.report = writer.report

    def short_enough(self, block: BlockOutline) -> list[BlockOutline]:
        """The block, or a long text as several; none for one that can't be divided."""
        if block.kind not in {"text", "exercise"} or len(block.markdown) <= SHORT_ENOUGH:
            return [block]
        found = [BlockOutline("text", piece, path=block.path) for piece in pieces(block.markdown)]
        if any(len(part.markdown) > MAX_CHARACTERS for part in found):
            self.report.mark_failed(block.path, reason=str(TooLong()))
            return []
        return found

    def _link(self, address: str) -> str | None:
        """The address of a link in a lesson, from the outline's schemes."""
        if address.startswith(LESSON_SCHEME):
            key, _, anchor = address.removeprefix(LESSON_SCHEME).partition("#")
            slug = self.writer.slugs.get(key)
            return f"{LESSON_SCHEME}{slug}{'#' if anchor else ''}{anchor}" if slug else None
        if address.startswith(MEDIA_SCHEME):
            name = address.removeprefix(MEDIA_SCHEME)
            return name if name in self.writer.assets else None
        return address

    def text(self, markdown: str) -> str:
        return rewrite_targets(markdown, link=self._link, image=self._link)

    def _question_link(self, address: str) -> str | None:
        """The address of a link in a question, which is shown outside of its course."""
        if address.startswith(LESSON_SCHEME):
            key = address.removeprefix(LESSON_SCHEME).partition("#")[0]
            lesson = self.writer.course.lessons.filter(slug=self.writer.slugs.get(key, "")).first()
            return lesson.get_absolute_url() if lesson else None
        if address.startswith(MEDIA_SCHEME):
            asset = self.writer.assets.get(address.removeprefix(MEDIA_SCHEME))
            return asset.get_absolute_url() if asset else None
        return address

    def fields(self, lesson: Lesson, block: BlockOutline, *, last: bool) -> dict | None:
        """Fields for `set_blocks`; None where nothing is left to show in the lesson itself."""
        if block.kind == "quiz":
            return self._quiz(lesson, block, last=last)
        asset = self.writer.assets.get(block.media) if block.media else None
        if block.kind == "text":
            return {"kind": Block.Kind.TEXT, "source": self.text(block.markdown)}
        if block.kind == "exercise":
            settings = {"answer": self.text(block.answer)} if block.answer else {}
            return {"kind": Block.Kind.EXERCISE, "source": self.text(block.markdown), "settings": settings}
        if block.kind in {"video", "audio"}:
            return self._player(block, asset)
        if block.kind == "embed" or (block.url and asset is None):
            return self._frame(block, Block.Kind.EMBED)
        if asset is None:
            return None
        source = self.text(block.markdown)
        if block.kind == "image" and asset.content_type.startswith("image/"):
            return {"kind": Block.Kind.IMAGE, "asset": asset, "alt": block.alt[:500], "source": source}
        return {"kind": Block.Kind.FILE, "asset": asset, "source": source}

    def _player(self, block: BlockOutline, asset: Asset | None) -> dict | None:
        kind = Block.Kind(block.kind)
        settings: dict = {"title": block.title} if block.title else {}
        if block.transcript:
            settings["transcript"] = escape(block.transcript)
        if asset is not None and not asset.content_type.startswith(f"{block.kind}/"):
            return {"kind": Block.Kind.FILE, "asset": asset, "source": escape(block.title)}
        if asset is not None:
            for captions in block.captions[:1]:
                name = f"captions/{block.media.rpartition('/')[2]}-{captions.language}.vtt"
                if self.writer.store(name, captions.vtt.encode(), source=block.path):
                    settings["captions"] = name
            return {"kind": kind, "asset": asset, "settings": settings}
        if not block.url:
            return None
        return self._frame(block, kind, settings)

    def _frame(self, block: BlockOutline, kind: str, settings: dict | None = None) -> dict | None:
        """A page of another site: in its frame if the site may be embedded, else as a link."""
        try:
            embed_url(block.url)
        except NotAllowed:
            label = escape(block.title or block.url)
            transcript = (
                f"\n\n::: question {_('Transcript')}\n\n{escape(block.transcript)}\n\n:::"
                if block.transcript
                else ""
            )
            return {"kind": Block.Kind.TEXT, "source": f"[{label}](<{block.url}>){transcript}"}
        settings = {**(settings or {}), "url": block.url, "title": block.title}
        return {"kind": kind, "settings": settings}

    def _quiz(self, lesson: Lesson, block: BlockOutline, *, last: bool) -> dict | None:
        """A quiz at the end of a lesson belongs to the lesson; one inside it is a block at its place."""
        outline = block.quiz

        def refused(number: int, reason: str) -> None:
            path, _kind, name = (
                outline.origins[number] if number < len(outline.origins) else (outline.path, "", "")
            )
            self.report.mark_failed(path, name=name, reason=reason)

        try:
            quiz = write_quiz(
                outline=outline,
                external_id=outline_key(self.writer.course_id, outline.key),
                course=self.writer.course,
                lesson=lesson if last else None,
                media=self.writer.media,
                link=self._question_link,
                refused=refused,
                written=self.writer.written,
                author=self.writer.author,
            )
        except AuthoringError as error:
            self.report.mark_failed(outline.path, name=outline.title, reason=str(error))
            return None
        if quiz is None:
            reason = _("No question of it can be used.")
            self.report.mark_failed(outline.path, name=outline.title, reason=reason)
            return None
        if lesson.status == Status.SCHEDULED and (
            quiz.closes_at is None or quiz.closes_at > lesson.publish_at
        ):
            # It opens with its lesson.
            quiz.opens_at = max(filter(None, (quiz.opens_at, lesson.publish_at)))
            quiz.save(update_fields=["opens_at", "updated_at"])
        elif lesson.status != Status.PUBLISHED and quiz.status == Quiz.Status.PUBLISHED:
            quiz.status = Quiz.Status.DRAFT
            quiz.save(update_fields=["status", "updated_at"])
        return None if last else {"kind": Block.Kind.QUIZ, "settings": {"quiz": quiz.slug}}
