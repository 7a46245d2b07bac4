"""The whole model fitted in memory: sources, towers, blend, ranker, and the refit on everything."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from recommender.data.dataset import Dataset, Items
from recommender.data.queries import Queries
from recommender.data.splits import Split
from recommender.evaluation.bootstrap import LearnerBootstrap, interval
from recommender.evaluation.metrics import hit, ndcg, pessimistic_ranks
from recommender.ordering import RANKER
from recommender.serving.candidates import Blend, Opinions, State
from recommender.serving.encoding import Encoder, ItemFeatures
from recommender.serving.ranking import ItemTable, combine
from recommender.serving.sentences import NoSentenceEncoder, Sentences
from recommender.serving.sources import Source
from recommender.towers.ranking import Ranker

from .config import Config
from .hold_out import HoldOut, hold_out
from .loop import Towers, TrainingFailed, Watch, new_towers, train_towers
from .ranker import Examples, Lists, Scene, asked, candidate_lists, examples, fit_blend, train_ranker
from .sources import fit_sources

BELOW = 100.0
"""Distance in log-odds from the ranked candidates down to all other items."""
REFIT_RATE = 0.25
"""The refit's learning rate, as a share of the first training's."""
REFIT_SHARE = 0.15
"""The refit's passes, as a share of the first training's, where that is more than the configured ones."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """All that a suggestion is made of."""

    scene: Scene
    ranker: Ranker
    head_weights: np.ndarray  # float32[heads], sum 1
    curve: list[dict]
    metrics: dict
    items: Items

    def scores(self, queries: Queries) -> np.ndarray:
        """float32[b, n]: the ranker's candidates in its order, before all other items by the blend."""
        parts = [queries.batch(start, start + 256) for start in range(0, len(queries), 256)]
        return np.concatenate([self.ranked(part, asked(part, self.scene)) for part in parts])

    def ranked(self, queries: Queries, answers: list[tuple[State, Opinions]]) -> np.ndarray:
        """`scores` of one batch, from what `asked` gave."""
        scene = self.scene
        lists = candidate_lists(queries, scene, scene.towers.config.candidates, answers)
        with torch.no_grad():
            inputs = lists.inputs(np.arange(len(queries)), torch.from_numpy(scene.vectors))
            heads = self.ranker(*inputs).numpy()
        out = np.empty((len(queries), len(scene.vectors)), np.float32)
        for row, (_, said) in enumerate(answers):
            items = lists.items[row][lists.items[row] >= 0]
            order = combine(heads[row, : len(items)], self.head_weights, items < scene.n_trained)
            out[row] = said.blend - said.blend[: scene.n_trained].max() - BELOW
            out[row, items] = order
        return out


def fit(
    dataset: Dataset,
    *,
    config: Config,
    watch: Watch,
    checkpoints: Path | None = None,
    with_ranker: bool = True,
    compare: Callable[[Fitted, Split], dict] | None = None,
) -> Fitted:
    """Everything but the export. `checkpoints` is a folder for half-trained networks; `compare` is asked with
    the test part, while the model has not seen it, and its answer is kept as `metrics["live"]`.

    1. towers and sources on the data without the held-back events;
    2. blend and ranker on the first part of these, whose outcome neither source nor tower has seen;
    3. judged on the second part, beside popularity;
    4. the towers for a few more passes, and the sources again, on everything.

    Without `with_ranker` only the towers are fitted. Too little data to hold anything back leaves blend and
    ranker at their start, where every source has the same weight. Where `config.model` names one opinion, the
    blend is that opinion; unless it is the ranker, the ranker stays at its start and passes the blend on.
    """
    if dataset.n_events == 0:
        raise TrainingFailed("There is no event to learn from.")
    torch.set_num_threads(config.threads)
    held = hold_out(dataset, config)
    base = dataset if held is None else held.base
    try:
        sentences = Sentences.open(config.text_encoder) if config.text_encoder else None
    except NoSentenceEncoder as error:
        raise TrainingFailed(str(error)) from error
    encoder = Encoder.learn(dataset, text_buckets=config.text_buckets, sentences=sentences)
    now = float(np.nanmax(dataset.time)) if dataset.has_times else math.nan
    encoded = encoder.items(dataset.items, now=now, beat=watch.beat)
    towers = new_towers(base, encoder, encoded, config)
    curve = train_towers(
        towers,
        base,
        watch=watch,
        stage="towers",
        epochs=config.epochs,
        learning_rate=config.learning_rate,
        validate=None if held is None else validation(towers, held.ranker),
        checkpoint_path=checkpoints and checkpoints / "towers.safetensors",
    )
    _return_memory()
    sources = []
    if with_ranker:
        report = watch.report("sources")
        sources = fit_sources(base, encoder, encoded, model=config.model, report=report)
    scene = make_scene(base, towers, encoded, sources)
    given = no_examples(scene, config)
    if with_ranker and config.model not in (RANKER, "blend"):
        scene = replace(scene, blend=alone(config.model, sources))
    elif with_ranker and held is not None:
        scene = replace(scene, blend=fit_blend(held.ranker, scene, seed=config.seed))
        if config.model == RANKER:
            given = examples(held.ranker, scene, config, watch)
    ranker, weights = train_ranker(given, scene.vectors, scene.feature_names, config, watch)
    del given
    fitted = Fitted(scene, ranker, weights, curve, {}, dataset.items)
    if held is None:
        return fitted
    metrics = judged(fitted, held, watch) if with_ranker else {}
    if compare is not None:
        metrics["live"] = compare(fitted, held.test)
    train_towers(
        towers,
        dataset,
        watch=watch,
        stage="refit",
        epochs=max(config.refit_epochs, round(REFIT_SHARE * len(curve))),
        learning_rate=REFIT_RATE * config.learning_rate,
        checkpoint_path=checkpoints and checkpoints / "refit.safetensors",
    )
    if with_ranker:
        report = watch.report("final sources")
        sources = fit_sources(dataset, encoder, encoded, model=config.model, report=report)
    final = replace(make_scene(dataset, towers, encoded, sources), blend=scene.blend)
    return Fitted(final, ranker, weights, curve, metrics, dataset.items)


