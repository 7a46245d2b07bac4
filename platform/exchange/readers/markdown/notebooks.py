"""Jupyter notebooks as Markdown."""

import json
import re


def notebook(text: str) -> tuple[str, str]:
    """(Markdown of a Jupyter notebook, what was wrong): its texts, its code and its text outputs."""
    try:
        notebook = json.loads(text)
        cells = notebook["cells"]
        language = (notebook.get("metadata", {}).get("language_info") or {}).get("name") or "python"
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", "It is not a notebook that can be read."
    out = []
    for cell in cells if isinstance(cells, list) else []:
        if not isinstance(cell, dict):
            continue
        source = _joined(cell.get("source"))
        if cell.get("cell_type") == "markdown":
            out.append(source)
        elif cell.get("cell_type") == "code" and source.strip():
            out.append(_fenced(source, str(language)))
            for output in cell.get("outputs") or []:
                shown = _joined(output.get("text") or (output.get("data") or {}).get("text/plain"))
                if shown.strip() and not shown.startswith(("<Figure", "<matplotlib", "<Axes")):
                    out.append(_fenced(shown, "text"))
    return "\n\n".join(out), ""


def _joined(value) -> str:
    return "".join(str(part) for part in value) if isinstance(value, list) else str(value or "")


def _fenced(text: str, language: str) -> str:
    ticks = "`" * max(3, max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    return f"{ticks}{language}\n{text.strip(chr(10))}\n{ticks}"
