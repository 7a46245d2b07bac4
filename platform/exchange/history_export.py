"""The learning history of this site as a bundle, in the format that `import_history` reads.

Without a bundle's name everything is written, with ids of this site (`course:12`, `learner:7`) and no name or
address of anybody; with one, what that bundle brought is written back under the ids that it came with.
"""

import gzip
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from activity.models import Kind, Verb
from exchange import history_items
from exchange.history_import import HistoryRefused
from recommender.data.bundles import EVENT_COLUMNS, ITEM_COLUMNS, LEARNER_COLUMNS, OPTIONAL_COLUMNS

_KIND_NAMES = ", ".join(f"({int(kind)}, '{kind.name.lower()}')" for kind in Kind)
_CONTEXT_COLUMNS = OPTIONAL_COLUMNS["events.csv.gz"]
_CONTEXT = ", ".join(f"context ->> '{name}'" for name in _CONTEXT_COLUMNS)
_VERB_NAMES = ", ".join(f"({int(verb)}, '{verb.name.lower()}')" for verb in Verb)

# Every item that can occur in an event: (kind, object_id, item_id, and the columns of the file).
_ITEMS = f"""
CREATE TEMPORARY TABLE exported_item ON COMMIT DROP AS
WITH found AS (
    SELECT 0 AS kind, id AS object_id, external_id, title, description, level, language, provider,
           array_to_string(instructors, '|') AS instructors, estimated_minutes AS minutes, published_at
    FROM courses_course
    UNION ALL
    SELECT 1, lesson.id, lesson.external_id, lesson.title, lesson.search_text, '', lesson.language, '', '',
           lesson.minutes, lesson.published_at
    FROM courses_lesson lesson
    UNION ALL
    SELECT 2, id, external_id, title, description, level, language, '', '', 0, published_at FROM quizzes_quiz
    UNION ALL
    SELECT 3, question.id,
           CASE WHEN bank.name = %(bank)s THEN %(prefix)s || question.name ELSE '' END,
           CASE WHEN bank.name LIKE 'History: %%' THEN '' ELSE question.name END, '', '', '', '', '', 0, NULL
    FROM quizzes_question question JOIN quizzes_questionbank bank ON bank.id = question.bank_id
)
SELECT kind, object_id, title, description, level, language, provider, instructors,
       NULLIF(minutes, 0) AS minutes, published_at,
       CASE WHEN %(prefix)s <> '' THEN substr(external_id, length(%(prefix)s) + 1)
            ELSE name || ':' || object_id END AS item_id,
       coalesce(CASE kind
           WHEN 0 THEN (SELECT string_agg(topic.name, '|' ORDER BY topic.name) FROM courses_course_topics link
                        JOIN courses_topic topic ON topic.id = link.topic_id WHERE link.course_id = object_id)
           WHEN 1 THEN (SELECT string_agg(topic.name, '|' ORDER BY topic.name) FROM courses_lesson_topics link
                        JOIN courses_topic topic ON topic.id = link.topic_id WHERE link.lesson_id = object_id)
           WHEN 2 THEN (SELECT string_agg(topic.name, '|' ORDER BY topic.name) FROM quizzes_quiz_topics link
                        JOIN courses_topic topic ON topic.id = link.topic_id WHERE link.quiz_id = object_id)
           ELSE (SELECT string_agg(skill.name, '|' ORDER BY skill.name) FROM quizzes_question_skills link
                 JOIN courses_skill skill ON skill.id = link.skill_id WHERE link.question_id = object_id)
       END, '') AS topics
FROM found JOIN (VALUES {_KIND_NAMES}) AS kind_name (code, name) ON code = kind
WHERE %(prefix)s = '' OR starts_with(external_id, %(prefix)s)
"""  # noqa: S608  the names are constants

_LEARNERS = """
CREATE TEMPORARY TABLE exported_learner ON COMMIT DROP AS
SELECT account.id,
       CASE WHEN %(prefix)s <> '' THEN substr(external_id, length(%(prefix)s) + 1)
            ELSE 'learner:' || account.id END AS learner_id,
       -- What people told about themselves leaves with their consent only; imported people came with theirs.
       CASE WHEN told THEN gender ELSE '' END AS gender,
       CASE WHEN told THEN birth_year END AS birth_year,
       CASE WHEN told THEN country ELSE '' END AS country,
       CASE WHEN told THEN education ELSE '' END AS education,
       array_to_string(interests, '|') AS interests
FROM accounts_user account
JOIN accounts_profile profile ON profile.user_id = account.id
CROSS JOIN LATERAL (SELECT profile.demographics_consent OR account.is_imported AS told) consent
WHERE CASE WHEN %(prefix)s <> '' THEN starts_with(external_id, %(prefix)s)
           ELSE NOT account.is_simulated AND profile.personalised
                AND EXISTS (SELECT FROM activity_event event WHERE event.learner_id = account.id) END
"""

