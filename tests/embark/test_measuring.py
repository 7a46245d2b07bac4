"""The measurements run at a tiny size, on servers of their own, and print their tables."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

# One folder for all: the first command fills it, and the others find its data.
SIZE = ["--courses", "12", "--learners", "40", "--events", "400"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("measuring")


def run(folder, *arguments):
    """(standard output, what was written as JSON) of a command that must end well."""
    numbers = folder / "numbers.json"
    numbers.parent.mkdir(exist_ok=True)
    ended = subprocess.run(
        [
            *(sys.executable, "manage.py", *arguments),
            *("--folder", str(folder / "var"), "--json", str(numbers)),
        ],
        cwd=settings.BASE_DIR,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    return ended.stdout, json.loads(numbers.read_text())


def test_bench_measures_rails_grading_and_the_engine(folder):
    parts = ["--only", "suggestions", "grading", "engine", "--items", "60", "--requests", "10"]
    out, numbers = run(folder, "bench", *SIZE, *parts)
    assert "rail in a lesson page, p95" in out
    assert 1 <= numbers["suggestions"]["statements"] <= 5
    assert numbers["grading"]["a second"] > 0
    assert numbers["engine"][0]["items"] == 60
    assert numbers["machine"]["cores"] == os.cpu_count()


def test_bench_measures_each_page_of_the_admin(folder):
    out, numbers = run(folder, "bench", *SIZE, "--only", "admin", "--requests", "1")
    assert "courses.comment, searched" in out
    pages = {page["page"]: page for page in numbers["admin"]}
    assert pages["quizzes.attempt"]["statements"] >= 3
    assert pages["dashboard, 365 days, counted now"]["statements"] > 15
    assert {"gradebook of the largest course", "embark.change, one", "accounts.user, searched"} <= set(pages)


def test_load_loses_no_answer(folder):
    quiz = ["--takers", "3", "--ramp", "1", "--seconds", "3", "--every", "0.5", "--workers", "1"]
    out, numbers = run(folder, "load", *SIZE, *quiz, "--rate", "3")
    assert "lost or wrong answers" in out
    assert numbers["quiz"]["requests"]["save"] >= 3
    assert numbers["quiz"]["requests"]["submit"] == 3
    assert numbers["quiz"]["errors"] == numbers["quiz"]["lost or wrong"] == []
    assert numbers["pages"][0]["errors"] == []


def test_faults_lose_nothing(folder):
    faults = ["kill -9 of a web worker", "kill -9 of Valkey in training", "50 parallel submits"]
    out, numbers = run(folder, "faults", "--learners", "2", "--only", *faults)
    assert out.count("nothing lost") == 3
    assert [row["lost or wrong"] for row in numbers["faults"]] == [[], [], []]
    assert "checked" in numbers["faults"][0]["happened"]
    assert "1 sound version" in numbers["faults"][1]["happened"]


@pytest.mark.browser
def test_a_lesson_page_is_as_light_as_promised(folder):
    out, numbers = run(folder / "weight", "weigh", "--runs", "1", "--learners", "20")
    assert out.splitlines()[-4].startswith("promised of a lesson")
    lesson = numbers["pages"]["lesson"]
    assert 50 < lesson["kB"] <= 150
    assert 10 < lesson["scripts kB"] <= 40
    assert lesson["shift"] <= 0.02
    assert lesson["paint s"] > 0
    assert set(numbers["pages"]) >= {"home", "catalogue", "course", "quiz attempt", "result"}
