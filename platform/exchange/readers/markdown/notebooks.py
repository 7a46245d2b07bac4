"""Jupyter notebooks as Markdown."""

import json
import re
from urllib.parse import quote

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def notebook(text: str) -> tuple[str, str]:
    """(Markdown of a Jupyter notebook, what was wrong): its texts, its code and what it put out."""
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
            out.append(_with_attachments(source, cell.get("attachments")))
        elif cell.get("cell_type") == "code" and source.strip():
            out.append(_fenced(source, str(language)))
            outputs = (_output(output) for output in cell.get("outputs") or [] if isinstance(output, dict))
            out += filter(None, outputs)
    return "\n\n".join(out), ""


def _output(output: dict) -> str:
    """What a cell printed, drew or failed with. Of several forms of one thing, a picture says the most."""
    data = output.get("data") if isinstance(output.get("data"), dict) else {}
    if picture := _picture(data):
        return f"![{_joined(data.get('text/plain'))[:100].strip('<>') or 'Output'}]({picture})"
    if output.get("output_type") == "error":
        shown = "\n".join(str(line) for line in output.get("traceback") or [])
        shown = shown or f"{output.get('ename')}: {output.get('evalue')}"
    else:
        shown = _joined(output.get("text") or data.get("text/plain") or data.get("text/markdown"))
    shown = _COLOURS.sub("", shown)
    if not shown.strip() or shown.startswith(("<Figure", "<matplotlib", "<Axes")):
        return ""
    return _fenced(shown, "text")


def _picture(data: dict) -> str:
    """The address of a picture that holds it, as pages of Markdown may have one."""
    kind = next((kind for kind in ("image/png", "image/jpeg", "image/gif") if data.get(kind)), None)
    return f"data:{kind};base64,{''.join(_joined(data[kind]).split())}" if kind else ""


def _with_attachments(source: str, attachments) -> str:
    for name, data in attachments.items() if isinstance(attachments, dict) else ():
        if isinstance(data, dict) and (picture := _picture(data)):
            for written in {name, quote(str(name))}:
                source = source.replace(f"(attachment:{written})", f"({picture})")
    return source


def _joined(value) -> str:
    return "".join(str(part) for part in value) if isinstance(value, list) else str(value or "")


def _fenced(text: str, language: str) -> str:
    ticks = "`" * max(3, max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    return f"{ticks}{language}\n{text.strip(chr(10))}\n{ticks}"
