"""The order of a course: moving sections and lessons, copying them."""

from django.db import transaction
from django.utils.translation import gettext as _

from courses import authoring, prerequisites
from courses.errors import Refused
from courses.models import Course, CourseAuthor, Lesson, Section

_followers = {}


def when_copied(name, act):
    """Have `act(source=, copy=, lessons=)` run with each copy of a course, in its transaction.

    lessons: {id of a lesson: its twin}. Higher layers register what hangs on a course and goes along.
    """
    _followers[name] = act


@transaction.atomic
def arrange(*, course, order):
    """Set the whole order of a course: `order` is a list of (section id, [lesson ids]).

    It has to name every section and lesson of the course exactly once; else Refused, and nothing changes.
    """
    Course.objects.select_for_update().get(pk=course.pk)
    sections = {section.pk: section for section in course.sections.all()}
    lessons = {lesson.pk: lesson for lesson in course.lessons.all()}
    named_sections = [pk for pk, _lessons in order]
    named_lessons = [pk for _section, ids in order for pk in ids]
    if sorted(named_sections) != sorted(sections) or sorted(named_lessons) != sorted(lessons):
        raise Refused(_("The course has changed since this page was opened: load it again, then reorder."))
    for position, (section_pk, ids) in enumerate(order):
        sections[section_pk].position = position
        for place, pk in enumerate(ids):
            lessons[pk].section_id, lessons[pk].position = section_pk, place
    Section.objects.bulk_update(sections.values(), ["position"])
    Lesson.objects.bulk_update(lessons.values(), ["section", "position"])


@transaction.atomic
def move(*, item, step):
    """Move a section or lesson one place up (-1) or down (1); a lesson at an end goes to the next section."""
    course = item.course
    order = [
        [section.pk, [lesson.pk for lesson in section.lessons.all()]]
        for section in course.sections.prefetch_related("lessons")
    ]
    if isinstance(item, Section):
        index = next(i for i, (pk, _ids) in enumerate(order) if pk == item.pk)
        target = index + step
        if 0 <= target < len(order):
            order[index], order[target] = order[target], order[index]
    else:
        index = next(i for i, (pk, _ids) in enumerate(order) if pk == item.section_id)
        ids = order[index][1]
        place = ids.index(item.pk)
        if 0 <= place + step < len(ids):
            ids[place], ids[place + step] = ids[place + step], ids[place]
        elif 0 <= index + step < len(order):
            ids.remove(item.pk)
            neighbours = order[index + step][1]
            neighbours.insert(0 if step > 0 else len(neighbours), item.pk)
    arrange(course=course, order=order)


@transaction.atomic
def move_lessons(*, lessons, section):
    """Put lessons at the end of a section of their course, in their present order."""
    chosen = [lesson for lesson in lessons if lesson.course_id == section.course_id]
    ids = [lesson.pk for lesson in chosen]
    order = []
    for part in section.course.sections.prefetch_related("lessons"):
        rest = [lesson.pk for lesson in part.lessons.all() if lesson.pk not in ids]
        order.append((part.pk, rest + ids if part.pk == section.pk else rest))
    arrange(course=section.course, order=order)
    return len(chosen)


@transaction.atomic
def copy_lesson(*, lesson, section=None):
    """A copy of a lesson, a draft, at the end of its section (or another's of the same course)."""
    section = section or lesson.section
    copy = authoring.add_lesson(
        section=section,
        title=_("%(title)s (copy)") % {"title": lesson.title[:280]}
        if section == lesson.section
        else lesson.title,
        minutes=lesson.minutes,
        is_preview=lesson.is_preview,
        status="draft" if section == lesson.section else lesson.status,
        topics=lesson.topics.all(),
        skills=lesson.skills.all(),
    )
    assets = {asset.path: asset for asset in section.course.assets.all()}
    authoring.set_blocks(
        lesson=copy,
        blocks=[
            {
                "kind": block.kind,
                "source": block.source,
                "settings": block.settings,
                "alt": block.alt,
                "asset": assets.get(block.asset.path) if block.asset else None,
            }
            for block in lesson.blocks.select_related("asset").order_by("position", "pk")
        ],
    )
    return copy


@transaction.atomic
def copy_course(*, course, author=None):
    """A draft with the same content, files and what is registered to go along, such as quizzes; learners,
    discussion and versions stay with the original.
    """
    twins = {}
    copy = authoring.create_course(
        title=_("%(title)s (copy)") % {"title": course.title[:280]},
        author=author,
        **{
            name: getattr(course, name)
            for name in ("summary", "description", "level", "language", "provider", "instructors", "price")
        },
        topics=course.topics.all(),
        skills_taught=course.skills_taught.all(),
        skills_required=course.skills_required.all(),
    )
    prerequisites.set_prerequisites(item=copy, prerequisites=list(course.prerequisites.all()))
    for role in course.author_roles.exclude(user=author):
        CourseAuthor.objects.create(course=copy, user_id=role.user_id, role=role.role)
    for asset in course.assets.all():
        # The copy names the same stored file: files are kept by their hash and swept when nobody names them.
        asset.pk, asset.course = None, copy
        asset._state.adding = True
        asset.save()
    if course.cover is not None:
        copy.cover = copy.assets.filter(path=course.cover.path).first()
        copy.save(update_fields=["cover"])
    for section in course.sections.prefetch_related("lessons"):
        part = authoring.add_section(course=copy, title=section.title, slug=section.slug)
        for lesson in section.lessons.all():
            twin = twins[lesson.pk] = copy_lesson(lesson=lesson, section=part)
            if twin.slug != lesson.slug:
                authoring.save_lesson(lesson=twin, slug=lesson.slug)
    for act in _followers.values():
        act(source=course, copy=copy, lessons=twins)
    authoring.refresh_course(course=copy)
    return copy
