"""The live system's own model as members of the zoo: the towers alone, and with sources and ranker.

Covington, Adams, Sargin (2016), "Deep neural networks for YouTube recommendations", RecSys (two stages);
Yi et al. (2019), "Sampling-bias-corrected neural modeling for large corpus item recommendations", RecSys
(towers). The parts are described in recommender/README.md.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass, replace

import numpy as np
import torch

from recommender.data.dataset import Items
from recommender.serving import sources
from recommender.serving.bags import with_new_items
from recommender.serving.candidates import Blend
from recommender.serving.encoding import Encoder
from recommender.serving.ranking import ItemTable
from recommender.serving.sentences import Sentences
from recommender.towers.multi_tower import MultiTower
from recommender.towers.ranking import HEADS, Ranker
from recommender.training import fitting
from recommender.training.config import Config
from recommender.training.loop import Towers, Watch, overall
from recommender.training.ranker import Scene

from .base import Recommender


class _OfTheSite(Recommender):
    """What both have in common: training by `fitting.fit`, and the towers as arrays."""

    answers_empty_histories = True
    reads_new_items = True
    with_ranker: bool

    @dataclass(frozen=True)
    class Settings(Config):
        """Those of the training pipeline."""

    def train(self, dataset, progress):
        began = time.monotonic()
        watch = Watch(progress=lambda stage, done, text: progress(overall(stage, done), f"{stage}: {text}"))
        given = {name: getattr(self.settings, name) for name in Config.__dataclass_fields__}
        # whoever asks for a member judges it: little is held back for judging here
        config = Config(**given | {"test_learners": min(self.settings.test_learners, 200)})
        fitted = fitting.fit(dataset, config=config, watch=watch, with_ranker=self.with_ranker)
        seconds = time.monotonic() - began
        epochs = max(len(fitted.curve), 1)
        self.curve = [(seconds * row["epoch"] / epochs, row["loss"]) for row in fitted.curve]
        progress(1.0, "trained")
        self.fitted = fitted
        self.now = float(np.nanmax(dataset.time)) if dataset.has_times else math.nan

    def extend(self, items: Items) -> None:
        super().extend(items)
        scene = self.fitted.scene
        encoded = scene.towers.encoder.items(items, now=self.now)
        ids = self.fitted.items.ids + items.ids
        every = Items(ids=ids, kind=np.zeros(len(ids)))
        features = {name: torch.from_numpy(values) for name, values in encoded.items()}
        with torch.no_grad():
            scene.towers.model.eval()
            new = scene.towers.model.item.from_features(features, torch.zeros(len(items)))
        scene = replace(
            scene,
            sources=with_new_items(
                scene.sources, lambda source: source.bags(items, encoded, scene.towers.encoder.sizes)
            ),
            vectors=np.concatenate([scene.vectors, new[0].numpy()]),
            biases=np.concatenate([scene.biases, new[1].numpy()]),
            known=np.concatenate([scene.known, np.zeros(len(items), bool)]),
            table=scene.table.extended(ItemTable.of(items, encoded, rows=every.index)),
        )
        self.fitted = replace(self.fitted, scene=scene, items=every)

    def state(self):
        scene, towers = self.fitted.scene, self.fitted.scene.towers
        about = {"words": towers.encoder.words(), "items": self.fitted.items.ids, "now": self.now}
        about["sources"] = {}
        arrays = {f"tower/{name}": tensor.numpy() for name, tensor in towers.model.state_dict().items()}
        arrays |= {
            f"ranker/{name}": tensor.numpy() for name, tensor in self.fitted.ranker.state_dict().items()
        }
        arrays |= {f"feature/{name}": tensor.numpy() for name, tensor in towers.features.items()}
        arrays |= {f"table/{name}": getattr(scene.table, name) for name in ItemTable.COLUMNS}
        for source in scene.sources:
            about["sources"][source.name], parts = sources.arrays_of(source)
            arrays |= {f"source/{source.name}/{name}": array for name, array in parts.items()}
        arrays |= {"vectors": scene.vectors, "biases": scene.biases, "known": scene.known}
        arrays |= {"rarity": towers.encoder.rarity, "heads": self.fitted.head_weights}
        arrays["blend"] = np.append(scene.blend.of_z, scene.blend.of_log_share).astype(np.float32)
        arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
        return arrays

    def restore(self, state):
        about, config = json.loads(bytes(state["about"])), self.settings

        def below(prefix: str) -> dict[str, np.ndarray]:
            return {name.removeprefix(prefix): a for name, a in state.items() if name.startswith(prefix)}

        def weights(prefix: str) -> dict[str, torch.Tensor]:
            return {name: torch.from_numpy(array) for name, array in below(prefix).items()}

        sentences = Sentences.open(config.text_encoder) if config.text_encoder else None
        encoder = Encoder.restore(about["words"], state["rarity"], sentences)
        start = torch.zeros(self.n_items, config.width)
        model = MultiTower(
            encoder.sizes, start, hidden=config.hidden, text_width=config.text_width, dropout=config.dropout
        )
        model.load_state_dict(weights("tower/"))
        towers = Towers(model, encoder, weights("feature/"), torch.from_numpy(state["known"]).float(), config)
        scene = Scene(
            towers=towers,
            sources=[sources.from_arrays(v, below(f"source/{k}/")) for k, v in about["sources"].items()],
            table=ItemTable(**below("table/")),
            vectors=state["vectors"],
            biases=state["biases"],
            known=state["known"],
            n_trained=self.n_items,
            blend=Blend(state["blend"][:-1], float(state["blend"][-1])),
        )
        blend = scene.feature_names.index("blend")
        unset = torch.ones(len(scene.feature_names))
        ranker = Ranker(
            unset, unset, width=config.width, hidden=config.ranker_hidden, dropout=0.0, blend=blend
        )
        ranker.load_state_dict(weights("ranker/"))
        ranker.eval()
        self.now = about["now"]
        heads = state.get("heads", np.ones(len(HEADS), np.float32) / len(HEADS))
        items = Items(ids=about["items"], kind=np.zeros(len(about["items"])))
        self.fitted = fitting.Fitted(scene, ranker, heads, [], {}, items)


class MultiTowerRecommender(_OfTheSite):
    """The towers alone: score = query . vector + bias."""

    name = "multi_tower"
    with_ranker = False

    def predict(self, queries):
        scene = self.fitted.scene
        query, _, _ = scene.towers.query_vectors(queries, torch.from_numpy(scene.vectors))
        return query.numpy() @ scene.vectors.T + scene.biases


class MultiTowerRanker(_OfTheSite):
    """Candidates from every source, ordered by the deep-fusion ranker; all others by the linear blend."""

    name = "multi_tower_ranker"
    with_ranker = True

    def predict(self, queries):
        return self.fitted.scores(queries)
