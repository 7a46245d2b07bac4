"""Time and memory of one suggestion, without the page around it: `python tests/load/bench_suggestions.py`.

For each catalogue size a version with random weights is made (its arrays are as dense as those of a trained
one), opened in a fresh process, and asked for learners with 0 to 50 events. Prints milliseconds a learner by
wall clock and by processor time, and the process's resident memory.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

N_HISTORIES = 50_000
NEIGHBOURS = 200
LIMITS = {10_000: 8.0, 100_000: 15.0}  # milliseconds at the 95th percentile
KINDS = ("course", "lesson", "quiz")


def make_version(root: Path, n_items: int) -> str:
    """Write a version of the default shape with random weights, and return its id."""
    import torch

    from recommender import artifacts
    from recommender.data.dataset import Dataset, Items, Learners
    from recommender.serving.candidates import Blend
    from recommender.serving.encoding import Encoder
    from recommender.serving.ranking import ItemTable
    from recommender.serving.sources import Linear, Popular, Rows, SecondOrder, UserNeighbours
    from recommender.towers.multi_tower import MultiTower
    from recommender.towers.ranking import HEADS, Ranker
    from recommender.training import export
    from recommender.training.config import Config
    from recommender.training.fitting import Fitted
    from recommender.training.loop import Towers
    from recommender.training.ranker import Scene

    rng, config = np.random.default_rng(0), Config()
    torch.manual_seed(0)

    def rows(n_rows: int, a_row: int) -> Rows:
        columns = np.sort(rng.integers(n_items, size=(n_rows, a_row), dtype=np.int32), axis=1)
        values = rng.random(n_rows * a_row, dtype=np.float32)
        return Rows(np.arange(n_rows + 1, dtype=np.int64) * a_row, columns.ravel(), values)

    items = Items(
        ids=[f"{KINDS[row % 3]}:{row}" for row in range(n_items)],
        kind=np.array([(0, 1, 2)[row % 3] for row in range(n_items)]),
        topics=[(f"topic {row % 60}",) for row in range(n_items)],
        provider=[f"provider {row % 200}" for row in range(n_items)],
    )
    dataset = Dataset.build(
        items,
        Learners(ids=["a"]),
        learner=np.zeros(n_items, int),
        item=np.arange(n_items),
        verb=np.zeros(n_items, int),
    )
    encoder = Encoder.learn(dataset, text_buckets=config.text_buckets)
    encoded = encoder.items(items, now=0.0)
    start = torch.randn(n_items, config.width) * 0.3
    model = MultiTower(
        encoder.sizes, start, hidden=config.hidden, text_width=config.text_width, dropout=config.dropout
    )
    features = {name: torch.from_numpy(values) for name, values in encoded.items()}
    towers = Towers(model, encoder, features, torch.ones(n_items), config)
    vectors, biases = (part.numpy() for part in towers.item_vectors())
    held = rng.zipf(1.3, size=N_HISTORIES * 10) % n_items  # popular items are held by many histories
    by_item = np.argsort(held, kind="stable")
    counts = np.bincount(held, minlength=n_items)
    likes = Rows(
        np.concatenate([[0], np.cumsum(counts)]),
        (by_item // 10).astype(np.int32),
        rng.random(len(held), dtype=np.float32),
    )
    met = Rows(np.arange(N_HISTORIES + 1) * 10, held.astype(np.int32), np.ones(len(held), np.float32))
    sources = [
        Linear(name, rows(n_items, NEIGHBOURS), 0.7, 10) for name in ("ease", "slit", "markov", "item_knn")
    ]
    pairs = np.unique(rng.integers(n_items**2, size=200_000))
    sources.append(SecondOrder("markov_second_order", pairs, rows(len(pairs), 4), rows(n_items, 50), 5.0))
    sources.append(UserNeighbours("user_knn", met, likes, 0.7, 6, 300))
    sources += [
        Popular(name, np.log1p(counts).astype(np.float32)) for name in ("popularity", "popularity_week")
    ]
    blend = Blend(np.full(len(sources) + 1, 0.3, np.float32), 1.0)
    table = ItemTable.of(items, encoded, dataset)
    scene = Scene(towers, sources, table, vectors, biases, np.ones(n_items, bool), n_items, blend)
    unit = torch.ones(len(scene.feature_names))
    ranker = Ranker(
        0 * unit, unit, width=config.width, hidden=config.ranker_hidden, dropout=0.0,
        blend=scene.feature_names.index("blend"),
    )  # fmt: skip
    heads = np.full(len(HEADS), 1 / len(HEADS), np.float32)
    version = artifacts.new_id()
    with artifacts.building(root, version) as folder:
        export.write(Fitted(scene, ranker, heads, [], {}, items), folder)
    return version


def resident(field: str) -> int:
    """MiB of this process now; pages of the version's files count in VmRSS, but all workers share them."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) // 1024


def ask(path: Path, n_requests: int) -> dict:
    """Open the version as a web worker would, and time it."""
    from recommender.serving.catalogue import Catalogue, CatalogueItem
    from recommender.serving.engine import Engine
    from recommender.serving.request import Context, Event, Profile, Request

    began = time.perf_counter()
    engine = Engine.open(path)
    opened = time.perf_counter() - began
    keys = engine.items.keys
    catalogue = Catalogue.of(
        [
            CatalogueItem(
                key, key.partition(":")[0], topics=(f"topic {row % 60}",), provider=f"provider {row % 200}"
            )
            for row, key in enumerate(keys)
        ]
    )
    rng, now, wall, processor = np.random.default_rng(1), 1.76e9, [], []
    for number in range(n_requests + 20):
        length = int(rng.choice([0, 3, 6, 11, 21, 50], p=[0.05, 0.2, 0.25, 0.25, 0.15, 0.1]))
        events = tuple(
            Event(keys[row], "enrolled", now - 1e6 + n)
            for n, row in enumerate(rng.integers(len(keys), size=length))
        )
        context = Context("lesson", keys[int(rng.integers(len(keys)))], now, 20, 3, "desktop", "en")
        request = Request(events, Profile(interests=("topic 7",)), context)
        start, used = time.perf_counter(), time.process_time()
        engine.suggest(request, catalogue)
        if number >= 20:  # the first ones pay for the binding and for cold pages
            wall.append(1_000 * (time.perf_counter() - start))
            processor.append(1_000 * (time.process_time() - used))
    p50, p95 = np.percentile(wall, [50, 95])
    used50, used95 = np.percentile(processor, [50, 95])
    return {
        "items": len(keys),
        "opened in s": round(opened, 2),
        "p50 ms": round(p50, 2),
        "p95 ms": round(p95, 2),
        "processor p50 ms": round(used50, 2),
        "processor p95 ms": round(used95, 2),
        "resident MiB": resident("VmRSS"),
        "of this not shared MiB": resident("RssAnon"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, nargs="*", default=sorted(LIMITS))
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--ask", type=Path, help="time this version in this process")
    options = parser.parse_args()
    if options.ask:
        sys.stdout.write(json.dumps(ask(options.ask, options.requests)) + "\n")
        return
    for n_items in options.items:
        with tempfile.TemporaryDirectory() as folder:
            version = make_version(Path(folder), n_items)
            path = Path(folder) / "versions" / version
            command = [sys.executable, __file__, "--ask", str(path), "--requests", str(options.requests)]
            result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        limit = LIMITS.get(n_items)
        aim = f"   (aim: p95 {limit} ms)" if limit else ""
        sys.stdout.write("  ".join(f"{name} {value:,}" for name, value in result.items()) + aim + "\n")


if __name__ == "__main__":
    main()
