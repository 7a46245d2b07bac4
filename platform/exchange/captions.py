"""Timed text of videos: SubRip, Open edX's `.sjson` and WebVTT, all read into WebVTT and a transcript."""

import json
import re

_TIME = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})")
_TAG = re.compile(r"<[^>]*>|\{\\[^}]*\}")

Cue = tuple[int, int, str]


def read_cues(data: bytes, name: str) -> list[Cue]:
    """(start, end, text) in milliseconds; empty where the file is none of the three formats."""
    text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    if name.endswith((".sjson", ".json")) or text.lstrip().startswith("{"):
        return _sjson(text)
    cues = []
    for block in re.split(r"\n\s*\n", text):
        lines = block.strip().split("\n")
        for index, line in enumerate(lines):
            start, arrow, end = line.partition("-->")
            if arrow:
                begin, finish = _milliseconds(start), _milliseconds(end)
                words = _TAG.sub("", " ".join(lines[index + 1 :])).strip()
                if begin is not None and finish is not None and words:
                    cues.append((begin, finish, words))
                break
    return cues


def _milliseconds(text: str) -> int | None:
    match = _TIME.search(text)
    if not match:
        return None
    hours, minutes, seconds, fraction = match.groups()
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))


def _sjson(text: str) -> list[Cue]:
    try:
        data = json.loads(text)
        rows = zip(data["start"], data["end"], data["text"], strict=False)
        return [(int(a), int(b), " ".join(str(t).split())) for a, b, t in rows if str(t or "").strip()]
    except (ValueError, KeyError, TypeError):
        return []


def _stamp(milliseconds: int) -> str:
    seconds, fraction = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{fraction:03}"


def to_vtt(cues: list[Cue]) -> str:
    lines = ["WEBVTT", ""]
    for start, end, text in cues:
        # An arrow inside a cue would be read as another time line.
        lines += [f"{_stamp(start)} --> {_stamp(end)}", text.replace("-->", "→"), ""]
    return "\n".join(lines)


def to_transcript(cues: list[Cue]) -> str:
    """Running text in paragraphs: a new one after a pause of two seconds or about 90 words."""
    paragraphs: list[list[str]] = [[]]
    last_end, words = None, 0
    for start, end, text in cues:
        long_pause = last_end is not None and start - last_end > 2000
        full = words > 90 and paragraphs[-1] and paragraphs[-1][-1].endswith((".", "?", "!"))
        if paragraphs[-1] and (long_pause or full):
            paragraphs.append([])
            words = 0
        paragraphs[-1].append(text)
        words += len(text.split())
        last_end = end
    return "\n\n".join(" ".join(paragraph) for paragraph in paragraphs if paragraph)
