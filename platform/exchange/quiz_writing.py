"""Quizzes of an imported course: made at the first import, brought up to date at later ones."""

from collections.abc import Callable, Sequence

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from exchange.outline import MEDIA_SCHEME, MediaFile, QuizOutline
from exchange.readers.markdown.text import rewrite_targets
from quizzes.authoring import (
    QUESTION_KEYS,
    AuthoringError,
    add_question,
    create_quiz,
    publish,
    question_problems,
    revise_question,
)
from quizzes.formats.pictures import CONTENT_TYPES, PictureBox
from quizzes.models import Question, QuestionFile, Quiz, QuizSlot
from quizzes.rendering import to_html

# Told about each question that was refused: its number in the quiz from 0, and why.
Refused = Callable[[int, str], None]


@transaction.atomic
def write_quiz(
    *, outline: QuizOutline, external_id: str, course, lesson, media: dict[str, MediaFile],
    link: Callable[[str], str | None], refused: Refused, written: list[str], author=None,
) -> Quiz | None:  # fmt: skip
    """The quiz of `outline`; None where no question of it can be used. Names of new files go to `written`."""
    pictures = _Pictures(outline, media, written)
    questions = []
    for number, entry in enumerate(outline.data.get("questions", ())):
        question = _with_targets(entry, link=link, image=pictures.target)
        data = {key: value for key, value in question.items() if key not in QUESTION_KEYS}
        problems = question_problems(type=question.get("type", ""), text=question.get("text", ""), data=data)
        if problems:
            refused(number, " ".join(problems))
        else:
            questions.append(question)
    if not questions:
        return None
    data = {**outline.data, "questions": questions, "external_id": external_id}
    quiz = Quiz.objects.filter(external_id=external_id).first()
    if quiz is None:
        quiz = create_quiz(data=data, lesson=lesson, course=course, author=author)
        return _settle(quiz, outline)
    # The file says which quiz it is: that is no right to take another's, with its answers, into one's course.
    if author is not None and not Quiz.objects.editable_by(author).filter(pk=quiz.pk).exists():
        raise AuthoringError([_("This quiz is here already and belongs to a course of others.")])
    return _settle(_update(quiz, data, lesson, course, author), outline)


def _settle(quiz: Quiz, outline: QuizOutline) -> Quiz:
    """The quiz with the settings that only its source says."""
    if outline.settings:
        for name, value in outline.settings.items():
            setattr(quiz, name, value)
        quiz.save(update_fields=[*outline.settings, "updated_at"])
    return quiz


def _with_targets(question: dict, *, link, image) -> dict:
    """The question with every target in its texts mapped."""

    def mapped(value):
        if isinstance(value, str):
            return (
                rewrite_targets(value, link=link, image=image)
                if MEDIA_SCHEME in value or "](" in value
                else value
            )
        if isinstance(value, list):
            return [mapped(part) for part in value]
        if isinstance(value, dict):
            return {key: mapped(part) for key, part in value.items()}
        return value

    return mapped(dict(question))


class _Pictures:
    """Pictures in questions, kept under the hash of their content."""

    def __init__(self, outline: QuizOutline, media: dict[str, MediaFile], written: list[str]) -> None:
        self.media = media
        self.written = written
        self.box = PictureBox({})
        for name, content in outline.files.items():
            self._store(name, content)

    def target(self, address: str) -> str | None:
        """Where a question finds what a text calls `media:NAME`; other addresses stay."""
        if not address.startswith(MEDIA_SCHEME):
            return address
        file = self.media.get(address.removeprefix(MEDIA_SCHEME))
        kept = self.box.keep(file.read()) if file is not None else None
        if kept is not None:
            name = kept.partition(":")[2]
            self._store(name, self.box.files[name])
        return kept

    def _store(self, name: str, content: bytes) -> None:
        if not QuestionFile.objects.filter(name=name).exists():
            content_type = CONTENT_TYPES[name.rpartition(".")[2]]
            file = QuestionFile(name=name, content_type=content_type, size=len(content))
            file.file.save(name, ContentFile(content), save=False)
            self.written.append(file.file.name)
            file.save()


def _update(quiz: Quiz, data: dict, lesson, course, author) -> Quiz:
    quiz.title = str(data["title"])[:300]
    quiz.description = data.get("description", "")
    quiz.description_html = to_html(quiz.description)
    quiz.lesson, quiz.course = lesson, course
    quiz.pass_mark = min(int(data.get("pass_mark", quiz.pass_mark)), 100)
    quiz.time_limit = data.get("time_limit", quiz.time_limit) or None
    quiz.attempts_allowed = int(data.get("attempts", quiz.attempts_allowed))
    quiz.credits = int(data.get("credits", quiz.credits))
    quiz.hint_price = int(data.get("hint_price", quiz.hint_price))
    quiz.save()
    slots = list(quiz.slots.select_related("question__bank").order_by("position"))
    bank = next((slot.question.bank for slot in slots if slot.question), None)
    if bank is None:
        raise AuthoringError([_("The quiz has no question left to tell its bank from.")])
    # Several questions may have one name: they are matched in their order.
    unmatched: dict[str, list[Question]] = {}
    for slot in reversed(slots):
        if slot.question:
            unmatched.setdefault(slot.question.name, []).append(slot.question)
    wanted = [
        _matched(entry, position, quiz, unmatched, bank, author)
        for position, entry in enumerate(data["questions"], 1)
    ]
    _place(quiz, wanted)
    gone = [question.pk for questions in unmatched.values() for question in questions]
    Question.objects.filter(pk__in=gone).update(is_retired=True)
    publish(quiz=quiz)
    return quiz


def _matched(
    entry: dict, position: int, quiz: Quiz, unmatched: dict[str, list[Question]], bank, author
) -> tuple[Question, float]:
    """The question of the same name with its new content, or a new one."""
    name = (entry.get("name") or f"{quiz.title} {position}").strip()[:255]
    content = {
        "type": entry["type"],
        "text": entry["text"],
        "data": {key: value for key, value in entry.items() if key not in QUESTION_KEYS},
        "explanation": entry.get("explanation") or "",
        "hints": list(entry.get("hints") or ()),
    }
    same_name = unmatched.get(name)
    if same_name:
        question = same_name.pop()
        revise_question(question=question, author=author, **content)
    else:
        question = add_question(
            bank=bank,
            name=name,
            author=author,
            tags=entry.get("tags") or (),
            skills=entry.get("skills") or (),
            **content,
        )
    return question, float(entry.get("mark", 1))


def _place(quiz: Quiz, wanted: Sequence[tuple[Question, float]]) -> None:
    """Slots in this order. They are made anew only where the order or a mark differs."""
    present = [(slot.question_id, slot.max_mark) for slot in quiz.slots.order_by("position")]
    if present == [(question.pk, mark) for question, mark in wanted]:
        return
    quiz.slots.all().delete()
    QuizSlot.objects.bulk_create(
        QuizSlot(quiz=quiz, position=position, question=question, max_mark=mark)
        for position, (question, mark) in enumerate(wanted, start=1)
    )
