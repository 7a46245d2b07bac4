"""A history bundle into the database: items, learners and events of an institution with a past.

Rows are checked by the bundle's readers, copied into temporary tables and inserted from there, set by set,
in one transaction. Nothing is imported twice: items and learners are known by their external ids, events by
all their fields and how often they occur.
"""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Profile
from activity import partitions
from activity.models import Kind, Verb
from exchange import history_items
from jobs.locks import exclusive
from recommender.data.bundles import (
    NO_MOMENT,
    OPTIONAL_COLUMNS,
    BundleError,
    LearnerRow,
    read_events,
    read_items,
    read_learners,
)

# Told about each step: what is done, how much of it, of how many.
Step = Callable[[str, int, int], None]

MAX_NAME = 80
MAX_ID = 100
SHOWN_ROWS = 20
CHUNK = 20_000
GENDERS = {
    # ISO/IEC 5218 and the words that exports use.
    "1": Profile.Gender.MALE, "m": Profile.Gender.MALE, "male": Profile.Gender.MALE,
    "man": Profile.Gender.MALE,
    "2": Profile.Gender.FEMALE, "f": Profile.Gender.FEMALE, "female": Profile.Gender.FEMALE,
    "woman": Profile.Gender.FEMALE, "other": Profile.Gender.OTHER, "x": Profile.Gender.OTHER,
    "diverse": Profile.Gender.OTHER,
}  # fmt: skip


class HistoryRefused(Exception):
    """The bundle was not imported. `rows` are sentences with file and line."""

    def __init__(self, sentence: str, rows: Iterable[str] = ()) -> None:
        self.rows = list(rows)
        super().__init__("\n".join([sentence, *self.rows]))


@dataclass(slots=True)
class HistoryReport:
    """How many rows are new, how many the bundle has, and which were left out."""

    bundle: str
    items: int = 0
    items_new: int = 0
    learners: int = 0
    learners_new: int = 0
    events: int = 0
    events_new: int = 0
    enrolments_new: int = 0
    bad_rows: list[str] = field(default_factory=list)


def import_history(
    *, folder: Path, bundle: str, skip_bad_rows: bool = False, step: Step = lambda *_: None
) -> HistoryReport:
    """Imports the bundle in `folder` under the name `bundle`. Raises HistoryRefused; then nothing is kept."""
    if not bundle or len(bundle) > MAX_NAME or ":" in bundle:
        raise HistoryRefused(
            _("Give the bundle a name of at most %(most)d characters without a colon.") % {"most": MAX_NAME}
        )
    run = _Run(Path(folder), bundle, skip_bad_rows, step)
    with exclusive(f"history import {bundle}"):
        try:
            report = run.execute()
        except BundleError as error:
            raise HistoryRefused(
                _("The bundle can't be read; nothing was imported."), [str(error)]
            ) from error
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE accounts_user, accounts_profile, activity_event, courses_enrolment")
    return report


