"""The site's own archive, as far as a preview needs it; `course_restore` writes it exactly."""

from pathlib import Path

from exchange.archives import SourceRefused
from exchange.course_restore import read_manifest
from exchange.outline import BlockOutline, CourseOutline, LessonOutline, QuizOutline, SectionOutline
from exchange.report import Report


def read(root: Path, report: Report) -> CourseOutline:
    """The course of the archive in the folder. Raises SourceRefused."""
    data, _folder = read_manifest(root)
    try:
        return _outline(data)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise SourceRefused(f"The archive is damaged: {type(error).__name__} {error}.") from error


def _outline(data: dict) -> CourseOutline:
    course = data["course"]
    return CourseOutline(
        title=str(course["title"]),
        external_id=str(course.get("external_id") or course["slug"]),
        slug=str(course["slug"]),
        summary=str(course.get("summary", "")),
        description=str(course.get("description", "")),
        level=str(course.get("level", "")),
        language=str(course.get("language", "")),
        sections=tuple(_section(section, data) for section in data["sections"]),
    )


def _section(section: dict, data: dict) -> SectionOutline:
    lessons = []
    for lesson in section["lessons"]:
        blocks = [
            BlockOutline(block["kind"], str(block["source"]), media=block.get("asset") or "")
            for block in lesson["blocks"]
            if block["kind"] != "quiz"
        ]
        named = {block["settings"].get("quiz") for block in lesson["blocks"] if block["kind"] == "quiz"}
        for quiz in data["quizzes"]:
            if quiz.get("lesson") == lesson["slug"] or quiz["slug"] in named:
                blocks.append(
                    BlockOutline(
                        "quiz", quiz=QuizOutline(quiz["slug"], quiz["title"], _quiz(quiz, data["questions"]))
                    )
                )
        lessons.append(
            LessonOutline(
                lesson["slug"], lesson["title"], tuple(blocks), published=lesson["status"] == "published"
            )
        )
    return SectionOutline(section["title"], tuple(lessons), key=section["slug"])


def _quiz(quiz: dict, questions: list[dict]) -> dict:
    found = []
    for slot in quiz["slots"]:
        question = questions[slot["question"]] if slot["question"] is not None else None
        if question and question["versions"]:
            version = question["versions"][-1]
            found.append({"name": question["name"], "type": version["type"], "text": version["text"]})
    return {"title": quiz["title"], "questions": found}
