import csv
import gzip

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from activity.models import Event, Kind, Verb
from courses.models import Course, Enrolment, Lesson, Topic
from exchange.history_export import export_history
from exchange.history_import import HistoryRefused, import_history
from quizzes.models import Question, Quiz

pytestmark = pytest.mark.django_db
# An export sets the isolation of its transaction, which has to be its own.
commits = pytest.mark.django_db(transaction=True)


def counts():
    """Rows of every table that an import writes to."""
    models = (User, Course, Lesson, Quiz, Question, Topic, Event, Enrolment)
    return {model.__name__: model.objects.count() for model in models}


def rows(folder, name):
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_bundle_becomes_items_learners_events_and_enrolments(small):
    report = import_history(folder=small(), bundle="harbour")

    assert (report.items, report.learners, report.events) == (5, 2, 9)
    course = Course.objects.get(external_id="harbour:c1")
    assert (course.title, course.level, course.language, course.status) == (
        "Knots",
        "beginner",
        "en",
        "published",
    )
    assert course.instructors == ["Ada Rope", "Ben Reef"]
    assert sorted(course.topics.values_list("name", flat=True)) == ["rope work", "sailing"]
    assert Lesson.objects.get(external_id="harbour:l1").blocks.get().source == "Make a loop."
    assert Quiz.objects.get(external_id="harbour:q1").status == "draft"
    assert [skill.name for skill in Question.objects.get(name="x1").skills.all()] == ["rope work"]
    ada = User.objects.get(external_id="harbour:ada")
    assert (ada.profile.gender, ada.profile.birth_year, ada.profile.country) == ("female", 1990, "Ireland")
    event = Event.objects.get(learner_id=ada.pk, verb=Verb.RATED)
    assert (event.kind, event.object_id, event.value, event.bundle) == (Kind.COURSE, course.pk, 4, "harbour")


def test_a_course_without_a_title_is_called_by_its_id(small):
    import_history(folder=small(), bundle="harbour")
    assert Course.objects.get(external_id="harbour:c2").title == "c2"


def test_an_imported_learner_can_not_sign_in(small, client):
    import_history(folder=small(), bundle="harbour")
    ada = User.objects.get(external_id="harbour:ada")
    assert ada.is_imported
    assert ada.email is None
    assert not ada.has_usable_password()


def test_enrolments_follow_the_events(small):
    import_history(folder=small(), bundle="harbour")
    course = Course.objects.get(external_id="harbour:c1")
    done = Enrolment.objects.get(course=course, learner__external_id="harbour:ada")
    going = Enrolment.objects.get(course=course, learner__external_id="harbour:ben")
    assert done.enrolled_at.isoformat() == "2024-05-01T09:05:00+00:00"
    assert (done.completed_at.isoformat(), done.percent) == ("2024-05-02T09:00:00+00:00", 100)
    assert (going.completed_at, going.percent) == (None, 0)
    assert course.learner_count == 2


def test_order_without_times_is_the_sequence(small):
    import_history(folder=small(), bundle="harbour")
    ben = User.objects.get(external_id="harbour:ben")
    events = Event.objects.filter(learner_id=ben.pk).order_by("recorded_at", "id")
    assert [event.sequence for event in events] == [0, 1]
    assert all(event.occurred_at is None and event.recorded_at is not None for event in events)


def test_events_lie_in_the_partition_of_their_month(small):
    import_history(folder=small(), bundle="harbour")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM activity_event_default")
        assert cursor.fetchone() == (0,)


def test_a_second_run_changes_nothing(small):
    folder = small()
    import_history(folder=folder, bundle="harbour")
    before = counts()
    again = import_history(folder=folder, bundle="harbour")
    assert counts() == before
    assert (again.items_new, again.learners_new, again.events_new, again.enrolments_new) == (0, 0, 0, 0)
    assert (again.items, again.learners, again.events) == (5, 2, 9)


def test_a_longer_bundle_brings_only_what_is_new(small):
    import_history(folder=small(events=["ada,c1,viewed,,0,"]), bundle="harbour")
    # The same event once more is new: it happened twice.
    longer = ["ada,c1,viewed,,0,", "ada,c1,viewed,,0,", "ben,c1,viewed,,0,"]
    report = import_history(folder=small(events=longer), bundle="harbour")
    assert (report.events, report.events_new) == (3, 2)
    assert Event.objects.count() == 3


