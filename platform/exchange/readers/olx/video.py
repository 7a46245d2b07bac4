"""Where a video component's film and captions are."""

import json
import re

from exchange import captions
from exchange.readers.olx.source import Source

_YOUTUBE = re.compile(r"[A-Za-z0-9_-]{6,20}")


def captions_of(source: Source, element, youtube: str) -> list[tuple[str, list[captions.Cue]]]:
    names: dict[str, str] = {}
    try:
        listed = json.loads(element.get("transcripts") or "{}")
        names |= {str(k): str(v) for k, v in listed.items()} if isinstance(listed, dict) else {}
    except ValueError:
        pass
    for track in element.iter("transcript"):
        if track.get("src"):
            names[track.get("language") or "en"] = track.get("src")
    sub = element.get("sub") or youtube
    if sub and "en" not in names:
        names["en"] = f"subs_{sub}.srt.sjson"
    video_id = element.get("edx_video_id") or ""
    found = []
    for language, name in names.items():
        for candidate in (name, f"{video_id}-{language}.srt"):
            file = source.media.find(candidate.removeprefix("/static/"))
            data = source.read_bytes(f"{source.folder}static/{file}") if file else None
            cues = captions.read_cues(data, file) if data else []
            if cues:
                found.append((language, cues))
                source.report.imported(f"{source.folder}static/{file}", "transcript", language)
                break
    return sorted(found, key=lambda pair: pair[0] != "en")


def youtube_id(element) -> str:
    listed = dict(
        pair.strip().split(":", 1) for pair in (element.get("youtube") or "").split(",") if ":" in pair
    )
    for value in (element.get("youtube_id_1_0"), listed.get("1.00"), listed.get("1.0")):
        if value and _YOUTUBE.fullmatch(value.strip()):
            return value.strip()
    return ""


def sources(element) -> list[str]:
    try:
        listed = json.loads(element.get("html5_sources") or "[]")
    except ValueError:
        listed = []
    found = [str(source) for source in listed] if isinstance(listed, list) else []
    found += [child.get("src") for child in element.iter("source") if child.get("src")]
    found += [video.get("url") for video in element.iter("encoded_video") if video.get("url")]
    if element.get("source"):
        found.append(element.get("source"))
    playable = [s for s in found if s.split("?")[0].lower().endswith((".mp4", ".webm", ".m4v"))]
    return playable + [s for s in found if s not in playable]
