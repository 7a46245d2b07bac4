"""Results kept on disk, so that a model joins a comparison without the others being trained again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np

from recommender.data.splits import Split
from recommender.zoo.base import Recommender

from .protocol import Result

ARRAYS = ("ranks", "lists")


def fingerprint(model: Recommender, split: Split, k: int) -> str:
    """The same for the same model and settings, learned from and asked about the same events."""
    digest = hashlib.sha256()
    about = {"name": model.name, "settings": asdict(model.settings), "k": k, "items": split.whole.n_items}
    digest.update(json.dumps(about, sort_keys=True).encode())
    train = split.train
    columns = (
        train.learner,
        train.item,
        train.verb,
        train.time,
        split.targets,
        split.ends,
        split.target_items,
    )
    for column in columns:
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()[:16]


def write(folder: Path, key: str, result: Result) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    arrays = {name: values.pop(name) for name in ARRAYS}
    np.savez_compressed(folder / f"{result.name}-{key}.npz", about=np.array(json.dumps(values)), **arrays)


def read(folder: Path, key: str, name: str) -> Result | None:
    """What `write` kept, or None."""
    file = folder / f"{name}-{key}.npz"
    if not file.exists():
        return None
    with np.load(file, allow_pickle=False) as kept:
        values = json.loads(str(kept["about"]))
        return Result(**values, **{array: kept[array] for array in ARRAYS})
