"""Quiz files that lie beside a page, as JSON or CSV."""

import posixpath

from exchange.archives import inside
from exchange.outline import BlockOutline, QuizOutline
from exchange.readers.markdown.links import Links
from exchange.readers.markdown.names import is_index
from exchange.readers.markdown.source import Source
from exchange.readers.pages import title_of_file
from exchange.readers.questions import QuestionFileRefused, read_question_file


def quizzes_beside(source: Source, links: Links, page: str) -> list[BlockOutline]:
    """`lesson.quiz.json`, `lesson.quiz.csv` and the like, for this page."""
    stem = page.rpartition(".")[0]
    found = []
    for path in source.files:
        if path in source.settled or not path.lower().endswith((".json", ".csv")):
            continue
        name = path.rpartition(".")[0]
        beside = name in {f"{stem}.quiz", f"{stem}-quiz", f"{stem}_quiz", f"{stem}.questions", stem}
        alone = is_index(page) and name in {
            posixpath.join(posixpath.dirname(page), n) for n in ("quiz", "questions")
        }
        if beside or alone:
            block = _quiz(source, links, path)
            if block:
                found.append(block)
    return found


def _quiz(source: Source, links: Links, path: str) -> BlockOutline | None:
    source.done(path)
    name = path.rpartition("/")[2]
    file = inside(source.root / source.base, path)
    try:
        content = read_question_file(file.read_bytes(), name)
    except QuestionFileRefused as error:
        source.report.failed(source.path(path), "quiz", name, reason=str(error))
        return None
    for problem in content.left_out:
        put = source.report.failed if problem.outcome == "failed" else source.report.skipped
        put(source.path(path), "question", problem.name, reason=problem.reason)
    data = content.quiz
    title = str(data.get("title") or title_of_file(name.replace(".quiz.", ".")))
    data = {**data, "title": title}
    for question in data["questions"]:
        _rewrite_question(links, question, path)
    source.report.imported(source.path(path), "quiz", title)
    origins = []
    for number, question in enumerate(data["questions"], start=1):
        question.setdefault("name", f"{title} {number}")
        source.report.imported(source.path(path), "question", str(question["name"]))
        origins.append((source.path(path), "question", str(question["name"])))
    quiz = QuizOutline(path, title, data, path=source.path(path), origins=tuple(origins), files=content.files)
    return BlockOutline("quiz", quiz=quiz, title=title, path=source.path(path))


def _rewrite_question(links: Links, question: dict, path: str) -> None:
    for name in ("text", "explanation"):
        if isinstance(question.get(name), str):
            question[name] = links.markdown(question[name], path)
