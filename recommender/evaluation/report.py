"""From results to numbers with intervals, and from numbers to a table."""

from __future__ import annotations

import math
import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from scipy import sparse

from recommender.data.splits import Split
from recommender.data.vocabulary import KINDS

from . import metrics
from .bootstrap import LearnerBootstrap, interval
from .labels import item_labels
from .protocol import Result

VERSIONS_OF = ("numpy", "scipy", "torch", "onnxruntime")
CHUNK = 4096


@dataclass(frozen=True, eq=False)
class Judged:
    """One result's values a query: `names[c]` is column c of `values`, float64[targets, columns]."""

    names: list[str]
    values: np.ndarray
    coverage: dict[str, float]


def slices(split: Split) -> dict[str, np.ndarray]:
    """Named subsets of the targets, bool[targets]; those without a target are left out."""
    known = split.ends - split.whole.offsets[split.learners]
    popularity = np.zeros(split.whole.n_items)
    popularity[: split.train.n_items] = split.train.popularity
    named = {
        "history 0": known == 0,
        "history 1-3": (known >= 1) & (known <= 3),
        "history 4-10": (known >= 4) & (known <= 10),
        "history 11+": known > 10,
        "new items": popularity[split.target_items] == 0,
        "new learners": split.new_learner,
    }
    kinds = split.whole.items.kind[split.target_items]
    if len(np.unique(kinds)) > 1:
        named |= {f"kind {KINDS[kind]}": kinds == kind for kind in np.unique(kinds)}
    return {name: mask for name, mask in named.items() if mask.any()}


def judge_result(result: Result, split: Split, ks: list[int]) -> Judged:
    """Every metric of every target."""
    columns = {}
    ranks, learners = result.ranks, split.learners
    _, first = np.unique(learners, return_index=True)
    for k in ks:
        columns[f"hr@{k}"] = metrics.hit(ranks, k)
        columns[f"ndcg@{k}"] = metrics.ndcg(ranks, k)
        recall = np.full(len(ranks), np.nan)  # one value a learner, kept at the learner's first target
        recall[first] = metrics.recall(ranks, learners, k)
        columns[f"recall@{k}"] = recall
    columns["mrr"] = metrics.reciprocal_rank(ranks)
    labels = item_labels(split.whole.items)
    popularity = np.zeros(split.whole.n_items)
    popularity[: split.train.n_items] = split.train.popularity
    for k in ks:
        lists = result.lists[:, :k]
        columns[f"novelty@{k}"] = metrics.novelty(lists, popularity, split.train.n_learners)
        columns[f"diversity@{k}"] = metrics.intra_list_diversity(lists, labels)
        parts = []
        for start in range(0, len(split), CHUNK):
            queries = split.queries(start, start + CHUNK)
            shape = (len(queries), split.whole.n_items)
            ones = np.ones(len(queries.items))
            met = sparse.csr_matrix((ones, queries.items, queries.offsets), shape=shape)
            parts.append(metrics.calibration(lists[start : start + CHUNK], met, labels))
        columns[f"calibration@{k}"] = np.concatenate(parts)
    coverage = {f"coverage@{k}": metrics.coverage(result.lists[:, :k], split.whole.n_items) for k in ks}
    return Judged(list(columns), np.stack(list(columns.values()), axis=1), coverage)


def _number(value: float) -> float | None:
    """Six digits; None where there is nothing to say (JSON has no nan)."""
    return None if not math.isfinite(value) else round(float(value), 6)


