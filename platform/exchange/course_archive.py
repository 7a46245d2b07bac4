"""The site's own archive of a course: everything that an author made, in one zip, to be restored exactly.

    embark-course.json     the course with its sections, lessons, blocks, cohorts and quizzes
    media/PATH             its files, byte for byte
    questions/NAME         pictures in questions

What belongs to people stays out: authors, enrolments, attempts, comments. Rendered HTML stays out too; it is
made anew from the source when the course is restored.
"""

import json
import re
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import BinaryIO

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from courses.models import Block, Course
from quizzes.models import Question, QuestionFile, QuestionVersion, Quiz

MANIFEST = "embark-course.json"
FORMAT = "embark-course"
VERSION = 1
# Columns that are counted, rendered or kept by the database from others.
_DERIVED = (
    "id updated_at search_vector search_text description_html html extra_html text_html explanation_html",
    "fragments learner_count rating_count rating_sum measured_minutes file",
)
DERIVED = frozenset(" ".join(_DERIVED).split())
_PICTURE = re.compile(r"question-file:([0-9a-f]{64}\.[a-z0-9]{1,5})")


def own_fields(item: models.Model, *, without: Iterable[str] = ()) -> dict:
    """Plain columns of a row, as JSON has them; foreign keys and derived columns are not among them."""
    left_out = DERIVED | set(without)
    return {
        field.name: _as_json(field.value_from_object(item))
        for field in item._meta.concrete_fields
        if not field.is_relation and field.name not in left_out
    }


def set_fields(item: models.Model, data: dict, *, without: Iterable[str] = ()) -> None:
    """The opposite of `own_fields`; names that the model has not are ignored."""
    left_out = DERIVED | set(without)
    for field in item._meta.concrete_fields:
        if field.is_relation or field.name in left_out or field.name not in data:
            continue
        value = data[field.name]
        plain = isinstance(field, models.JSONField | ArrayField) or value is None
        setattr(item, field.name, value if plain else field.to_python(value))


def _as_json(value):
    # Django's own encoder cuts moments to milliseconds.
    return value.isoformat() if isinstance(value, datetime) else value


def quizzes_of(course: Course):
    """Quizzes that belong to the course, to its lessons, or stand in one of its blocks."""
    blocks = Block.objects.filter(lesson__course=course, kind=Block.Kind.QUIZ)
    named = [block.settings.get("quiz") for block in blocks]
    return (
        Quiz.objects.filter(Q(course=course) | Q(lesson__course=course) | Q(slug__in=filter(None, named)))
        .distinct()
        .order_by("pk")
    )


def course_data(course: Course) -> dict:
    """The whole course as JSON values."""
    quizzes = list(quizzes_of(course))
    questions = questions_of(quizzes)
    place = {question.pk: number for number, question in enumerate(questions)}
    return {
        "format": FORMAT,
        "version": VERSION,
        "course": {
            **own_fields(course),
            "cover": course.cover.path if course.cover else None,
            "translation_of": course.translation_of.slug if course.translation_of else None,
            "topics": [own_fields(topic) for topic in course.topics.order_by("slug")],
            "skills_taught": _skills(course.skills_taught),
            "skills_required": _skills(course.skills_required),
            "prerequisites": list(course.prerequisites.order_by("slug").values_list("slug", flat=True)),
        },
        "cohorts": [own_fields(cohort) for cohort in course.cohorts.order_by("starts_at", "pk")],
        "assets": [own_fields(asset) for asset in course.assets.order_by("path")],
        "sections": [_section(section) for section in course.sections.order_by("position", "pk")],
        "questions": [_question(question) for question in questions],
        "quizzes": [_quiz(quiz, place, course) for quiz in quizzes],
    }


def _skills(skills) -> list[dict]:
    return [own_fields(skill) for skill in skills.order_by("slug")]


def _section(section) -> dict:
    return {
        **own_fields(section),
        "lessons": [_lesson(lesson) for lesson in section.lessons.order_by("position", "pk")],
    }


def _lesson(lesson) -> dict:
    return {
        **own_fields(lesson),
        "topics": [own_fields(topic) for topic in lesson.topics.order_by("slug")],
        "skills": _skills(lesson.skills),
        "prerequisites": list(lesson.prerequisites.order_by("slug").values_list("slug", flat=True)),
        "blocks": [
            {**own_fields(block), "asset": block.asset.path if block.asset else None}
            for block in lesson.blocks.select_related("asset").order_by("position", "pk")
        ],
    }


def _quiz(quiz: Quiz, place: dict[int, int], course: Course) -> dict:
    """`place` says where each question stands in the archive's list. Due dates are those of this course."""
    due_dates = quiz.due_dates.filter(Q(cohort=None) | Q(cohort__course=course), quiz__course=course)
    return {
        **own_fields(quiz),
        "course": quiz.course is not None,
        "lesson": quiz.lesson.slug if quiz.lesson else None,
        "topics": [own_fields(topic) for topic in quiz.topics.order_by("slug")],
        "due_dates": [
            {**own_fields(row), "cohort": row.cohort.name if row.cohort else None}
            for row in due_dates.select_related("cohort").order_by("cohort__starts_at", "pk")
        ],
        "slots": [
            {
                **own_fields(slot),
                "question": place.get(slot.question_id),
                "draw_bank": slot.draw_bank.name if slot.draw_bank else None,
                "draw_skill": own_fields(slot.draw_skill) if slot.draw_skill else None,
            }
            for slot in quiz.slots.select_related("draw_bank", "draw_skill").order_by("position")
        ],
    }


def questions_of(quizzes) -> list[Question]:
    """The questions of the quizzes, and those that their places may draw, each once."""
    wanted = {}
    for quiz in quizzes:
        for slot in quiz.slots.order_by("position"):
            drawn = slot.candidates().order_by("pk") if slot.question_id is None else ()
            wanted |= {question.pk: question for question in drawn}
            if slot.question_id is not None:
                wanted[slot.question_id] = slot.question
    return list(wanted.values())


def _question(question: Question) -> dict:
    return {
        **own_fields(question),
        "bank": question.bank.name,
        "skills": _skills(question.skills),
        "versions": [own_fields(version) for version in question.versions.order_by("number")],
    }


def pictures_in(versions: Iterable[QuestionVersion | dict]) -> set[str]:
    """Names of the pictures that versions of questions show."""
    return {
        name
        for version in versions
        for name in _PICTURE.findall(
            json.dumps(version if isinstance(version, dict) else own_fields(version))
        )
    }


def write_archive(*, course: Course, target: BinaryIO) -> None:
    """Writes the archive of a course to an open file."""
    data = course_data(course)
    versions = [version for question in data["questions"] for version in question["versions"]]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, json.dumps(data, ensure_ascii=False, indent=1))
        for asset in course.assets.order_by("path"):
            _copy(archive, f"media/{asset.path}", asset.file)
        for picture in QuestionFile.objects.filter(name__in=pictures_in(versions)).order_by("name"):
            _copy(archive, f"questions/{picture.name}", picture.file)


def _copy(archive: zipfile.ZipFile, name: str, file) -> None:
    with file.storage.open(file.name, "rb") as source, archive.open(name, "w", force_zip64=True) as entry:
        for chunk in iter(lambda: source.read(1 << 20), b""):
            entry.write(chunk)
