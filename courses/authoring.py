"""Writing a course: its fields, outline and blocks. Everything rendered is rendered here, at save.

The admin, the importers and the sample loader all write through these verbs. A course or lesson that was
written without them (a bulk import of bare titles) still shows: pages fall back to the plain description.
"""

import math

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from courses import prerequisites as order
from courses import progress
from courses.content.blocks import render_block, render_extra
from courses.content.links import CourseLinks
from courses.content.markdown import TooLong, render, storable
from courses.models import Block, Course, CourseAuthor, Lesson, Section, Skill, Topic
from courses.slugs import free_slug

WORDS_PER_MINUTE = 200
M2M = ("topics", "skills_taught", "skills_required", "skills", "prerequisites")


@transaction.atomic
def create_course(*, title, author=None, slug=None, **fields):
    """A new course (draft unless `status` says otherwise), owned by `author`.

    `topics`, `skills_taught`, `skills_required` are names, slugs or objects; unknown names are added.
    """
    course = Course(
        title=title, slug=slug or free_slug(title, _Taken(Course.objects.all()), fallback="course")
    )
    save_course(course=course, **fields)
    if author is not None:
        CourseAuthor.objects.create(course=course, user=author, role=CourseAuthor.Role.OWNER)
    return course


@transaction.atomic
def save_course(*, course, **fields):
    """Set fields of a course and save it, description rendered. Raises ValidationError."""
    many = {name: fields.pop(name) for name in M2M if name in fields}
    renamed = _set(course, fields)
    course.full_clean(exclude=["cover", "translation_of"])
    render_course(course)
    course.save()
    _set_many(course, many)
    if renamed & {"slug"}:
        refresh_course(course=course)
    elif renamed & {"language"}:
        course.lessons.update(language=course.language)
    return course


@transaction.atomic
def add_section(*, course, title, slug=None, position=None):
    """A new section, at the end unless a position is given."""
    section = Section(
        course=course,
        title=storable(title),
        slug=slug or free_slug(title, _Taken(course.sections.all()), fallback="section"),
        position=_next(course.sections) if position is None else position,
    )
    section.full_clean()
    section.save()
    return section


@transaction.atomic
def add_lesson(*, section, title, slug=None, position=None, blocks=(), **fields):
    """A new lesson at the end of a section. `blocks`: see `set_blocks`; a string is one text block."""
    lesson = Lesson(
        section=section,
        course=section.course,
        title=storable(title),
        slug=slug or free_slug(title, _Taken(section.course.lessons.all()), fallback="lesson"),
        position=_next(section.lessons) if position is None else position,
    )
    save_lesson(lesson=lesson, **fields)
    set_blocks(lesson=lesson, blocks=[{"source": blocks}] if isinstance(blocks, str) else blocks)
    return lesson


@transaction.atomic
def save_lesson(*, lesson, **fields):
    """Set fields of a lesson and save it. Raises ValidationError."""
    many = {name: fields.pop(name) for name in M2M if name in fields}
    changed = _set(lesson, fields)
    lesson.course = lesson.section.course
    lesson.language = lesson.course.language
    lesson.full_clean()
    if (
        lesson.published_at is None
        and lesson.status == "published"
        and lesson.course.published_at is not None
    ):
        # A lesson added to a course that learners already read: it counts as new from now on.
        lesson.published_at = timezone.now()
    lesson.save()
    _set_many(lesson, many)
    if "status" in changed:
        progress.settle(course=lesson.course)
    return lesson


@transaction.atomic
def delete_lesson(*, lesson):
    """Remove a lesson with its content, discussion and progress; no learner's share of the course falls."""
    course = lesson.course
    lesson.delete()
    progress.settle(course=course)


