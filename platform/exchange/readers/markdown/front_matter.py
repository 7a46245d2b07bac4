"""The YAML between `---` lines, or the TOML between `+++` lines, at the top of a Markdown file."""

import re
import tomllib
from collections.abc import Iterable

import yaml

_FENCED = re.compile(
    r"\A﻿?---[ \t]*\r?\n(.*?)(?:\r?\n)?^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_TOML = re.compile(
    r"\A\ufeff?\+\+\+[ \t]*\r?\n(.*?)(?:\r?\n)?^\+\+\+[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)


def split(text: str) -> tuple[dict, str, str]:
    """(front matter, body, what is wrong with the front matter or ""). Broken YAML stays in nobody's way:
    the body is still read."""
    match = _FENCED.match(text)
    if not match:
        return _split_toml(text)
    body = text[match.end() :]
    try:
        data = yaml.safe_load(match.group(1))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 2}" if mark else ""
        return {}, body, f"The front matter is not YAML that can be read{where}; it was left out."
    if data is None:
        return {}, body, ""
    if not isinstance(data, dict):
        return {}, body, "The front matter holds no names with values; it was left out."
    return {str(key).strip().lower(): value for key, value in data.items()}, body, ""


def _split_toml(text: str) -> tuple[dict, str, str]:
    match = _TOML.match(text)
    if not match:
        return {}, text.removeprefix("﻿"), ""
    body = text[match.end() :]
    try:
        data = tomllib.loads(match.group(1).replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}, body, "The front matter is not TOML that can be read; it was left out."
    return {key.strip().lower(): value for key, value in data.items()}, body, ""


def text_of(data: dict, *names: str) -> str:
    """The first of the values that is a text or a number, on one line."""
    for name in names:
        value = data.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return " ".join(str(value).split())
    return ""


def list_of(data: dict, *names: str) -> tuple[str, ...]:
    """The first of the values that is there, as texts; a single text may separate its parts by commas."""
    for name in names:
        value = data.get(name)
        if isinstance(value, str):
            value = value.split(",")
        if isinstance(value, Iterable) and not isinstance(value, dict | bytes):
            found = [
                str(part.get("name", "") if isinstance(part, dict) else part).strip()
                for part in value
                if part
            ]
            return tuple(part for part in found if part)
    return ()


def number_of(data: dict, *names: str) -> int | None:
    for name in names:
        value = data.get(name)
        if isinstance(value, bool):
            continue
        match = re.match(r"\s*(\d+)", str(value)) if value is not None else None
        if match:
            return int(match.group(1))
    return None