def summarise(results: list[Result], split: Split, *, ks: list[int], seed: int, draws: int = 1000) -> dict:
    """{model: {metric: mean, metric_low, metric_high, metric_difference: to the best other model, ...}}."""
    bootstrap = LearnerBootstrap(split.learners, draws=draws, seed=seed)
    masks = {"": np.ones(len(split), bool)} | slices(split)
    sliced = [f"{metric}@{k}" for k in ks for metric in ("hr", "ndcg")]
    means, replicates, models = {}, {}, {}
    for result in results:
        judged = judge_result(result, split, ks)
        names = list(judged.names)
        values = [judged.values]
        for name, mask in masks.items():
            if name:
                chosen = judged.values[:, [judged.names.index(metric) for metric in sliced]]
                values.append(np.where(mask[:, None], chosen, np.nan))
                names += [f"{name}/{metric}" for metric in sliced]
        values = np.concatenate(values, axis=1)
        known = np.isfinite(values)
        totals, counts = np.where(known, values, 0).sum(axis=0), known.sum(axis=0)
        mean = np.divide(totals, counts, out=np.full(len(totals), np.nan), where=counts > 0)
        means[result.name] = dict(zip(names, mean, strict=True))
        replicates[result.name] = bootstrap.means(values)
        low, high = interval(replicates[result.name])
        models[result.name] = {
            "settings": result.settings,
            "train_seconds": round(result.train_seconds, 2),
            "train_cpu_seconds": round(result.train_cpu_seconds, 2),
            "milliseconds_per_learner": round(result.milliseconds_per_learner, 4),
            "peak_mebibytes": round(result.peak_mebibytes),
            "curve": [[round(seconds, 2), round(loss, 4)] for seconds, loss in result.curve],
            "slices": {},
        } | {name: _number(value) for name, value in judged.coverage.items()}
        for column, name in enumerate(names):
            where, _, metric = name.rpartition("/")
            into = models[result.name]["slices"].setdefault(where, {}) if where else models[result.name]
            into |= {
                metric: _number(mean[column]),
                f"{metric}_low": _number(low[column]),
                f"{metric}_high": _number(high[column]),
            }
            if where:
                into["targets"] = int(masks[where].sum())
    for name, model in models.items():
        for column, metric in enumerate(names):
            others = [other for other in models if other != name and np.isfinite(means[other][metric])]
            if not others or not np.isfinite(means[name][metric]):
                continue
            sign = -1 if metric.startswith("calibration") else 1  # less is better there
            best = max(others, key=lambda other: sign * means[other][metric])
            difference = replicates[name][:, [column]] - replicates[best][:, [column]]
            low, high = interval(difference)
            where, _, short = metric.rpartition("/")
            into = model["slices"][where] if where else model
            into |= {
                f"{short}_best_other": best,
                f"{short}_difference": _number(means[name][metric] - means[best][metric]),
                f"{short}_difference_low": _number(low[0]),
                f"{short}_difference_high": _number(high[0]),
            }
    return models


def machine() -> dict:
    """What the figures were measured on."""
    pages, page_size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": os.cpu_count(),
        "memory_gibibytes": round(pages * page_size / 2**30, 1),
        "architecture": platform.machine(),
        "system": platform.system(),
    }


def versions() -> dict:
    found = {"python": platform.python_version()}
    for package in VERSIONS_OF:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def table(models: dict, ks: list[int]) -> str:
    """The main figures as a Markdown table, best NDCG first."""
    k = ks[0]
    head = [
        "model",
        f"NDCG@{k} (95 %)",
        f"HR@{k}",
        "MRR",
        f"coverage@{k}",
        "training, CPU",
        "ms a learner",
        "MiB",
    ]
    lines = ["| " + " | ".join(head) + " |", "| --- " * len(head) + "|"]
    for name, model in sorted(models.items(), key=lambda pair: -pair[1][f"ndcg@{k}"]):
        ndcg, low, high = (model[f"ndcg@{k}{part}"] for part in ("", "_low", "_high"))
        cells = [
            name,
            f"{ndcg:.4f} ({low:.4f} to {high:.4f})",
            f"{model[f'hr@{k}']:.4f}",
            f"{model['mrr']:.4f}",
            f"{model[f'coverage@{k}']:.3f}",
            f"{model['train_cpu_seconds']:.1f} s",
            f"{model['milliseconds_per_learner']:.3f}",
            f"{model['peak_mebibytes']}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def slice_table(models: dict, k: int) -> str:
    """NDCG@k of every slice as a Markdown table."""
    names = list(next(iter(models.values()))["slices"])
    if not names:
        return ""
    lines = ["| model | " + " | ".join(names) + " |", "| --- " * (len(names) + 1) + "|"]
    counts = next(iter(models.values()))["slices"]
    lines.append("| targets | " + " | ".join(str(counts[name]["targets"]) for name in names) + " |")
    for model_name, model in sorted(models.items(), key=lambda pair: -pair[1][f"ndcg@{k}"]):
        cells = [f"{model['slices'][name][f'ndcg@{k}']:.4f}" for name in names]
        lines.append(f"| {model_name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