class _Run:
    def __init__(self, folder: Path, bundle: str, skip_bad_rows: bool, step: Step) -> None:
        self.folder = folder
        self.bundle = bundle
        self.skip_bad_rows = skip_bad_rows
        self.step = step
        self.report = HistoryReport(bundle)
        self.bad_count = 0

    def _bad_row(self, error: BundleError) -> None:
        self.bad_count += 1
        if len(self.report.bad_rows) < 1000:
            self.report.bad_rows.append(f"{error.file.name}, line {error.line}: {error.reason}")

    @transaction.atomic
    def execute(self) -> HistoryReport:
        partitions.ensure(today=timezone.now().date(), months=1)
        with connection.cursor() as cursor:
            # They end with the transaction; a second import may run in the same one.
            cursor.execute(
                "DROP TABLE IF EXISTS pg_temp.staged_learner, pg_temp.staged_event, pg_temp.new_event"
            )
            items = self._items()
            learners = self._learners(cursor)
            self._stage_events(cursor, learners, items)
            if self.bad_count and not self.skip_bad_rows:
                shown = self.report.bad_rows[:SHOWN_ROWS]
                if self.bad_count > len(shown):
                    shown.append(_("and %(count)d more.") % {"count": self.bad_count - len(shown)})
                raise HistoryRefused(
                    _("%(count)d rows can't be imported, so nothing was. Correct them, or leave them out "
                      "with --skip-bad-rows.") % {"count": self.bad_count},
                    shown,
                )  # fmt: skip
            self._insert_events(cursor)
            self._insert_enrolments(cursor)
        return self.report

    # ---------------------------------------------------------------------------------- items

    def _items(self) -> dict[str, tuple[str, int]]:
        self.step("items", 0, 0)
        rows = [
            row
            for row in read_items(self.folder, on_bad_row=self._bad_row)
            if self._fits("items.csv.gz", row.line, "item_id", row.item_id)
        ]
        found, new = history_items.bring_in(bundle=self.bundle, rows=rows)
        self.report.items, self.report.items_new = len(found), new
        self.step("items", len(found), len(found))
        return found

    def _fits(self, file: str, line: int, name: str, value: str) -> bool:
        if len(value) <= MAX_ID:
            return True
        self._bad_row(BundleError(self.folder / file, line, f"{name} is longer than {MAX_ID} characters"))
        return False

    # ------------------------------------------------------------------------------- learners

    def _learners(self, cursor) -> dict[str, int]:
        """{learner_id: primary key}, new learners with their profiles."""
        total = _count_rows(self.folder / "learners.csv.gz")
        cursor.execute(
            "CREATE TEMPORARY TABLE staged_learner (learner_id text, gender text, birth_year smallint, "
            "country text, education text, interests text[]) ON COMMIT DROP"
        )
        with cursor.copy("COPY staged_learner FROM STDIN") as copy:
            for row in self._counted("learners", total, read_learners(self.folder, on_bad_row=self._bad_row)):
                if self._fits("learners.csv.gz", row.line, "learner_id", row.learner_id):
                    copy.write_row(_learner_cells(row))
        prefix = history_items.external_id(self.bundle, "")
        # An account that is imported has no address, and a password that nothing hashes to.
        cursor.execute(
            """
            WITH added AS (
                INSERT INTO accounts_user (password, is_superuser, is_staff, is_active, is_simulated,
                                           is_imported, display_name, external_id, date_joined)
                SELECT '!' || replace(gen_random_uuid()::text, '-', ''), false, false, true, false, true,
                       '', %(prefix)s || learner_id, now()
                FROM staged_learner
                ON CONFLICT DO NOTHING
                RETURNING id, external_id
            )
            INSERT INTO accounts_profile (user_id, interests, language, timezone, personalised,
                                          demographics_consent, gender, birth_year, country, education,
                                          single_key_shortcuts)
            SELECT added.id, staged.interests, '', '', true, false, staged.gender, staged.birth_year,
                   staged.country, staged.education, true
            FROM added JOIN staged_learner staged ON added.external_id = %(prefix)s || staged.learner_id
            """,
            {"prefix": prefix},
        )
        self.report.learners_new = cursor.rowcount
        cursor.execute(
            "SELECT staged.learner_id, account.id FROM staged_learner staged "
            "JOIN accounts_user account ON account.external_id = %s || staged.learner_id",
            [prefix],
        )
        learners = dict(cursor.fetchall())
        self.report.learners = len(learners)
        return learners

    def _counted(self, name: str, total: int, rows: Iterator) -> Iterator:
        """The rows, with a step told every few thousand."""
        done = 0
        for done, row in enumerate(rows, start=1):
            if done % CHUNK == 0:
                self.step(name, done, total)
            yield row
        self.step(name, done, total)

    # --------------------------------------------------------------------------------- events

    def _stage_events(self, cursor, learners: dict[str, int], items: dict[str, tuple[str, int]]) -> None:
        total = _count_rows(self.folder / "events.csv.gz")
        cursor.execute(
            "CREATE TEMPORARY TABLE staged_event (line integer, learner_id bigint, verb smallint, "
            "kind smallint, object_id bigint, occurred_at timestamptz, sequence integer, "
            "value double precision, context jsonb) ON COMMIT DROP"
        )
        verbs = {verb.name.lower(): int(verb) for verb in Verb}
        targets = {item_id: f"{int(Kind[kind.upper()])}\t{pk}" for item_id, (kind, pk) in items.items()}
        with cursor.copy("COPY staged_event FROM STDIN") as copy:
            lines: list[str] = []
            rows = read_events(self.folder, learners, items, on_bad_row=self._bad_row)
            for row in self._counted("events", total, rows):
                if not -(2**31) <= row.sequence < 2**31:
                    reason = f"sequence {row.sequence} is out of range"
                    self._bad_row(BundleError(self.folder / "events.csv.gz", row.line, reason))
                    continue
                at = r"\N" if row.occurred_at is None else row.occurred_at.isoformat()
                amount = r"\N" if row.value is None else repr(row.value)
                context = r"\N" if row.moment == NO_MOMENT else _context(row.moment)
                lines.append(
                    f"{row.line}\t{learners[row.learner_id]}\t{verbs[row.verb]}\t{targets[row.item_id]}\t{at}\t"
                    f"{row.sequence}\t{amount}\t{context}\n"
                )
                if len(lines) == CHUNK:
                    copy.write("".join(lines))
                    lines.clear()
            copy.write("".join(lines))

    def _insert_events(self, cursor) -> None:
        """Inserts what is not there yet, each learner's events in their order, which ids then keep."""
        self.step("writing", 0, 0)
        cursor.execute("ANALYZE staged_event")
        cursor.execute("SELECT count(*) FROM staged_event")
        (self.report.events,) = cursor.fetchone()
        columns = "occurred_at, learner_id, verb, kind, object_id, value, sequence, context"
        cursor.execute("SELECT EXISTS (SELECT FROM activity_event WHERE bundle = %s)", [self.bundle])
        (known,) = cursor.fetchone()
        source = "staged_event"
        if known:
            # Equal events may occur more than once: the second of them is new where only one is known.
            # NULLs are made comparable, so that the join can hash.
            cursor.execute(
                """
                CREATE TEMPORARY TABLE new_event ON COMMIT DROP AS
                SELECT staged.* FROM (
                    SELECT *, row_number() OVER (
                        PARTITION BY learner_id, sequence, verb, kind, object_id, occurred_at, value
                        ORDER BY line
                    ) AS copy FROM staged_event
                ) staged
                LEFT JOIN (
                    SELECT learner_id, sequence, verb, kind, object_id, occurred_at, value, count(*) AS copies
                    FROM activity_event WHERE bundle = %s
                    GROUP BY learner_id, sequence, verb, kind, object_id, occurred_at, value
                ) known
                ON known.learner_id = staged.learner_id AND known.sequence = staged.sequence
                    AND known.verb = staged.verb AND known.kind = staged.kind
                    AND known.object_id = staged.object_id
                    AND coalesce(known.occurred_at, '-infinity') = coalesce(staged.occurred_at, '-infinity')
                    AND coalesce(known.value, 'NaN') = coalesce(staged.value, 'NaN')
                WHERE staged.copy > coalesce(known.copies, 0)
                """,
                [self.bundle],
            )
            source = "new_event"
        cursor.execute(
            f"INSERT INTO activity_event (recorded_at, bundle, {columns}) "  # noqa: S608  names from above
            f"SELECT now(), %s, {columns} FROM {source} "
            "ORDER BY learner_id, occurred_at NULLS FIRST, sequence, line",
            [self.bundle],
        )
        self.report.events_new = cursor.rowcount

    # ----------------------------------------------------------------------------- enrolments

    def _insert_enrolments(self, cursor) -> None:
        """What the events say about courses, for pages that ask who takes one and who finished it."""
        cursor.execute(
            """
            INSERT INTO courses_enrolment (learner_id, course_id, enrolled_at, completed_at, percent,
                                           credits_paid)
            SELECT learner_id, object_id, coalesce(min(occurred_at), now()),
                   CASE WHEN bool_or(verb = %(completed)s)
                        THEN coalesce(max(occurred_at) FILTER (WHERE verb = %(completed)s), now()) END,
                   CASE WHEN bool_or(verb = %(completed)s) THEN 100 ELSE 0 END, 0
            FROM staged_event
            WHERE kind = %(course)s AND verb IN (%(enrolled)s, %(completed)s)
            GROUP BY learner_id, object_id
            ON CONFLICT DO NOTHING
            """,
            {
                "completed": int(Verb.COMPLETED),
                "enrolled": int(Verb.ENROLLED),
                "course": int(Kind.COURSE),
            },
        )
        self.report.enrolments_new = cursor.rowcount
        if self.report.enrolments_new:
            cursor.execute(
                """
                UPDATE courses_course course SET learner_count = counted.learners
                FROM (
                    SELECT course_id, count(*) AS learners FROM courses_enrolment
                    WHERE left_at IS NULL
                      AND course_id IN (SELECT DISTINCT object_id FROM staged_event WHERE kind = %s)
                    GROUP BY course_id
                ) counted
                WHERE course.id = counted.course_id
                """,
                [int(Kind.COURSE)],
            )
        self.step("writing", 1, 1)


def _learner_cells(row: LearnerRow) -> tuple:
    gender = GENDERS.get(row.gender.strip().lower(), "")
    return (
        row.learner_id, str(gender), row.birth_year, row.country[:60], row.education[:60],
        [history_items.free_slug(topic, (), max_length=100, fallback="other") for topic in row.interests],
    )  # fmt: skip


def _context(moment: tuple) -> str:
    """What is known of the moment, as JSON escaped for COPY."""
    known = zip(OPTIONAL_COLUMNS["events.csv.gz"], moment, strict=True)
    text = json.dumps({name: value for name, value in known if value not in ("", -1)}, ensure_ascii=False)
    return text.replace("\\", r"\\")


def _count_rows(path: Path) -> int:
    """Lines of a compressed file without its header; 0 where it can't be read, which its reader reports."""
    try:
        with gzip.open(path, "rb") as file:
            return max(sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b"")) - 1, 0)
    except (OSError, EOFError):
        return 0