def _return_memory() -> None:
    """Give freed memory back to the system: batches of many sizes leave gaps that the allocator keeps."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # only glibc has it
    if trim is not None:
        trim(0)


def make_scene(dataset: Dataset, towers: Towers, encoded: ItemFeatures, sources: list[Source]) -> Scene:
    """Sources fitted on `dataset`, the item vectors as the towers have them now, the blend at its start."""
    known = dataset.popularity > 0
    towers.item_known = torch.from_numpy(known.astype(np.float32))
    vectors, biases = (part.numpy() for part in towers.item_vectors())
    return Scene(
        towers=towers,
        sources=sources,
        table=ItemTable.of(dataset.items, encoded, dataset),
        vectors=vectors,
        biases=biases,
        known=known,
        n_trained=len(known),
        blend=Blend(np.full(len(sources) + 1, 0.3, np.float32), 1.0),
    )


def alone(model: str, sources: list[Source]) -> Blend:
    """A blend of one opinion; raises TrainingFailed where the data did not make that source."""
    names = [source.name for source in sources]
    of_z = np.zeros(len(names) + 1, np.float32)
    if model == "multi_tower":
        return Blend(of_z, 1.0)
    if model not in names:
        raise TrainingFailed(f"{model} can't be trained here: it needs to know when things happened.")
    of_z[names.index(model)] = 1
    return Blend(of_z, 0.0)


def no_examples(scene: Scene, config: Config) -> Examples:
    none = np.zeros(0, np.int64)
    return Examples(Lists.empty(0, scene, config.candidates), none, none)


def validation(towers: Towers, split: Split) -> Callable[[], float]:
    """NDCG@10 of the towers alone on some learners of the split."""
    sample = split.of_learners(towers.config.validation_learners, towers.config.seed)
    sample = sample.take(np.arange(min(len(sample), towers.config.validation_learners)))

    def validate() -> float:
        vectors, biases = towers.item_vectors()
        ranks = []
        for start in range(0, len(sample), 500):
            queries = sample.queries(start, min(start + 500, len(sample)))
            query, _, _ = towers.query_vectors(queries, vectors)
            scores = (query @ vectors.T + biases).numpy()
            targets = sample.target_items[start : start + len(queries)]
            ranks.append(pessimistic_ranks(scores, targets, (queries.rows, queries.items)))
        return float(ndcg(np.concatenate(ranks), 10).mean())

    return validate


def judged(fitted: Fitted, held: HoldOut, watch: Watch) -> dict:
    """NDCG@10 and HR@10 on the test part of the model, its towers and its sources, each with an interval."""
    split, scene, model = held.test, fitted.scene, fitted.scene.towers.config.model
    vectors, biases = scene.vectors, scene.biases
    ranks: dict[str, list[np.ndarray]] = {}
    for start in range(0, len(split), 256):
        watch.beat()
        watch.progress("judging", start / len(split), f"{start:,} of {len(split):,} learners")
        queries = split.queries(start, min(start + 256, len(split)))
        targets = split.target_items[start : start + len(queries)]
        answers = asked(queries, scene)
        states, said = [state for state, _ in answers], [one for _, one in answers]
        scores = {"multi_tower": np.stack([state.query for state in states]) @ vectors.T + biases}
        scores["blend"] = np.stack([one.blend for one in said])
        for place, source in enumerate(scene.sources):
            scores[source.name] = np.stack([one.raw[place] for one in said])
        scores[model] = fitted.ranked(queries, answers)  # the order that would be served
        for name, values in scores.items():
            found = pessimistic_ranks(values, targets, (queries.rows, queries.items))
            ranks.setdefault(name, []).append(found)
    bootstrap = LearnerBootstrap(split.learners, draws=200)
    models = {}
    for name, parts in ranks.items():
        rank = np.concatenate(parts)
        values = np.stack([ndcg(rank, 10), hit(rank, 10)], axis=1)
        low, high = interval(bootstrap.means(values))
        models[name] = {
            "ndcg@10": float(values[:, 0].mean()),
            "ndcg@10_low": float(low[0]),
            "ndcg@10_high": float(high[0]),
            "hr@10": float(values[:, 1].mean()),
            "hr@10_low": float(low[1]),
            "hr@10_high": float(high[1]),
        }
    return {"protocol": held.protocol, "targets": len(split), "model": model, "models": models}
