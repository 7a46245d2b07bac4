"""A model version with random weights through the real export: it costs in serving what a trained one costs.

Its arrays are as dense as those of a trained version, and nothing in it has been learned.
`python -m recommender.training.unlearned DIR ITEMS` writes one of a catalogue that is in no database.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

N_HISTORIES = 50_000
NEIGHBOURS = 200
LINEAR = ("ease", "slit", "markov", "item_knn")
KINDS = (0, 1, 2)
KIND_NAMES = ("course", "lesson", "quiz")


def synthetic_items(count):
    """Item columns of a catalogue that is in no database."""
    from recommender.data.dataset import Items

    ids = [f"{KIND_NAMES[row % 3]}:{row}" for row in range(count)]
    return Items(
        ids=ids,
        kind=np.array([KINDS[row % 3] for row in range(count)]),
        topics=[(f"topic {row % 60}",) for row in range(count)],
        provider=[f"provider {row % 200}" for row in range(count)],
        prerequisites=[(ids[row - 3],) if row % 3 == 0 and row else () for row in range(count)],
    )


def make(root, items, *, histories=N_HISTORIES):
    """Write a version of the default shape and return its id. A process of its own holds torch."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(write, root, items, histories).result()


def write(root, items, histories=N_HISTORIES):
    """As `make`, in this process."""
    # Only here: whoever imports this module to measure a web process must not get torch into its own.
    import torch

    from recommender import artifacts
    from recommender.data.dataset import Dataset, Learners
    from recommender.serving.candidates import Blend
    from recommender.serving.encoding import Encoder
    from recommender.serving.ranking import ItemTable
    from recommender.towers.multi_tower import MultiTower
    from recommender.towers.ranking import HEADS, Ranker
    from recommender.training import export
    from recommender.training.config import Config
    from recommender.training.fitting import Fitted
    from recommender.training.loop import Towers
    from recommender.training.ranker import Scene
    from recommender.training.sources import alike

    torch.manual_seed(0)
    torch.set_num_threads(1)
    rng, config, n_items = np.random.default_rng(0), Config(), len(items.ids)
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
    sources = [alike(encoder, encoded), *_sources(n_items, histories, rng)]
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


def _sources(n_items, histories, rng):
    from recommender.serving.sources import Linear, Popular, Rows, SecondOrder, UserNeighbours

    neighbours = min(NEIGHBOURS, n_items)

    def rows(n_rows, a_row):
        columns = np.sort(rng.integers(n_items, size=(n_rows, a_row), dtype=np.int32), axis=1)
        values = rng.random(n_rows * a_row, dtype=np.float32)
        return Rows.weights(np.arange(n_rows + 1) * a_row, columns.ravel(), values, n_items)

    held = rng.zipf(1.3, size=histories * 10) % n_items  # popular items are held by many histories
    by_item = np.argsort(held, kind="stable")
    counts = np.bincount(held, minlength=n_items)
    begins = np.concatenate([[0], np.cumsum(counts)])
    likes = Rows.weights(begins, by_item // 10, rng.random(len(held), dtype=np.float32), histories)
    met = Rows.weights(np.arange(histories + 1) * 10, held, np.ones(len(held)), n_items)
    pairs = np.unique(rng.integers(n_items**2, size=min(200_000, 20 * n_items)))
    return [
        *(Linear(name, rows(n_items, neighbours), 0.7, 10) for name in LINEAR),
        SecondOrder("markov_second_order", pairs, rows(len(pairs), 4), rows(n_items, min(50, n_items)), 5.0),
        UserNeighbours("user_knn", met, likes, 0.7, 6, 300),
        *(Popular(name, np.log1p(counts).astype(np.float32)) for name in ("popularity", "popularity_week")),
    ]


if __name__ == "__main__":
    sys.stdout.write(write(sys.argv[1], synthetic_items(int(sys.argv[2])), 500) + "\n")
