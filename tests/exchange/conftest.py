import gzip

import pytest

from course_sources import OLX, tar_of, write_files
from exchange.course_import import import_course
from quizzes.models import Quiz

ITEMS = "item_id,kind,title,description,topics,level,language,provider,instructors"
LEARNERS = "learner_id,gender,birth_year,country,education"
EVENTS = "learner_id,item_id,verb,occurred_at,sequence,value"


@pytest.fixture
def bundle(tmp_path):
    """Writes a history bundle from lines of its three files; returns its folder."""

    def write(*, items=(), learners=(), events=(), name="harbour", items_header=None):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for file, header, lines in (
            ("items", f"{ITEMS},{items_header}" if items_header else ITEMS, items),
            ("learners", LEARNERS, learners),
            ("events", EVENTS, events),
        ):
            text = "\n".join([header, *lines]) + "\n"
            (folder / f"{file}.csv.gz").write_bytes(gzip.compress(text.encode()))
        return folder

    return write


@pytest.fixture
def small(bundle):
    """Two learners, one item of each kind, events with and without a time."""

    def write(**changes):
        parts = {
            "items": [
                "c1,course,Knots,Tie them,sailing|rope work,beginner,English,Harbour,Ada Rope|Ben Reef",
                "c2,course,,,,,zh,,",
                "l1,lesson,The bowline,Make a loop.,sailing,,en,,",
                "q1,quiz,Knots quiz,,sailing,,en,,",
                "x1,question,,,rope work,,,,",
            ],
            "learners": ["ada,2,1990,Ireland,degree", "ben,M,,,"],
            "events": [
                "ada,c1,viewed,2024-05-01T09:00:00+00:00,0,",
                "ada,c1,enrolled,2024-05-01T09:05:00+00:00,1,",
                "ada,l1,viewed,2024-05-01T09:06:00+00:00,2,",
                "ada,x1,answered,2024-05-01T09:20:00+00:00,3,1",
                "ada,q1,passed,2024-05-01T09:21:00+00:00,4,0.8",
                "ada,c1,completed,2024-05-02T09:00:00+00:00,5,",
                "ada,c1,rated,2024-05-02T09:01:00+00:00,6,4",
                "ben,c2,enrolled,,1,",
                "ben,c1,enrolled,,0,",
            ],
        }
        return bundle(**{**parts, **changes})

    return write


@pytest.fixture
def media_root(settings, tmp_path):
    """Files of one test, so that a test can say which there are."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def rich(tmp_path):
    """A course with everything that an archive holds."""
    course, _, _ = import_course(
        path=tar_of(write_files(tmp_path / "olx", OLX), tmp_path / "c.tar.gz"), publish=True
    )
    first, second = course.lessons.in_order()[:2]
    second.prerequisites.add(first)
    cohort = course.cohorts.create(name="Spring", starts_at="2024-03-01T08:00:00.123456Z")
    quiz = Quiz.objects.order_by("pk").last()
    quiz.grade_bands = [{"from": 80, "text": "Well done."}]
    quiz.save()
    quiz.due_dates.create(due_at="2024-05-01T21:59:59.999999Z")
    quiz.due_dates.create(cohort=cohort, days_after_start=14)
    quiz.slots.create(position=99, draw_bank=quiz.slots.first().question.bank, max_mark=2)
    return course
