"""The engine alone, without page and database: milliseconds a suggestion at several catalogue sizes."""

import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from embark.measuring.report import percentiles
from recommender.training import unlearned

LENGTHS = [0, 3, 6, 11, 21, 50]
SHARES = [0.05, 0.2, 0.25, 0.25, 0.15, 0.1]
WARM_UP = 20


def measure(*, items, requests):
    """Make a version of `items` items and ask it `requests` times in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        name = unlearned.make(folder, unlearned.synthetic_items(items))
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            return pool.submit(ask, f"{folder}/versions/{name}", requests).result()


def ask(path, requests):
    """Time a version in this process, for learners with 0 to 50 events."""
    from recommender.serving.catalogue import Catalogue, CatalogueItem
    from recommender.serving.engine import Engine
    from recommender.serving.request import Context, Event, Profile, Request

    began = time.perf_counter()
    engine = Engine.open(path)
    opened = time.perf_counter() - began
    keys = engine.items.keys
    catalogue = Catalogue.of(
        CatalogueItem(
            key, key.partition(":")[0], topics=(f"topic {row % 60}",), provider=f"provider {row % 200}"
        )
        for row, key in enumerate(keys)
    )
    rng, now, wall, processor = np.random.default_rng(1), 1.76e9, [], []
    for number in range(requests + WARM_UP):
        rows = rng.integers(len(keys), size=int(rng.choice(LENGTHS, p=SHARES)))
        events = tuple(Event(keys[row], "enrolled", now - 1e6 + n) for n, row in enumerate(rows))
        context = Context("lesson", keys[int(rng.integers(len(keys)))], now, 20, 3, "desktop", "en")
        request = Request(events, Profile(interests=("topic 7",)), context)
        start, used = time.perf_counter(), time.thread_time()
        engine.suggest(request, catalogue)
        if number >= WARM_UP:  # the first ones pay for the binding and for cold pages
            wall.append(1_000 * (time.perf_counter() - start))
            processor.append(1_000 * (time.thread_time() - used))
    p50, p95 = percentiles(wall, 50, 95)
    used50, used95 = percentiles(processor, 50, 95)
    return {
        "items": len(keys), "opened in s": round(opened, 2), "p50 ms": p50, "p95 ms": p95,
        "processor p50 ms": used50, "processor p95 ms": used95,
    }  # fmt: skip
