"""The protocol of every recommender, and the registry that finds one by name."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from importlib import import_module
from pathlib import Path
from typing import ClassVar

import numpy as np

from recommender.data.dataset import Dataset, Items
from recommender.data.queries import Queries

# done (0 to 1) and a short text such as "epoch 3, loss 5.12"
Progress = Callable[[float, str], None]

# name -> module and class; imported on first use, so that asking for a linear member never imports torch
MEMBERS: dict[str, tuple[str, str]] = {
    "popularity": ("recommender.zoo.popularity", "Popularity"),
    "popularity_week": ("recommender.zoo.popularity", "PopularityOfTheWeek"),
    "markov": ("recommender.zoo.markov", "Markov"),
    "markov_second_order": ("recommender.zoo.markov_second_order", "SecondOrderMarkov"),
    "item_knn": ("recommender.zoo.item_knn", "ItemKNN"),
    "user_knn": ("recommender.zoo.user_knn", "UserKNN"),
    "ease": ("recommender.zoo.ease", "EASE"),
    "slit": ("recommender.zoo.slit", "SLIT"),
    "matrix_factorization": ("recommender.zoo.matrix_factorization", "MatrixFactorization"),
    "autoencoder": ("recommender.zoo.autoencoder", "Autoencoder"),
    "lstm": ("recommender.zoo.lstm", "LSTM"),
    "transformer": ("recommender.zoo.transformer", "Transformer"),
    "text": ("recommender.zoo.text", "Text"),
    "blend": ("recommender.zoo.blend", "Blend"),
    "multi_tower": ("recommender.zoo.multi_tower", "MultiTowerRecommender"),
    "multi_tower_ranker": ("recommender.zoo.multi_tower", "MultiTowerRanker"),
}
DEFAULTS_FILE = Path(__file__).with_name("defaults.json")


def no_progress(done: float, text: str) -> None:
    """Report to nobody."""


class Recommender(ABC):
    """Learns from a data set, then scores every item for a batch of queries.

    A member implements `train`, `predict`, `state` and `restore`; callers use `fit`, `scores`, `save` and
    `load`. Item rows are those of the data set it was fitted on; rows beyond them (an item published later)
    are scored as the worst, unless a member `reads_new_items`: then `extend` takes in their features, and
    queries and predictions hold their rows too. A history without any engagement says nothing to most
    members: it is answered with popularity, unless a member `answers_empty_histories` itself.
    """

    name: ClassVar[str]
    answers_empty_histories: ClassVar[bool] = False
    reads_new_items: ClassVar[bool] = False

    @dataclass(frozen=True)
    class Settings:
        """No settings."""

    def __init__(self, settings: Settings | None = None):
        self.settings = self.Settings() if settings is None else settings
        self.n_items = 0  # items known from training
        self.n_new_items = 0  # items added since
        self.curve: list[tuple[float, float]] = []  # (seconds, loss) while training, where there is a loss

    @abstractmethod
    def train(self, dataset: Dataset, progress: Progress) -> None:
        """Learn from `dataset`."""

    @abstractmethod
    def predict(self, queries: Queries) -> np.ndarray:
        """float32[batch, n_items], higher is better; items in `queries` are known or -1."""

    @abstractmethod
    def state(self) -> dict[str, np.ndarray]:
        """All that was learned, as named arrays."""

    @abstractmethod
    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Undo `state`."""

    def fit(self, dataset: Dataset, *, progress: Progress | None = None) -> Recommender:
        """Learn from `dataset` and return self. The same data, settings and seed give the same model."""
        if dataset.n_events == 0:
            raise ValueError(f"{self.name} can't be trained: there is no event to learn from.")
        self.n_items, self.n_new_items = dataset.n_items, 0
        self.popularity = dataset.popularity.astype(np.float32)
        self.train(dataset, progress or no_progress)
        return self

    def extend(self, items: Items) -> None:
        """Append items that came after training."""
        self.n_new_items += len(items)

    def scores(self, queries: Queries) -> np.ndarray:
        """float32[batch, items], higher is better; items unknown to the model score -inf."""
        n_all = self.n_items + self.n_new_items
        queries = queries.within(n_all if self.reads_new_items else self.n_items)
        scores = self.predict(queries).astype(np.float32, copy=False)
        if not self.answers_empty_histories:
            scores[queries.engagements().lengths == 0, : self.n_items] = self.popularity
        new = np.full((len(queries), n_all - scores.shape[1]), -np.inf, np.float32)
        return np.concatenate([scores, new], axis=1) if new.shape[1] else scores

    def save(self, directory: Path) -> None:
        """Write the model as plain arrays and JSON."""
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        about = {"name": self.name, "n_items": self.n_items, "settings": asdict(self.settings)}
        (directory / "model.json").write_text(json.dumps(about, indent=2))
        np.savez(directory / "arrays.npz", popularity=self.popularity, **self.state())

    @classmethod
    def load(cls, directory: Path) -> Recommender:
        """Read what `save` wrote."""
        directory = Path(directory)
        about = json.loads((directory / "model.json").read_text())
        model = cls(cls.Settings(**about["settings"]))
        model.n_items = about["n_items"]
        with np.load(directory / "arrays.npz", allow_pickle=False) as arrays:
            state = dict(arrays)
        model.popularity = state.pop("popularity")
        model.restore(state)
        return model


def names() -> list[str]:
    return list(MEMBERS)


def member(name: str) -> type[Recommender]:
    """The class registered under `name`; raises KeyError with the names there are."""
    if name not in MEMBERS:
        raise KeyError(f"There is no model {name!r}; choose from {', '.join(MEMBERS)}.")
    module, class_name = MEMBERS[name]
    return getattr(import_module(module), class_name)


def create(name: str, **changes) -> Recommender:
    """An untrained model with its tuned default settings, some of them changed."""
    cls = member(name)
    tuned = json.loads(DEFAULTS_FILE.read_text()).get(name, {}) if DEFAULTS_FILE.exists() else {}
    chosen = tuned | changes
    unknown = set(chosen) - {setting.name for setting in fields(cls.Settings)}
    if unknown:
        raise ValueError(f"{name} has no setting {', '.join(sorted(unknown))}.")
    return cls(cls.Settings(**chosen))


def load(directory: Path) -> Recommender:
    """Read a saved model of any kind."""
    about = json.loads((Path(directory) / "model.json").read_text())
    return member(about["name"]).load(directory)
