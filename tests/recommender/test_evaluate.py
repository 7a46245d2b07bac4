import csv
import gzip
import json
import sys
from html.parser import HTMLParser
from io import StringIO
from types import SimpleNamespace

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from activity.events import record
from courses import authoring, publishing
from recommender.zoo import base
from recommender.zoo.popularity import Popularity


@pytest.fixture
def bundle(worlds, tmp_path):
    rng = np.random.default_rng(0)
    events = [worlds.event_header]
    for learner in range(60):
        day = int(rng.integers(1, 20))
        for place, item in enumerate(rng.permutation(12)[: int(rng.integers(3, 8))]):
            events.append(
                [f"u{learner}", f"i{item}", "enrolled", f"2024-01-{day + place:02}T10:00:00+00:00", place, ""]
            )
    items = [worlds.item_header]
    items += [
        [f"i{n}", "course" if n % 3 else "quiz", f"Course {n}", "", f"t{n % 4}", *[""] * 4] for n in range(12)
    ]
    learners = [worlds.learner_header, *([f"u{n}", *[""] * 4] for n in range(60))]
    return worlds.write_bundle(tmp_path / "small", items=items, learners=learners, events=events)


def evaluate(*arguments, **options):
    out = StringIO()
    call_command("evaluate", *map(str, arguments), stdout=out, stderr=StringIO(), draws=50, **options)
    return out.getvalue()


