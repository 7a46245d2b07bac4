"""Frames, films and sounds: parts of their own, because they are blocks of their own in a lesson."""

from urllib.parse import urlsplit

from exchange.html_markdown.parts import Context, Part
from exchange.html_markdown.text import MARK, escape, target_of


def frame_link(part: Part) -> str:
    return f"[{escape(part.title or part.url)}](<{part.url}>)"


def _frame_source(node) -> str:
    for name in ("src", "data", "data-src"):
        if node.get(name):
            return node.get(name).strip()
    for source in node.iter("source", "embed"):
        if source.get("src"):
            return source.get("src").strip()
    return ""


def is_frame(node) -> bool:
    return bool(_frame_source(node))


def frame_of(node, context: Context) -> str:
    tag = node.tag.lower()
    source = _frame_source(node)
    if source.startswith("//"):
        source = f"https:{source}"
    title = " ".join((node.get("title") or node.get("aria-label") or "").split())
    target = context.link(source)
    if target is None:
        return ""
    kind = tag if tag in {"video", "audio"} else "embed"
    if kind == "embed" and urlsplit(target).scheme not in {"http", "https"}:
        # A file of the course in a frame: offered as a link, because frames show other sites only.
        return f"[{escape(title or target.rpartition('/')[2])}]({target_of(target)})"
    context.frames.append(Part(kind, url=target, title=title))
    return f"{MARK}{len(context.frames) - 1}{MARK}"
