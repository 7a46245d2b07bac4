"""The report's plots, as SVG text. Every mark has a title, so that its figures can be read by pointing."""

from __future__ import annotations

import math
from html import escape

WIDTH, HEIGHT = 640, 340
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 16, 48
COLOURS = ("#3b5bdb", "#e8590c", "#2b8a3e", "#9c36b5", "#c92a2a", "#0b7285", "#5f3dc4", "#846358", "#495057")


def colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]


def _scale(low: float, high: float, start: float, stop: float):
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (stop - start)


def _ticks(low: float, high: float, n: int = 5) -> list[float]:
    """Round numbers that cover [low, high]."""
    span = (high - low) or abs(high) or 1.0
    step = 10 ** math.floor(math.log10(span / n))
    step *= next(factor for factor in (1, 2, 5, 10) if span / (step * factor) <= n)
    first = math.ceil(low / step - 1e-9)
    return [tick * step for tick in range(first, math.floor(high / step + 1e-9) + 1)]


def _svg(body: list[str], title: str, height: int = HEIGHT) -> str:
    head = f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
    return head + "".join(body) + "</svg>"


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _frame(
    x_ticks: list[tuple[float, str]], y_ticks: list[tuple[float, str]], x_name: str, y_name: str
) -> list:
    """Grid lines and captions; ticks are (pixel, label)."""
    out = []
    for y, label in y_ticks:
        out.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        out.append(_text(LEFT - 6, y + 4, label, "end"))
    for x, label in x_ticks:
        out.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
        out.append(_text(x, HEIGHT - BOTTOM + 16, label))
    out.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x_name))
    out.append(_text(LEFT, TOP - 4, y_name, "start"))
    return out


def scatter(points: list[tuple[str, float, float]], *, x_name: str, y_name: str) -> str:
    """Named points over a logarithmic x axis."""
    exponents = [math.log10(max(x, 1e-3)) for _, x, _ in points]
    low, high = math.floor(min(exponents)), math.ceil(max(exponents) + 1e-9)
    top = max(y for *_, y in points) * 1.1 or 1.0
    x_at = _scale(low, max(high, low + 1), LEFT, WIDTH - RIGHT)
    y_at = _scale(0, top, HEIGHT - BOTTOM, TOP)
    x_ticks = [(x_at(exponent), f"{10.0**exponent:g}") for exponent in range(low, max(high, low + 1) + 1)]
    out = _frame(x_ticks, [(y_at(tick), f"{tick:g}") for tick in _ticks(0, top)], x_name, y_name)
    for place, ((name, x, y), exponent) in enumerate(zip(points, exponents, strict=True)):
        px, py = x_at(exponent), y_at(y)
        out.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="5" fill="{colour(place)}">')
        out.append(f"<title>{escape(name)}: {x:g}, {y:.4f}</title></circle>")
        side = "end" if px > WIDTH * 0.75 else "start"
        out.append(_text(px + (-9 if side == "end" else 9), py + 4, name, side))
    return _svg(out, f"{y_name} against {x_name}")


def bars(rows: list[tuple[str, float, float, float]], *, name: str) -> str:
    """(label, value, low, high) as horizontal bars with their intervals."""
    step = 26
    height = TOP + step * len(rows) + 30
    label_width = 170
    x_at = _scale(0, max(high for *_, high in rows) * 1.05 or 1.0, label_width, WIDTH - 70)
    out = []
    for place, (label, value, low, high) in enumerate(rows):
        y = TOP + place * step
        width = x_at(value) - label_width
        out.append(f'<rect class="bar" x="{label_width}" y="{y}" width="{width:.1f}" height="16">')
        out.append(f"<title>{escape(label)}: {value:.4f} ({low:.4f} to {high:.4f})</title></rect>")
        out.append(
            f'<line class="whisker" x1="{x_at(low):.1f}" x2="{x_at(high):.1f}" y1="{y + 8}" y2="{y + 8}"/>'
        )
        out.append(_text(label_width - 8, y + 13, label, "end"))
        out.append(_text(x_at(high) + 6, y + 13, f"{value:.4f}", "start"))
    out.append(_text(label_width, height - 8, name, "start"))
    return _svg(out, name, height)


def lines(curves: dict[str, list[tuple[float, float]]], *, x_name: str, y_name: str) -> str:
    """Named curves of (x, y) with a legend at their ends."""
    points = [point for curve in curves.values() for point in curve]
    x_high = max(x for x, _ in points)
    y_low, y_high = min(y for _, y in points), max(y for _, y in points)
    x_at, y_at = _scale(0, x_high, LEFT, WIDTH - 150), _scale(y_low, y_high, HEIGHT - BOTTOM, TOP + 8)
    x_ticks = [(x_at(tick), f"{tick:g}") for tick in _ticks(0, x_high)]
    y_ticks = [(y_at(tick), f"{tick:g}") for tick in _ticks(y_low, y_high)]
    out = _frame(x_ticks, y_ticks, x_name, y_name)
    for place, (name, curve) in enumerate(curves.items()):
        path = " ".join(f"{x_at(x):.1f},{y_at(y):.1f}" for x, y in curve)
        out.append(f'<polyline fill="none" stroke="{colour(place)}" stroke-width="2" points="{path}">')
        out.append(f"<title>{escape(name)}</title></polyline>")
        out.append(_text(WIDTH - 140, TOP + 16 + 18 * place, f"— {name}", "start"))
        out[-1] = out[-1].replace("<text ", f'<text fill="{colour(place)}" ', 1)
    return _svg(out, f"{y_name} over {x_name}")
