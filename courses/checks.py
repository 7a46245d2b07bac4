"""What an author should fix: links and images that are not found, images without a description."""

from dataclasses import dataclass

from courses.content.blocks import render_block
from courses.content.links import CourseLinks
from courses.content.markdown import TooLong
from courses.models import Block, Lesson


@dataclass(frozen=True)
class Problem:
    lesson: Lesson
    sentence: str


def content_problems(course):
    """Every problem in the texts of a course, in its order. Renders all of it: for a page of one course."""
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
