"""What an editor sees of a quiz as a whole: statistics of slots and answers, from the first attempts."""

from dataclasses import dataclass

from quizzes.models import Attempt, AttemptQuestion, QuestionVersion
from quizzes.statistics import (
    AnswerStatistics,
    ItemStatistics,
    QuizStatistics,
    answer_statistics,
    item_statistics,
    quiz_statistics,
)


@dataclass(frozen=True, slots=True)
class SlotReport:
    """One slot: its question (None where attempts drew different ones), statistics, and those of its
    answers.
    """

    number: int
    version: QuestionVersion | None
    statistics: ItemStatistics
    answers: list[tuple[str, float, AnswerStatistics]]


@dataclass(frozen=True, slots=True)
class QuizReport:
    quiz: QuizStatistics
    max_mark: float
    slots: list[SlotReport]


def quiz_report(quiz) -> QuizReport:
    """Statistics over the first attempt of each learner, where it is marked. A fixed number of queries."""
    attempts = list(
        Attempt.objects.filter(quiz=quiz).for_statistics().order_by("pk").values_list("pk", flat=True)
    )
    rows = AttemptQuestion.objects.filter(attempt__in=attempts, attempt__quiz=quiz).exclude(
        version__type="text_block"
    )
    rows = list(
        rows.order_by("slot", "attempt_id").values(
            "attempt_id", "slot", "version_id", "mark", "max_mark", "response"
        )
    )
    slots = sorted({row["slot"] for row in rows})
    place = {slot: number for number, slot in enumerate(slots)}
    line = {attempt: number for number, attempt in enumerate(attempts)}
    marks = [[0.0] * len(slots) for _ in attempts]
    maxima = [0.0] * len(slots)
    versions_seen = [set() for _ in slots]
    responses = [{} for _ in slots]
    for row in rows:
        # In the order of attempts, so that what the newest one says remains.
        maxima[place[row["slot"]]] = row["max_mark"]
    for row in rows:
        column = place[row["slot"]]
        # Where a question's mark was changed between attempts, its share of the mark is what compares.
        scale = maxima[column] / row["max_mark"] if row["max_mark"] else 0.0
        marks[line[row["attempt_id"]]][column] = (row["mark"] or 0.0) * scale
        versions_seen[column].add(row["version_id"])
        responses[column][line[row["attempt_id"]]] = row["response"]
    versions = QuestionVersion.objects.select_related("question").in_bulk(set().union(*versions_seen))
    newest = [_of_one_question(seen, versions) for seen in versions_seen]
    guesses = [version.kind.random_guess_score(version.data) if version else None for version in newest]
    items = item_statistics(marks, maxima, guesses)
    reports = []
    for column, (slot, version, item) in enumerate(zip(slots, newest, items, strict=True)):
        answers = []
        if version is not None and len(versions_seen[column]) == 1:
            answers = _answers(version, marks, column, responses[column])
        reports.append(SlotReport(slot, version, item, answers))
    return QuizReport(quiz_statistics(marks, maxima), sum(maxima), reports)


def _of_one_question(seen, versions):
    """The newest of the versions seen, if all are of one question."""
    found = [versions[pk] for pk in seen]
    if len({version.question_id for version in found}) != 1:
        return None
    return max(found, key=lambda version: version.number)


def _answers(version, marks, column, responses):
    classes = version.kind.answer_classes(version.data)
    given = [set(version.kind.classify(version.data, responses.get(line))) for line in range(len(marks))]
    rest = [sum(row) - row[column] for row in marks]
    found = answer_statistics([answer.key for answer in classes], given, rest)
    return [(answer.label, answer.fraction, stat) for answer, stat in zip(classes, found, strict=True)]