class Outline(HTMLParser):
    """Counts what a page holds, and what it would fetch."""

    def __init__(self):
        super().__init__()
        self.tags, self.fetched = [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.fetched += [value for name, value in attributes if name in {"src", "href"}]


def test_leave_last_out_from_files_to_reports(bundle, tmp_path):
    printed = evaluate(
        bundle,
        models="popularity,markov,matrix_factorization",
        json_file=tmp_path / "figures.json",
        html_file=tmp_path / "report.html",
        ranks_folder=tmp_path / "ranks",
        k="5,10",
    )
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["protocol"] == "leave-last-out"
    assert figures["data"]["source"] == "small"
    assert figures["data"]["targets"] == 60
    assert figures["data"]["training_events"] + 60 == figures["data"]["events"]
    model = figures["models"]["markov"]
    assert model["ndcg@5_low"] <= model["ndcg@5"] <= model["ndcg@5_high"]
    for name in ("hr@10", "mrr", "recall@5", "coverage@5", "novelty@5", "diversity@5", "calibration@5"):
        assert isinstance(model[name], float)
    assert {"kind course", "kind quiz"} <= set(model["slices"])
    assert model["settings"]["train_window"] >= 1
    with gzip.open(tmp_path / "ranks" / "markov.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 60
    hits = np.mean([int(row["rank"]) <= 5 for row in rows])
    assert model["hr@5"] == pytest.approx(hits, abs=1e-6)
    assert printed.count("| markov |") == 2, "in the table and in the slices"
    page = Outline()
    page.feed((tmp_path / "report.html").read_text())
    assert page.tags.count("svg") >= 4
    assert "polyline" in page.tags, "a neural model has a learning curve"
    assert page.fetched == [], "the report needs nothing from elsewhere"


def test_global_time_asks_from_the_given_day_on(bundle, tmp_path):
    evaluate(
        bundle, protocol="global-time", at="2024-01-15", models="popularity", json_file=tmp_path / "f.json"
    )
    figures = json.loads((tmp_path / "f.json").read_text())
    with gzip.open(bundle / "events.csv.gz", "rt") as file:
        days = [row["occurred_at"][:10] for row in csv.DictReader(file)]
    assert figures["data"]["training_events"] == sum(day < "2024-01-15" for day in days)
    assert figures["data"]["targets"] == sum(day >= "2024-01-15" for day in days)


def test_learners_can_be_drawn(bundle, tmp_path):
    evaluate(bundle, models="popularity", learners=20, seed=5, json_file=tmp_path / "f.json")
    figures = json.loads((tmp_path / "f.json").read_text())
    assert figures["data"]["targets"] == 20
    assert figures["seed"] == 5


def test_a_model_joins_a_comparison_without_the_others_being_trained_again(bundle, tmp_path):
    options = {"results_folder": tmp_path / "results", "json_file": tmp_path / "f.json"}
    evaluate(bundle, models="popularity,matrix_factorization", **options)
    first = json.loads((tmp_path / "f.json").read_text())["models"]
    evaluate(bundle, models="matrix_factorization,markov", **options)
    second = json.loads((tmp_path / "f.json").read_text())["models"]
    same = ("train_seconds", "train_cpu_seconds", "ndcg@10", "coverage@10", "novelty@10", "curve", "settings")
    assert [first["matrix_factorization"][name] for name in same] == [
        second["matrix_factorization"][name] for name in same
    ]
    kept = {path.name.split("-")[0] for path in (tmp_path / "results").iterdir()}
    assert kept == {"popularity", "matrix_factorization", "markov"}
    evaluate(bundle, models="markov", learners=10, **options)
    assert len(list((tmp_path / "results").glob("markov-*"))) == 2, "other targets are another result"


REFUSED = {
    "no date": ({"protocol": "global-time"}, "needs --at"),
    "a date in words": ({"protocol": "global-time", "at": "summer"}, "is not an ISO date"),
    "a date outside": ({"protocol": "global-time", "at": "1999-01-01"}, "No event is before the split"),
    "an unknown model": ({"models": "magic"}, "There is no model 'magic'; choose from popularity"),
    "no model": ({"models": ","}, "names no model"),
    "list lengths in words": ({"k": "ten"}, "not a list of numbers"),
    "an empty list": ({"k": "0"}, "from 1 on"),
    "no learner": ({"learners": 0}, "from 1 on"),
}


@pytest.mark.parametrize(("options", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_can_not_be_done_is_said_in_one_sentence(bundle, options, reason):
    with pytest.raises(CommandError, match=reason):
        evaluate(bundle, **({"models": "popularity"} | options))


def test_a_bad_bundle_is_named_by_file_and_line(worlds, tmp_path):
    folder = worlds.write_bundle(tmp_path / "bad", events=[worlds.event_header])
    with pytest.raises(CommandError, match=r"events\.csv\.gz:1: no event"):
        evaluate(folder, models="popularity")


class Overflowing(Popularity):
    name = "overflowing"

    def predict(self, queries):
        return super().predict(queries) * np.float32(np.nan)


def test_a_model_that_fails_does_not_take_the_others_along(bundle, tmp_path, monkeypatch):
    monkeypatch.setitem(base.MEMBERS, "overflowing", (__name__, "Overflowing"))
    monkeypatch.setitem(
        sys.modules, __name__, sys.modules.get(__name__, SimpleNamespace(Overflowing=Overflowing))
    )
    evaluate(bundle, models="overflowing,popularity", json_file=tmp_path / "f.json")
    figures = json.loads((tmp_path / "f.json").read_text())
    assert list(figures["models"]) == ["popularity"]
    assert "not a number" in figures["failed"]["overflowing"]
    with pytest.raises(CommandError, match="No model could be judged"):
        evaluate(bundle, models="overflowing")


def test_the_sites_own_history_can_be_judged(db, tmp_path):
    courses = []
    for number in range(4):
        course = authoring.create_course(title=f"Course {number}", summary="", description="")
        section = authoring.add_section(course=course, title="One")
        authoring.add_lesson(section=section, title="First", blocks="Text.")
        courses.append(publishing.publish(course=course))
    for number in range(6):
        learner = User.objects.create_user(f"learner{number}@example.org", "correct horse battery")
        for course in courses[number % 2 : number % 2 + 3]:
            record(verb="viewed", kind="course", object_id=course.pk, learner=learner)
    evaluate("database", models="popularity,markov", json_file=tmp_path / "f.json")
    figures = json.loads((tmp_path / "f.json").read_text())
    assert figures["data"]["source"] == "database"
    assert figures["data"]["events"] == 18
    assert figures["data"]["targets"] == 6
