"""Vectors of items that were published after training: a hashed delta beside the version."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np

from recommender import artifacts
from recommender.data.dataset import Items

from . import sources
from .bags import Bags
from .encoding import Encoder
from .graphs import session
from .ranking import ItemTable
from .sentences import NoSentenceEncoder, Sentences

logger = logging.getLogger(__name__)


def new_item_vectors(path: Path, items: Items, *, rows: dict[str, int], now: float) -> dict[str, np.ndarray]:
    """Vectors, biases and table of items that training never saw, by the item tower alone.

    `rows` is the row of each item that a prerequisite may name: the trained ones, then the delta's.
    """
    path = Path(path)
    words = json.loads((path / "vocabulary.json").read_text())
    encoder = Encoder.restore(words["encoder"], np.load(path / "rarity.npy"), _sentences(path))
    encoded = encoder.items(items, now=now)
    tower = session(path / "item.onnx")
    wanted = {value.name: value.shape for value in tower.get_inputs()}
    if "sentence" in wanted and encoder.sentences is None:  # as of an item without text
        encoded["sentence"] = np.zeros((len(items), wanted["sentence"][1]), np.float32)
    vectors, biases = tower.run(None, {name: encoded[name] for name in wanted})
    table = ItemTable.of(items, encoded, rows=rows)
    columns = {f"table/{name}": getattr(table, name) for name in ItemTable.COLUMNS}
    for source in sources.read(path):
        if isinstance(source, Bags):
            bags = source.bags(items, encoded, encoder.sizes)
            columns[f"{source.prefix}_terms"], columns[f"{source.prefix}_weights"] = bags
    return {"vectors": vectors, "biases": biases} | columns


def _sentences(path: Path) -> Sentences | None:
    """The encoder that the version was trained with; where it is gone, new items do with their n-grams."""
    name = json.loads((path / "config.json").read_text()).get("text_encoder")
    try:
        return Sentences.open(name) if name else None
    except NoSentenceEncoder as error:
        logger.warning("New items get their place without sentence vectors: %s", error)
        return None


def add_items(path: Path, items: Items, *, now: float) -> int:
    """Write a delta that holds these items beside those of the delta before; returns how many are new.

    Items of the vocabulary are left out: they have a trained vector. An item that a delta already holds is
    computed anew, since its text may have changed.
    """
    path = Path(path)
    artifacts.verify(path)
    trained = json.loads((path / "vocabulary.json").read_text())["items"]
    known = set(trained)
    new = items.take(np.array([row for row, key in enumerate(items.ids) if key not in known], np.int64))
    if not len(new):
        return 0
    before = artifacts.newest_delta(path)
    keys = [] if before is None else json.loads((before / "items.json").read_text())["keys"]
    # An item keeps its place for good: prerequisites of other items name it.
    every = {key: row for row, key in enumerate(dict.fromkeys([*trained, *keys, *new.ids]))}
    places = np.array([every[key] for key in new.ids]) - len(trained)
    added = new_item_vectors(path, new, rows=every, now=now)
    old = {} if before is None else artifacts.open_arrays(before)
    arrays = {}
    for name, values in added.items():
        arrays[name] = np.zeros((len(every) - len(trained), *values.shape[1:]), values.dtype)
        arrays[name][: len(keys)] = old.get(name, arrays[name][: len(keys)])
        arrays[name][places] = values
    artifacts.write_delta(path, {"keys": list(every)[len(trained) :]}, arrays)
    return len(new)


def known_items(path: Path) -> set[str]:
    """Keys of the items that have a vector: trained, or in the newest delta."""
    path = Path(path)
    known = set(json.loads((path / "vocabulary.json").read_text())["items"])
    newest = artifacts.newest_delta(path)
    return known if newest is None else known | set(json.loads((newest / "items.json").read_text())["keys"])
