"""What an author should fix: links and images that are not found, images without a description."""

from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection

from courses.content.blocks import render_block
from courses.content.links import CourseLinks
from courses.content.markdown import TooLong
from courses.models import Block, Lesson

DAY = 24 * 60 * 60
_FINGERPRINT = """
SELECT md5(concat(
    (SELECT string_agg(md5(concat_ws('|', b.id, b.lesson_id, b.position, b.kind, b.source, b.settings, b.alt,
        b.asset_id)), '' ORDER BY l.position, l.section_id, b.lesson_id, b.position, b.id)
     FROM courses_block b JOIN courses_lesson l ON l.id = b.lesson_id WHERE l.course_id = %s),
    (SELECT string_agg(concat_ws('|', id, section_id, position, slug), ',' ORDER BY id)
     FROM courses_lesson WHERE course_id = %s),
    (SELECT string_agg(concat_ws('|', id, path, content_type), ',' ORDER BY id)
     FROM courses_asset WHERE course_id = %s),
    (SELECT string_agg(concat_ws('|', id, position), ',' ORDER BY id)
     FROM courses_section WHERE course_id = %s)
))
"""


@dataclass(frozen=True)
class Problem:
    lesson: Lesson
    sentence: str


def content_problems(course):
    """Every problem in the texts of a course, in its order.

    Drawing all of it takes seconds where a course is very long: what was found is kept until a text, a file
    or a lesson of the course changes.
    """
    key = f"course-problems:{course.pk}:{_fingerprint(course)}"
    found = cache.get(key)
    if found is None:
        found = [(problem.lesson.pk, problem.sentence) for problem in _look(course)]
        cache.set(key, found, DAY)
    lessons = {lesson.pk: lesson for lesson in course.lessons.filter(pk__in={pk for pk, _said in found})}
    return [Problem(lessons[pk], sentence) for pk, sentence in found if pk in lessons]


def _fingerprint(course):
    """A hash of everything that the problems depend on, made by the database in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FINGERPRINT, [course.pk] * 4)
        return cursor.fetchone()[0]


def _look(course):
    links = CourseLinks(course)
    problems = []
    blocks = (
        Block.objects.filter(lesson__course=course)
        .select_related("lesson", "asset")
        .order_by("lesson__section__position", "lesson__position", "lesson_id", "position")
    )
    for block in blocks:
        links.problems = []
        try:
            sentences = render_block(block, links=links).problems
        except TooLong as error:
            sentences = [str(error)]
        problems += [Problem(block.lesson, sentence) for sentence in dict.fromkeys(sentences)]
    return problems
