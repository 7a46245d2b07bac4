"""A fitted model written as a version: weights, ONNX graphs, arrays, words, settings, metrics."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import nn

from recommender import artifacts
from recommender.serving import encoding
from recommender.serving.ranking import ItemTable
from recommender.serving.sources import arrays_of
from recommender.towers.multi_tower import ItemGraph, QueryGraph, UserGraph
from recommender.towers.ranking import Ranker

from .fitting import Fitted
from .graphs import compare, write_graph


def write(fitted: Fitted, folder: Path) -> None:
    """Write all files of a version; raises TrainingFailed where a graph and its network differ."""
    folder, scene, towers = Path(folder), fitted.scene, fitted.scene.towers
    _save_weights(towers.model, folder / "towers.safetensors")
    _save_weights(fitted.ranker, folder / "ranker.safetensors")
    export_graphs(fitted, folder)
    sources, arrays = {}, {}
    for source in scene.sources:
        sources[source.name], parts = arrays_of(source)
        arrays |= {f"sources/{source.name}/{name}": array for name, array in parts.items()}
    arrays |= {f"table/{name}": getattr(scene.table, name) for name in ItemTable.COLUMNS}
    arrays |= {"vectors": scene.vectors, "biases": scene.biases, "known": scene.known}
    arrays["rarity"] = towers.encoder.rarity
    artifacts.save_arrays(folder, arrays)
    model = {
        "sources": sources,
        "blend": {"of_z": scene.blend.of_z.tolist(), "of_log_share": scene.blend.of_log_share},
        "head_weights": fitted.head_weights.tolist(),
        "features": scene.feature_names,
        "history": towers.config.history,
        "candidates": towers.config.candidates,
    }
    words = {"items": fitted.items.ids, "encoder": towers.encoder.words()}
    for name, value in (("model", model), ("vocabulary", words), ("metrics", fitted.metrics)):
        (folder / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False))
    (folder / "config.json").write_text(json.dumps(asdict(towers.config), indent=1))


def _save_weights(module: nn.Module, file: Path) -> None:
    try:
        save_file({name: tensor.contiguous() for name, tensor in module.state_dict().items()}, file)
    except SafetensorError as error:  # a full disk, in the library's own words
        raise OSError(str(error)) from error


def export_graphs(fitted: Fitted, folder: Path) -> None:
    """user.onnx, query.onnx, item.onnx, ranker.onnx, each checked against its network on random inputs."""
    towers, width = fitted.scene.towers, fitted.scene.vectors.shape[1]
    sizes, generator = towers.encoder.sizes, torch.Generator().manual_seed(0)
    user = UserGraph(towers.model).eval()
    for batch, length in ((2, 3), (1, 0), (3, 7)):
        given = _user_example(sizes, width, batch, length, generator)
        if (batch, length) == (2, 3):
            axes = {name: {0: "b"} for name in (*UserGraph.INPUTS, "user")}
            axes |= {name: {0: "b", 1: "l"} for name in ("history", "token", "gap")}
            write_graph(user, given, folder / "user.onnx", UserGraph.INPUTS, ("user",), axes)
        compare(user, given, folder / "user.onnx")
    query = QueryGraph(towers.model).eval()
    for batch in (2, 1):
        given = _query_example(sizes, width, batch, generator)
        if batch == 2:
            axes = {name: {0: "b"} for name in (*QueryGraph.INPUTS, "query", "context")}
            write_graph(query, given, folder / "query.onnx", QueryGraph.INPUTS, ("query", "context"), axes)
        compare(query, given, folder / "query.onnx")
    item = ItemGraph(towers.model).eval()
    given = tuple(towers.features[name][:3] for name in item.INPUTS)
    axes = {name: {0: "n"} for name in (*item.INPUTS, "vectors", "biases")}
    write_graph(item, given, folder / "item.onnx", item.INPUTS, ("vectors", "biases"), axes)
    compare(item, tuple(part[:1] for part in given), folder / "item.onnx")
    ranker = fitted.ranker.eval()
    for batch, count in ((2, 5), (1, 1)):
        features = fitted.ranker.mean + torch.randn(
            batch, count, len(fitted.ranker.mean), generator=generator
        ) * fitted.ranker.scale.clamp(max=10)
        states = (torch.randn(batch, width, generator=generator) for _ in range(3))
        given = (features, *states, torch.randn(batch, count, width, generator=generator))
        if batch == 2:
            axes = {name: {0: "b"} for name in (*Ranker.INPUTS, "heads")}
            axes |= {name: {0: "b", 1: "c"} for name in ("features", "vectors", "heads")}
            write_graph(ranker, given, folder / "ranker.onnx", Ranker.INPUTS, ("heads",), axes)
        compare(ranker, given, folder / "ranker.onnx")


def _codes(rows: int, *shape: int, generator: torch.Generator) -> torch.Tensor:
    return torch.randint(0, rows, shape, generator=generator)


def _user_example(sizes, width: int, batch: int, length: int, generator) -> tuple[torch.Tensor, ...]:
    codes = partial(_codes, generator=generator)
    return (
        torch.randn(batch, length, width, generator=generator),
        codes(encoding.N_EVENT_TOKENS, batch, length),
        codes(encoding.N_GAPS, batch, length),
        codes(sizes["topics"], batch, encoding.INTERESTS_LENGTH),
        *(codes(sizes[name], batch) for name in ("genders", "countries", "educations")),
        codes(encoding.N_AGES, batch),
    )


def _query_example(sizes, width: int, batch: int, generator) -> tuple[torch.Tensor, ...]:
    rows = (encoding.N_HOURS, encoding.N_WEEKDAYS, encoding.N_DEVICES, sizes["locales"])
    rows += (encoding.N_PLACEMENTS, encoding.N_GAPS)
    return (
        torch.randn(batch, width, generator=generator),
        *(_codes(count, batch, generator=generator) for count in rows),
        torch.randn(batch, width, generator=generator),
    )
