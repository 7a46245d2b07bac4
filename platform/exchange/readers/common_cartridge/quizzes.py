"""Quizzes of a cartridge: QTI 1.2, in the standard's and in Canvas' own dialect."""

from collections.abc import Callable

from exchange.outline import QuizOutline
from exchange.readers.common_cartridge.canvas import quiz_rules, quiz_settings
from exchange.readers.common_cartridge.links import Links
from exchange.readers.common_cartridge.resource import IMAGES, NotRead, Resource
from exchange.readers.common_cartridge.source import Source
from exchange.readers.questions import QuestionFileRefused, read_qti12


def read_quiz(source: Source, links: Links, resource: Resource, title: str) -> QuizOutline:
    """The quiz of a resource. Raises NotRead where it gives no question."""
    files = [f for f in [resource.href, *resource.files] if f]
    for dependency in resource.dependencies:
        other = source.resources.get(dependency)
        files += [other.href, *other.files] if other is not None else []
    files.append(f"non_cc_assessments/{resource.identifier}.xml.qti")
    readings = []
    refusals = []
    for path in dict.fromkeys(f for f in files if f in source.files):
        if path.endswith("assessment_meta.xml") or not path.lower().endswith((".xml", ".qti")):
            continue
        try:
            readings.append((path, read_qti12(source.read_bytes(path) or b"", path, _pictures(source))))
        except QuestionFileRefused as error:
            refusals.append(str(error))
    if not readings:
        raise NotRead(refusals[0] if refusals else "Its file is not in the cartridge.", is_failure=True)
    # Canvas writes each quiz twice; its own dialect names questions that the standard has no type for.
    path, content = max(
        readings, key=lambda reading: (len(reading[1].quiz["questions"]), len(reading[1].left_out))
    )
    # Both forms are one quiz, which has its own line.
    source.settled.update(form for form, _ in readings)
    for problem in content.left_out:
        put = source.report.failed if problem.outcome == "failed" else source.report.skipped
        put(source.path(path), problem.kind or "question", problem.name, reason=problem.reason)
    questions = content.quiz["questions"]
    if not questions:
        raise NotRead("No question of it could be imported.")
    for question in questions:
        source.report.imported(source.path(path), "question", str(question["name"]))
    data = {
        "title": title or content.quiz.get("title") or "Quiz",
        "questions": questions,
        **content.settings,
        **quiz_settings(source, links, resource),
    }
    if content.introduction:
        data.setdefault("description", links.markdown(content.introduction, path))
    origins = tuple((source.path(path), "question", str(question["name"])) for question in questions)
    return QuizOutline(
        f"quiz-{resource.identifier}",
        data["title"],
        data,
        path=source.path(resource.path),
        settings=quiz_rules(source, resource),
        origins=origins,
        files=content.files,
    )


def _pictures(source: Source) -> dict[str, Callable[[], bytes]]:
    """Pictures of the cartridge for the question reader, by path; those it takes are noted."""

    def reader(file: str) -> Callable[[], bytes]:
        def take() -> bytes:
            source.shown_pictures.add(file)
            return source.read_bytes(file) or b""

        return take

    return {file: reader(file) for file in source.files if file.lower().endswith(IMAGES)}
