import gzip
import math

import numpy as np
import pytest

from recommender.data.bundles import BundleError, read_bundle
from recommender.data.vocabulary import DEVICES, PLACEMENTS


def event(learner="u0", item="i0", verb="enrolled", occurred_at="", sequence="0", value=""):
    return [learner, item, verb, occurred_at, sequence, value]


def test_everything_in_a_bundle_arrives_in_the_data_set(worlds, tmp_path):
    items = [
        [*worlds.item_header, "duration_minutes", "published_at"],
        [
            "a",
            "course",
            "Algebra",
            "Groups",
            "maths|logic",
            "beginner",
            "en",
            "ETH",
            "Noether|Artin",
            "90",
            "",
        ],
        ["b", "quiz", "代数", "", "", "", "zh", "", "", "", "2024-01-01T00:00:00+00:00"],
    ]
    learners = [
        [*worlds.learner_header, "interests"],
        ["u", "2", "1990", "CH", "msc", "maths|art"],
        ["v"] + [""] * 5,
    ]
    events = [
        worlds.event_header,
        event("u", "b", "answered", "", "2", "1"),
        event("u", "a", "viewed", "", "1"),
    ]
    dataset = read_bundle(worlds.write_bundle(tmp_path, items=items, learners=learners, events=events))
    assert dataset.items.title == ["Algebra", "代数"]
    assert dataset.items.topics == [("maths", "logic"), ()]
    assert dataset.items.instructors[0] == ("Noether", "Artin")
    assert dataset.items.minutes[0] == 90
    assert math.isnan(dataset.items.minutes[1])
    assert dataset.items.published_at[1] == 1704067200
    assert dataset.items.kind.tolist() == [0, 2]
    assert dataset.learners.birth_year[0] == 1990
    assert math.isnan(dataset.learners.birth_year[1])
    assert dataset.learners.interests == [("maths", "art"), ()]
    history = dataset.history(0)
    assert history.items.tolist() == [0, 1], "sequence orders events of unknown time"
    assert math.isnan(history.values[0])
    assert history.values[1] == 1
    assert dataset.lengths.tolist() == [2, 0], "a learner without events keeps a row"


def test_events_are_ordered_by_time_then_sequence(worlds, tmp_path):
    events = [
        worlds.event_header,
        event(item="i0", occurred_at="2024-03-01T10:00:00+02:00", sequence="0"),
        event(item="i1", occurred_at="2024-03-01T07:00:00+00:00", sequence="9"),
        event(item="i2", occurred_at="2024-03-01T08:00:00+00:00", sequence="1"),
    ]
    dataset = read_bundle(worlds.write_bundle(tmp_path, events=events))
    assert dataset.history(0).items.tolist() == [1, 0, 2]


def test_the_moment_of_events_is_kept_where_a_bundle_tells_it(worlds, tmp_path):
    events = [
        [*worlds.event_header, "device", "locale", "placement", "page_item", "hour", "weekday"],
        [*event(sequence="1"), "mobile", "de", "lesson", "i3", "23", "6"],
        [*event(item="i1", sequence="0"), *[""] * 6],
    ]
    dataset = read_bundle(worlds.write_bundle(tmp_path, events=events))
    assert dataset.history(0).items.tolist() == [1, 0]
    assert dataset.context.hour.tolist() == [-1, 23]
    assert dataset.context.weekday.tolist() == [-1, 6]
    assert dataset.context.device.tolist() == [-1, DEVICES.index("mobile")]
    assert dataset.context.placement.tolist() == [-1, PLACEMENTS.index("lesson")]
    assert dataset.context.item.tolist() == [-1, 3]
    assert dataset.locales == ("de",)


BAD_EVENTS = {
    "unknown learner": (event(learner="nobody"), "learner_id 'nobody' is not in learners.csv.gz"),
    "unknown item": (event(item="i99"), "item_id 'i99' is not in items.csv.gz"),
    "unknown verb": (event(verb="liked"), "verb 'liked' is none of"),
    "time in words": (event(occurred_at="yesterday"), "is not ISO 8601"),
    "date alone": (event(occurred_at="2024-05-01"), "is not ISO 8601"),
    "mixed offsets": (event(occurred_at="2024-05-01T09:00:00"), "without an offset, unlike earlier rows"),
    "sequence": (event(sequence="first"), "sequence 'first' is not a whole number"),
    "value": (event(verb="rated", value="good"), "value 'good' is not a number"),
    "rating": (event(verb="rated", value="7"), "not between 1 and 5"),
    "cells": (["u0", "i0"], "2 cells where the header has 6"),
}


@pytest.mark.parametrize(("row", "reason"), BAD_EVENTS.values(), ids=BAD_EVENTS.keys())
def test_a_bad_event_is_named_by_file_line_and_reason(worlds, tmp_path, row, reason):
    good = event(occurred_at="2024-05-01T08:00:00+00:00")
    folder = worlds.write_bundle(tmp_path, events=[worlds.event_header, good, row])
    with pytest.raises(BundleError) as caught:
        read_bundle(folder)
    assert caught.value.line == 3
    assert str(caught.value).startswith(f"{folder / 'events.csv.gz'}:3: ")
    assert reason in caught.value.reason


def test_bad_rows_can_be_collected_and_skipped(worlds, tmp_path):
    rows = [worlds.event_header, event(), event(verb="liked"), event(item="i1"), event(learner="nobody")]
    problems = []
    dataset = read_bundle(worlds.write_bundle(tmp_path, events=rows), on_bad_row=problems.append)
    assert dataset.n_events == 2
    assert [problem.line for problem in problems] == [3, 5]