_ITEM_ROWS = f"""
SELECT item_id, name, CASE WHEN title = item_id THEN '' ELSE title END, description, topics, level, language,
       provider, instructors, minutes,
       to_char(published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
       CASE WHEN kind = 0 THEN (
           SELECT string_agg(other.item_id, '|' ORDER BY other.item_id) FROM courses_course_prerequisites link
           JOIN exported_item other ON other.kind = 0 AND other.object_id = link.to_course_id
           WHERE link.from_course_id = exported_item.object_id
       ) END
FROM exported_item JOIN (VALUES {_KIND_NAMES}) AS kind_name (code, name) ON code = kind
ORDER BY kind, object_id
"""  # noqa: S608  the names are constants

_LEARNER_ROWS = """
SELECT learner_id, gender, birth_year, country, education, interests FROM exported_learner ORDER BY id
"""

_EVENT_ROWS = f"""
SELECT learner.learner_id, item.item_id, verb_name.name,
       to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
       CASE WHEN %(prefix)s <> '' THEN sequence
            ELSE row_number() OVER (
                PARTITION BY event.learner_id ORDER BY occurred_at NULLS FIRST, recorded_at, event.id
            ) - 1 END,
       value, {_CONTEXT}
FROM activity_event event
JOIN exported_learner learner ON learner.id = event.learner_id
JOIN exported_item item ON item.kind = event.kind AND item.object_id = event.object_id
JOIN (VALUES {_VERB_NAMES}) AS verb_name (code, name) ON verb_name.code = event.verb
WHERE %(bundle)s = '' OR bundle = %(bundle)s
ORDER BY event.learner_id, occurred_at NULLS FIRST, recorded_at, event.id
"""  # noqa: S608  the names are constants


@dataclass(frozen=True, slots=True)
class ExportedHistory:
    """How many rows each file has."""

    items: int
    learners: int
    events: int


def export_history(*, folder: Path, bundle: str = "") -> ExportedHistory:
    """Writes items, learners and events to `folder`, which is made if it is missing.

    Raises HistoryRefused if the folder can't be written to or no bundle of that name was imported.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HistoryRefused(f"The folder {folder} can't be made: {error.strerror}.") from error
    parameters = {
        "bundle": bundle,
        "prefix": history_items.external_id(bundle, "") if bundle else "",
        "bank": history_items.question_bank_name(bundle),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # One snapshot for all three files: an event must not name a learner who joined in between.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(_LEARNERS, parameters)
        cursor.execute("SELECT count(*) FROM exported_learner")
        (learners,) = cursor.fetchone()
        if bundle and not learners:
            raise HistoryRefused(f"No history of the name “{bundle}” was imported.")
        cursor.execute(_ITEMS, parameters)
        cursor.execute("ANALYZE exported_item, exported_learner")
        items = _write(
            cursor,
            folder / "items.csv.gz",
            (*ITEM_COLUMNS, *OPTIONAL_COLUMNS["items.csv.gz"]),
            _ITEM_ROWS,
            {},
        )
        _write(cursor, folder / "learners.csv.gz", (*LEARNER_COLUMNS, "interests"), _LEARNER_ROWS, {})
        events = _write(
            cursor, folder / "events.csv.gz", (*EVENT_COLUMNS, *_CONTEXT_COLUMNS), _EVENT_ROWS, parameters
        )
    return ExportedHistory(items, learners, events)


def _write(cursor, path: Path, columns: tuple[str, ...], query: str, parameters: dict) -> int:
    """A compressed CSV of the query's rows; returns how many. A file appears only when it is whole."""
    partial = path.with_name(f"{path.name}.part")
    try:
        with gzip.open(partial, "wb", compresslevel=6) as file:
            file.write((",".join(columns) + "\r\n").encode())
            # NULL and the empty text are both an empty cell: unknown.
            statement = f"COPY ({query}) TO STDOUT WITH (FORMAT csv, NULL '')"
            with cursor.copy(statement, parameters) as copy:
                for chunk in copy:
                    file.write(chunk)
            rows = cursor.rowcount
        partial.replace(path)
    except OSError as error:
        raise HistoryRefused(f"{path} can't be written: {error.strerror}.") from error
    finally:
        partial.unlink(missing_ok=True)
    return rows