def test_bundles_of_other_names_stay_apart(small):
    import_history(folder=small(), bundle="harbour")
    import_history(folder=small(), bundle="river")
    assert User.objects.filter(is_imported=True).count() == 4
    assert Event.objects.filter(bundle="river").count() == 9


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("eve,c1,viewed,,0,", "learner_id 'eve' is not in learners.csv.gz"),
        ("ada,c9,viewed,,0,", "item_id 'c9' is not in items.csv.gz"),
        ("ada,c1,liked,,0,", "verb 'liked' is none of"),
        ("ada,c1,viewed,yesterday,0,", "occurred_at 'yesterday'"),
        ("ada,c1,rated,,0,9", "value '9' of a rated event"),
        ("ada,c1,viewed,,first,", "sequence 'first' is not a whole number"),
        ("ada,c1,viewed,,99999999999,", "sequence 99999999999 is out of range"),
        ("ada,c1,viewed", "3 cells where the header has 6"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_imported(small, event, reason):
    before = counts()
    with pytest.raises(HistoryRefused) as refused:
        import_history(folder=small(events=["ada,c1,viewed,,0,", event]), bundle="harbour")
    assert f"events.csv.gz, line 3: {reason}" in str(refused.value)
    assert counts() == before


def test_bad_rows_can_be_left_out(small):
    folder = small(events=["ada,c1,viewed,,0,", "eve,c1,viewed,,0,", "ada,c2,viewed,,1,"])
    report = import_history(folder=folder, bundle="harbour", skip_bad_rows=True)
    assert report.events_new == Event.objects.count() == 2
    assert report.bad_rows == ["events.csv.gz, line 3: learner_id 'eve' is not in learners.csv.gz"]


def test_a_bad_learner_takes_its_events_along(small):
    folder = small(learners=["ada,2,190,,", "ben,M,,,"])
    report = import_history(folder=folder, bundle="harbour", skip_bad_rows=True)
    assert report.learners == 1
    assert report.events == 2
    assert report.bad_rows[0] == "learners.csv.gz, line 2: birth_year '190' is not a year"


@pytest.mark.parametrize("broken", ["items", "learners", "events"])
def test_a_missing_or_damaged_file_is_refused(small, broken):
    folder = small()
    path = folder / f"{broken}.csv.gz"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(HistoryRefused, match=f"{broken}.csv.gz"):
        import_history(folder=folder, bundle="harbour")
    path.unlink()
    with pytest.raises(HistoryRefused, match="the file is missing"):
        import_history(folder=folder, bundle="harbour")
    assert not User.objects.exists()


@commits
def test_what_is_known_of_the_moment_comes_along(bundle, tmp_path):
    folder = bundle(items=["c1,course,Knots,,,,,,"], learners=["ada,,,,"])
    text = (
        "learner_id,item_id,verb,occurred_at,sequence,value,device,locale,placement,page_item,hour,weekday\n"
        'ada,c1,viewed,,0,,mobile,"d\\e",home,,7,\n'
    )
    (folder / "events.csv.gz").write_bytes(gzip.compress(text.encode()))
    import_history(folder=folder, bundle="harbour")
    assert Event.objects.get().context == {
        "device": "mobile",
        "locale": "d\\e",
        "placement": "home",
        "hour": 7,
    }
    export_history(folder=tmp_path / "out", bundle="harbour")
    (row,) = rows(tmp_path / "out", "events")
    assert (row["device"], row["locale"], row["hour"], row["weekday"]) == ("mobile", "d\\e", "7", "")


@pytest.mark.parametrize("name", ["", "a:b", "x" * 81])
def test_a_bundle_needs_a_plain_name(small, name):
    with pytest.raises(HistoryRefused, match="Give the bundle a name"):
        import_history(folder=small(), bundle=name)


@commits
def test_export_gives_back_what_came_in(small, tmp_path):
    folder = small()
    import_history(folder=folder, bundle="harbour")
    written = export_history(folder=tmp_path / "out", bundle="harbour")

    assert (written.items, written.learners, written.events) == (5, 2, 9)
    came, went = rows(folder, "events"), rows(tmp_path / "out", "events")
    for row in went:
        row["occurred_at"] = row["occurred_at"].replace(".000000", "")
    known = [{name: row[name] for name in came[0]} for row in went]
    assert sorted(known, key=str) == sorted(came, key=str)
    items = {row["item_id"]: row for row in rows(tmp_path / "out", "items")}
    assert items["c1"]["topics"] == "rope work|sailing"
    assert items["c1"]["instructors"] == "Ada Rope|Ben Reef"
    assert [items[key]["title"] for key in ("c1", "c2", "x1")] == ["Knots", "", ""]


@commits
def test_what_was_exported_can_be_imported_again(small, tmp_path):
    import_history(folder=small(), bundle="harbour")
    first = export_history(folder=tmp_path / "first", bundle="harbour")
    import_history(folder=tmp_path / "first", bundle="copy")
    second = export_history(folder=tmp_path / "second", bundle="copy")
    assert first == second
    for name in ("items", "learners", "events"):
        assert rows(tmp_path / "first", name) == rows(tmp_path / "second", name)


@commits
def test_export_of_the_site_names_nobody(small, tmp_path, learner):
    import_history(folder=small(), bundle="harbour")
    Event.objects.create(
        recorded_at="2024-06-01T10:00:00Z", occurred_at="2024-06-01T10:00:00Z", learner_id=learner.pk,
        verb=Verb.VIEWED, kind=Kind.COURSE, object_id=Course.objects.get(external_id="harbour:c1").pk,
    )  # fmt: skip
    learner.profile.birth_year = 1980
    learner.profile.save()
    export_history(folder=tmp_path / "out")

    text = "".join(gzip.decompress(path.read_bytes()).decode() for path in (tmp_path / "out").iterdir())
    assert learner.email not in text
    told = {row["learner_id"]: row["birth_year"] for row in rows(tmp_path / "out", "learners")}
    assert told[f"learner:{learner.pk}"] == "", "a year leaves with consent only"
    events = rows(tmp_path / "out", "events")
    assert len(events) == 10
    assert {row["sequence"] for row in events if row["learner_id"] == f"learner:{learner.pk}"} == {"0"}


@commits
def test_export_of_an_unknown_bundle_is_refused(tmp_path):
    with pytest.raises(HistoryRefused, match="No history of the name “sea”"):
        export_history(folder=tmp_path / "out", bundle="sea")


@commits
def test_the_commands_say_what_they_did(small, tmp_path, capsys):
    folder = small()
    call_command("import_history", str(folder), verbosity=0)
    assert (
        "5 items (5 new), 2 learners (2 new), 9 events (9 new), 3 new enrolments" in capsys.readouterr().out
    )
    call_command("export_history", str(tmp_path / "out"), bundle="harbour")
    assert "5 items, 2 learners, 9 events" in capsys.readouterr().out
    with pytest.raises(CommandError, match="There is no file or folder"):
        call_command("import_history", str(tmp_path / "nowhere"))


@commits
def test_prerequisites_of_courses_come_in_and_go_out(bundle, tmp_path):
    folder = bundle(
        items=["c1,course,Knots,,,,,,,", "c2,course,Splices,,,,,,,c1|l1", "l1,lesson,Bowline,,,,,,,c1"],
        learners=["ada,,,,", "ben,,,,"],
        events=["ada,c1,enrolled,,0,"],
        items_header="prerequisites",
    )
    import_history(folder=folder, bundle="harbour")
    knots = Course.objects.get(external_id="harbour:c1")
    assert list(Course.objects.get(external_id="harbour:c2").prerequisites.all()) == [knots]
    export_history(folder=tmp_path / "out", bundle="harbour")
    told = {row["item_id"]: row["prerequisites"] for row in rows(tmp_path / "out", "items")}
    assert told == {"c1": "", "c2": "c1", "l1": ""}
    # what an editor changed since stays, and a course that is new may wait for one that was there
    Course.objects.get(external_id="harbour:c2").prerequisites.clear()
    folder = bundle(
        items=["c1,course,Knots,,,,,,,", "c2,course,Splices,,,,,,,c1", "c3,course,Nets,,,,,,,c2"],
        learners=["ada,,,,", "ben,,,,"],
        events=["ada,c1,enrolled,,0,"],
        items_header="prerequisites",
    )
    import_history(folder=folder, bundle="harbour")
    assert not Course.objects.get(external_id="harbour:c2").prerequisites.exists()
    assert Course.objects.get(external_id="harbour:c3").prerequisites.get().external_id == "harbour:c2"
