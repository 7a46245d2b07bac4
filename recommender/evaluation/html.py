"""The HTML report of one evaluation: one file that needs nothing else."""

from __future__ import annotations

from html import escape

from . import plots

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem }
body { color: #212529 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; display: block; overflow-x: auto }
th, td { padding: .3rem .6rem; border-bottom: 1px solid #dee2e6; text-align: right; white-space: nowrap }
th:first-child, td:first-child { text-align: left }
figure { margin: 2rem 0 } figcaption { color: #495057 } svg { width: 100%; max-width: 46rem }
svg text { font-size: 12px } .grid { stroke: #e9ecef } .bar { fill: #748ffc }
.whisker { stroke: #212529; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
  body { background: #16181b; color: #e9ecef } svg text { fill: #ced4da } .grid { stroke: #343a40 }
  .whisker { stroke: #f8f9fa } figcaption { color: #adb5bd } th, td { border-color: #343a40 }
}
"""


def _cell(value) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else escape(str(value))


def _table(head: list[str], rows: list[list]) -> str:
    out = "<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>"
    for row in rows:
        out += "<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>"
    return f"<table>{out}</table>"


def _figure(plot: str, caption: str) -> str:
    return f"<figure>{plot}<figcaption>{escape(caption)}</figcaption></figure>"


def page(figures: dict) -> str:
    """HTML text of what `evaluate` measured; `figures` is the content of its JSON file."""
    k = figures["k"][0]
    ranked = sorted(figures["models"].items(), key=lambda pair: -pair[1][f"ndcg@{k}"])
    data = figures["data"]
    title = f"Evaluation on {data['source']}, {figures['protocol']}"
    counts = ", ".join(f"{data[name]:,} {name.replace('_', ' ')}" for name in data if name != "source")
    metrics = [
        f"{name}@{k}" for name in ("ndcg", "hr", "recall", "coverage", "novelty", "diversity", "calibration")
    ]
    metrics.insert(3, "mrr")
    costs = ["train_seconds", "train_cpu_seconds", "milliseconds_per_learner", "peak_mebibytes"]
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(counts)}. Full ranking, seen items masked, ties against the target; "
        f"95 % intervals from {figures['bootstrap_draws']} bootstrap draws of learners. "
        f"Seed {figures['seed']}, measured {escape(figures['measured_at'])} on {figures['machine']['cores']} "
        f"cores ({figures['machine']['threads']} threads).</p>",
        "<h2>All models</h2>",
        _table(
            ["model", *metrics, *(cost.replace("_", " ") for cost in costs)],
            [[name, *(model[metric] for metric in metrics + costs)] for name, model in ranked],
        ),
        _figure(
            plots.bars(
                [(name, *(m[f"ndcg@{k}{part}"] for part in ("", "_low", "_high"))) for name, m in ranked],
                name=f"NDCG@{k}",
            ),
            "Quality with its 95 % interval.",
        ),
        _figure(
            plots.scatter(
                [(name, model["train_cpu_seconds"], model[f"ndcg@{k}"]) for name, model in ranked],
                x_name="training, CPU seconds (logarithmic)",
                y_name=f"NDCG@{k}",
            ),
            "Quality against cost.",
        ),
    ]
    curves = {name: model["curve"] for name, model in ranked if len(model["curve"]) > 1}
    if curves:
        plot = plots.lines(curves, x_name="training, seconds", y_name="training loss")
        body.append(_figure(plot, "Learning curves of the neural models."))
    pairs = [
        [
            name,
            model[f"ndcg@{k}_best_other"],
            *(model[f"ndcg@{k}_difference{part}"] for part in ("", "_low", "_high")),
        ]
        for name, model in ranked
        if f"ndcg@{k}_difference" in model
    ]
    if pairs:
        body.append("<h2>Against the best other model</h2>")
        body.append(_table(["model", "best other", f"difference in NDCG@{k}", "low", "high"], pairs))
    body.append("<h2>Slices</h2>")
    for part, first in ranked[0][1]["slices"].items():
        rows = [
            (name, *(m["slices"][part][f"ndcg@{k}{end}"] for end in ("", "_low", "_high")))
            for name, m in ranked
        ]
        rows.sort(key=lambda row: -row[1])
        body.append(_figure(plots.bars(rows, name=f"NDCG@{k}"), f"{part}: {first['targets']:,} targets"))
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(body)}</body></html>'
