"""Tables, and tables that only arrange a page."""

import re
from collections.abc import Callable

from exchange.html_markdown.frames import frame_link
from exchange.html_markdown.parts import Context
from exchange.html_markdown.text import MARK

Convert = Callable[..., str]


def _rows(table) -> list[list]:
    rows = []
    for row in table.iter("tr"):
        owner = row.getparent()
        while owner is not None and owner.tag != "table":
            owner = owner.getparent()
        if owner is table:
            cells = [cell for cell in row if isinstance(cell.tag, str) and cell.tag.lower() in {"td", "th"}]
            if cells:
                rows.append(cells)
    return rows


def _span(cell, name: str) -> int:
    """How many columns (`colspan`) or rows (`rowspan`) a cell takes."""
    try:
        return min(max(int(cell.get(name) or 1), 1), 50)
    except ValueError:
        return 1


def _grid(rows: list[list]) -> list[list]:
    """The cells by row and column; None where a cell beside or above reaches."""
    grid = []
    reaching: dict[int, int] = {}
    for row in rows:
        line: list = []
        left = dict(reaching)
        reaching = {column: more - 1 for column, more in left.items() if more > 1}
        for cell in row:
            while left.pop(len(line), 0):
                line.append(None)
            for place in range(_span(cell, "colspan")):
                if _span(cell, "rowspan") > 1:
                    reaching[len(line)] = _span(cell, "rowspan") - 1
                line.append(None if place else cell)
        grid.append(line)
    return grid


def _cell(cell, context: Context, blocks: Convert) -> str:
    text = blocks(cell, context)
    text = re.sub(rf"{MARK}(\d+){MARK}", lambda m: frame_link(context.frames[int(m.group(1))]), text)
    text = re.sub(r"\$\$\s*(.+?)\s*\$\$", r"$\1$", text, flags=re.DOTALL).replace("\\\n", " ")
    text = re.sub(r"(?m)^(#{1,6}|-|\d+\.) ", "", text)
    return " ".join(text.split())


def table_of(table, context: Context, *, blocks: Convert, block: Convert) -> str:
    """A table; `blocks` converts the content of an element, `block` an element."""
    rows = _rows(table)
    caption = table.find("caption")
    title = block(caption, context) if caption is not None else ""
    nested = any(len(list(cell.iter("table", "pre", "iframe", "video"))) for row in rows for cell in row)
    if not rows:
        return title
    if nested or max(len(row) for row in rows) == 1 or len(rows) == 1:
        # A table for layout alone: its cells one after another.
        bodies = [blocks(cell, context) for row in rows for cell in row]
        return "\n\n".join(part for part in [title, *bodies] if part)
    grid = _grid(rows)
    width = max(map(len, grid))
    lines = []
    for row in grid:
        cells = ["" if cell is None else _cell(cell, context, blocks) for cell in row]
        lines.append("| " + " | ".join(cells + [""] * (width - len(cells))) + " |")
    lines.insert(1, "|" + " --- |" * width)
    body = "\n".join(lines)
    return f"{title}\n\n{body}" if title else body
