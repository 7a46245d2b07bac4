"""Small data sets that tests build on, and bundles written to disk: `worlds.dataset_of(...)` in a test."""

import csv
import gzip
from types import SimpleNamespace

import numpy as np
import pytest

from recommender.data.dataset import Dataset, Items, Learners
from recommender.data.vocabulary import KIND_CODE, VERB_CODE

ITEM_HEADER = [
    "item_id",
    "kind",
    "title",
    "description",
    "topics",
    "level",
    "language",
    "provider",
    "instructors",
]
LEARNER_HEADER = ["learner_id", "gender", "birth_year", "country", "education"]
EVENT_HEADER = ["learner_id", "item_id", "verb", "occurred_at", "sequence", "value"]


def write_table(path, rows):
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def write_bundle(folder, *, items=None, learners=None, events=None):
    """A bundle of three tables (header included) where the caller names only what matters to the test."""
    folder.mkdir(parents=True, exist_ok=True)
    default_items = [ITEM_HEADER, *([f"i{n}", "course", f"Course {n}", *[""] * 6] for n in range(4))]
    default_learners = [LEARNER_HEADER, *([f"u{n}", *[""] * 4] for n in range(3))]
    default_events = [EVENT_HEADER]
    default_events += [
        [f"u{u}", f"i{(u + n) % 4}", "enrolled", "", n, ""] for u in range(3) for n in range(3)
    ]
    write_table(folder / "items.csv.gz", items or default_items)
    write_table(folder / "learners.csv.gz", learners or default_learners)
    write_table(folder / "events.csv.gz", events or default_events)
    return folder


def dataset_of(histories, *, n_items, times=None, verbs=None, topics=None):
    """A data set from lists of item rows, one list a learner; times and verbs likewise where they matter."""
    learner = [row for row, history in enumerate(histories) for _ in history]
    item = [i for history in histories for i in history]
    verb = [v for one in verbs for v in one] if verbs else ["enrolled"] * len(item)
    return Dataset.build(
        Items(ids=[f"course:{n}" for n in range(n_items)], kind=np.zeros(n_items), topics=topics),
        Learners(ids=[str(n) for n in range(len(histories))]),
        learner=np.array(learner, int),
        item=np.array(item, int),
        verb=[VERB_CODE[name] for name in verb],
        time=[t for one in times for t in one] if times else None,
    )


def random_world(seed=0, *, n_learners=120, n_items=30, timed=False, longest=12):
    """Learners who mostly move on to the next item on a ring, from places that differ in popularity."""
    rng = np.random.default_rng(seed)
    histories, times = [], []
    for _ in range(n_learners):
        length = int(rng.integers(2, longest))
        start = int(rng.integers(n_items) * rng.random())
        steps = np.where(rng.random(length) < 0.8, 1, rng.integers(1, n_items, length))
        histories.append(list((start + np.cumsum(steps)) % n_items))
        times.append(list(np.sort(rng.integers(0, 1000, length)).astype(float)))
    return dataset_of(histories, n_items=n_items, times=times if timed else None)


@pytest.fixture(scope="session")
def worlds():
    return SimpleNamespace(
        write_bundle=write_bundle,
        write_table=write_table,
        dataset_of=dataset_of,
        random_world=random_world,
        topical_world=topical_world,
        small_training=SMALL_TRAINING,
        item_header=ITEM_HEADER,
        learner_header=LEARNER_HEADER,
        event_header=EVENT_HEADER,
    )


KINDS_OF_WORLD = ("course", "lesson", "quiz")
TOPICS_OF_WORLD = ("python", "history", "music", "algebra")


def topical_world(seed=0, *, n_learners=260, n_items=48, n_events=9):
    """Learners who keep to a favourite topic, over items of four topics and three kinds, with times."""
    rng = np.random.default_rng(seed)
    topics = [TOPICS_OF_WORLD[row % 4] for row in range(n_items)]
    kinds = [KINDS_OF_WORLD[row % 3] for row in range(n_items)]
    items = Items(
        ids=[f"{kind}:{row}" for row, kind in enumerate(kinds)],
        kind=np.array([KIND_CODE[kind] for kind in kinds]),
        title=[f"{topic} part {row}" for row, topic in enumerate(topics)],
        topics=[(topic,) for topic in topics],
        level=["beginner" if row % 2 else "advanced" for row in range(n_items)],
        provider=[f"provider {row % 5}" for row in range(n_items)],
        published_at=np.zeros(n_items),
    )
    favourite = rng.integers(4, size=n_learners)
    learner, item, verb, time = [], [], [], []
    for row in range(n_learners):
        same = np.flatnonzero(np.arange(n_items) % 4 == favourite[row])
        other = np.flatnonzero(np.arange(n_items) % 4 != favourite[row])
        chosen = [rng.choice(same if rng.random() < 0.85 else other) for _ in range(n_events)]
        moment = 1.7e9 + rng.random() * 90 * 86_400
        for one in dict.fromkeys(int(c) for c in chosen):
            moment += rng.exponential(20_000)
            learner += [row, row]
            item += [one, one]
            verb += [VERB_CODE["viewed"], VERB_CODE[{0: "enrolled", 1: "completed", 2: "passed"}[one % 3]]]
            time += [moment, moment + 300]
    learners = Learners(
        ids=[f"u{row}" for row in range(n_learners)],
        interests=[(TOPICS_OF_WORLD[favourite[row]],) if row % 2 else () for row in range(n_learners)],
    )
    return Dataset.build(
        items, learners, learner=np.array(learner), item=np.array(item), verb=verb, time=np.array(time)
    )


SMALL_TRAINING = {"width": 16, "hidden": 24, "text_width": 8, "text_buckets": 512, "min_steps": 80,
                  "ranker_batch": 64, "ranker_epochs": 4, "threads": 1}  # fmt: skip


@pytest.fixture(scope="session")
def topical():
    return topical_world()


@pytest.fixture(scope="session")
def trained(tmp_path_factory, topical):
    """A models' root with one version, trained once for all tests: `root`, `version`, `path`, `summary`."""
    from recommender.training.config import Config
    from recommender.training.pipeline import train

    root = tmp_path_factory.mktemp("models")
    summary = train(topical, config=Config(**SMALL_TRAINING), directory=root)
    return SimpleNamespace(root=root, version=summary.version, path=summary.directory, summary=summary)