@transaction.atomic
def set_blocks(*, lesson, blocks):
    """Make `blocks` the whole content of a lesson, in this order; returns the problems found (sentences).

    Each is a dict: kind ("text"), source, settings, asset, alt; with `id` an existing block is kept, so that
    places where learners stopped and their answers survive an edit. Raises ValidationError.
    """
    links = CourseLinks(lesson.course)
    old = {block.pk: block for block in lesson.blocks.select_related("asset")}
    problems, texts, kept = [], [], set()
    for position, fields in enumerate(blocks):
        block = old.get(fields.get("id")) or Block(lesson=lesson)
        _set(block, {name: value for name, value in fields.items() if name != "id"})
        block.position = position
        rendered = _save_block(block, links)
        problems += rendered.problems
        texts.append(rendered.text)
        kept.add(block.pk)
    lesson.blocks.exclude(pk__in=kept).delete()
    lesson.search_text = " ".join(text for text in texts if text)
    if not lesson.minutes:
        lesson.minutes = reading_minutes(lesson.search_text)
    lesson.save(update_fields=["search_text", "minutes", "updated_at"])
    return list(dict.fromkeys(problems))


@transaction.atomic
def refresh_lesson(*, lesson):
    """Render the blocks of a lesson again, after something they refer to has changed. Returns problems."""
    blocks = lesson.blocks.order_by("position", "pk").values_list("pk", flat=True)
    return set_blocks(lesson=lesson, blocks=[{"id": pk} for pk in blocks])


@transaction.atomic
def refresh_course(*, course):
    """Render everything of a course again: links between lessons resolve once all lessons exist."""
    problems = render_course(course)
    course.save(update_fields=["description_html", "updated_at"])
    for lesson in course.lessons.in_order():
        lesson.course = course
        problems += [f"{lesson.title}: {problem}" for problem in refresh_lesson(lesson=lesson)]
    return problems


def render_course(course):
    """Set `description_html`, unsaved; returns problems."""
    links = CourseLinks(course)
    try:
        course.description_html = render(course.description, links=links).html
    except TooLong as error:
        raise ValidationError({"description": str(error)}) from error
    return links.problems


def reading_minutes(text):
    """Whole minutes to read a text, at least one for any text at all."""
    return math.ceil(len(text.split()) / WORDS_PER_MINUTE)


def named(model, names):
    """The topics or skills with these names or slugs; those that don't exist yet are added."""
    found = []
    for name in names:
        if isinstance(name, model):
            found.append(name)
            continue
        name = storable(str(name)).strip()
        if not name:
            continue
        slug = free_slug(name, (), max_length=100, fallback="other")
        item = model.objects.filter(slug=slug).first() or model.objects.filter(name__iexact=name).first()
        # "data-analysis" names a topic by its slug; people read "Data analysis".
        name = name.replace("-", " ").capitalize() if name == slug else name
        found.append(item or model.objects.create(slug=slug, name=name[:200]))
    return found


def _save_block(block, links):
    try:
        rendered = render_block(block, links=links)
        block.html, block.extra_html = rendered.html, render_extra(block, links=links)
    except TooLong as error:
        raise ValidationError({"source": str(error)}) from error
    if block.asset is not None and block.asset.course_id != block.lesson.course_id:
        raise ValidationError({"asset": _("This file belongs to another course.")})
    # Positions are in motion until the last block is saved; the database checks them at the end.
    block.full_clean(validate_constraints=False)
    block.save()
    block.assets.set(rendered.assets)
    return rendered


def _set(item, fields):
    """Set attributes; returns the names of those that changed."""
    changed = set()
    for name, value in fields.items():
        if isinstance(value, str):
            value = storable(value)
        if getattr(item, name) != value:
            changed.add(name)
        setattr(item, name, value)
    return changed if item.pk else set()


def _set_many(item, many):
    for name, values in many.items():
        if name == "prerequisites":
            order.set_prerequisites(item=item, prerequisites=list(values))
            continue
        getattr(item, name).set(named(Topic if name == "topics" else Skill, values))


def _next(siblings):
    highest = siblings.aggregate(highest=Max("position"))["highest"]
    return 0 if highest is None else highest + 1


class _Taken:
    """The slugs of a queryset, as a container."""

    def __init__(self, rows):
        self.rows = rows

    def __contains__(self, slug):
        return self.rows.filter(slug=slug).exists()