def test_a_quoted_line_break_does_not_shift_line_numbers(worlds, tmp_path):
    items = [worlds.item_header, ["i0", "course", "two\nlines", *[""] * 6], ["i0", "course", *[""] * 7]]
    with pytest.raises(BundleError, match=r"items.csv.gz:4: item_id 'i0' is already on line 2"):
        read_bundle(worlds.write_bundle(tmp_path, items=items))


def test_duplicate_learners_are_refused(worlds, tmp_path):
    learners = [worlds.learner_header, ["u0", *[""] * 4], ["u0", *[""] * 4]]
    with pytest.raises(BundleError, match=r"learners.csv.gz:3: learner_id 'u0' is already on line 2"):
        read_bundle(worlds.write_bundle(tmp_path, learners=learners))


def test_an_unknown_kind_is_refused(worlds, tmp_path):
    with pytest.raises(BundleError, match=r"items.csv.gz:2: kind 'film' is none of course"):
        read_bundle(worlds.write_bundle(tmp_path, items=[worlds.item_header, ["i0", "film", *[""] * 7]]))


@pytest.mark.parametrize("name", ["items.csv.gz", "learners.csv.gz", "events.csv.gz"])
def test_a_missing_file_is_named(worlds, tmp_path, name):
    worlds.write_bundle(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(BundleError, match=f"{name}:1: the file is missing"):
        read_bundle(tmp_path)


@pytest.mark.parametrize("name", ["items.csv.gz", "learners.csv.gz", "events.csv.gz"])
@pytest.mark.parametrize("header", [["learner", "course"], [], ["item_id", "kind", "colour"]])
def test_a_wrong_header_is_shown_beside_the_right_one(worlds, tmp_path, name, header):
    worlds.write_bundle(tmp_path)
    worlds.write_table(tmp_path / name, [header])
    with pytest.raises(BundleError, match=f"{name}:1: the header is .*; it must be "):
        read_bundle(tmp_path)


def test_a_file_that_is_not_gzip_is_refused(worlds, tmp_path):
    worlds.write_bundle(tmp_path)
    (tmp_path / "items.csv.gz").write_text("item_id,kind\n")
    with pytest.raises(BundleError, match=r"items\.csv\.gz:1: not a complete gzip file"):
        read_bundle(tmp_path)


def test_a_truncated_file_is_refused(worlds, tmp_path):
    worlds.write_bundle(tmp_path)
    whole = (tmp_path / "events.csv.gz").read_bytes()
    (tmp_path / "events.csv.gz").write_bytes(whole[:-12])
    with pytest.raises(BundleError, match="not a complete gzip file"):
        read_bundle(tmp_path)


def test_no_event_is_nothing_to_learn_from(worlds, tmp_path):
    with pytest.raises(BundleError, match=r"events\.csv\.gz:1: no event follows the header"):
        read_bundle(worlds.write_bundle(tmp_path, events=[worlds.event_header]))


def test_one_learner_is_not_enough(worlds, tmp_path):
    learners = [worlds.learner_header, ["u0", *[""] * 4]]
    with pytest.raises(BundleError, match=r"learners\.csv\.gz:2: only one learner"):
        read_bundle(worlds.write_bundle(tmp_path, learners=learners, events=[worlds.event_header, event()]))


def test_text_that_is_not_utf_8_is_refused(worlds, tmp_path):
    worlds.write_bundle(tmp_path)
    header = ",".join(worlds.item_header).encode()
    (tmp_path / "items.csv.gz").write_bytes(gzip.compress(header + b"\ni0,course,Alg\xe8bre,,,,,,\n"))
    with pytest.raises(BundleError, match="not UTF-8"):
        read_bundle(tmp_path)


def test_times_without_an_offset_are_utc(worlds, tmp_path):
    events = [worlds.event_header, event(occurred_at="1970-01-01T01:00:00"), event(item="i1", sequence="1")]
    dataset = read_bundle(worlds.write_bundle(tmp_path, events=events))
    assert np.isnan(dataset.time[0]), "unknown times come first"
    assert dataset.time[1] == 3600


def with_prerequisites(worlds, folder, *cells):
    header = [*worlds.item_header, "prerequisites"]
    items = [header, *([f"i{n}", "course", *[""] * 7, cell] for n, cell in enumerate(cells))]
    return worlds.write_bundle(folder, items=items)


def test_prerequisites_arrive_in_the_data_set(worlds, tmp_path):
    dataset = read_bundle(with_prerequisites(worlds, tmp_path, "i1|i2", "i3", "", ""))
    assert dataset.items.prerequisites == [("i1", "i2"), ("i3",), (), ()]
    assert read_bundle(worlds.write_bundle(tmp_path)).items.prerequisites == [()] * 4


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (("", "", "i9", ""), "items.csv.gz:4: prerequisite 'i9' of 'i2' is no item of this file"),
        (("i0", "", "", ""), "items.csv.gz:2: the prerequisites lead in a circle: i0 needs i0"),
        (("", "i3", "i1", "i2"), "items.csv.gz:3: the prerequisites lead in a circle: i1 needs i3 needs i2"),
    ],
)
def test_prerequisites_that_can_not_be_met_are_named_by_line(worlds, tmp_path, cells, reason):
    folder = with_prerequisites(worlds, tmp_path, *cells)
    with pytest.raises(BundleError, match=reason):
        read_bundle(folder)
    skipped = []
    assert read_bundle(folder, on_bad_row=skipped.append).n_items == 4
    assert len(skipped) == 1
