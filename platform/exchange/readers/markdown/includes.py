"""Files that a page takes in by name: mdBook's `{{#include}}` and the snippets of MkDocs."""

import re
from collections.abc import Callable

_MDBOOK = re.compile(r"(?<!\\)\{\{\s*#(?:include|rustdoc_include|playground)\s+([^}\s]+)[^}]*\}\}")
_SNIPPET = re.compile(r"^[ \t]*-+8<-+[ \t]+\"([^\"\n]+)\"[ \t]*$", re.MULTILINE)
_ANCHOR = re.compile(r".*\bANCHOR(?:_END)?:\s*[\w-]+")
DEPTH = 4
MOST_CHARACTERS = 2_000_000


def with_includes(text: str, read: Callable[[str], str | None], depth: int = 0) -> str:
    """The text with the files in their places. `read` gives a file's text, or None where there is none."""
    if depth > DEPTH or len(text) > MOST_CHARACTERS:
        return text

    def put(found: re.Match) -> str:
        path, _colon, part = found[1].partition(":")
        content = read(path)
        if content is None:
            return found[0]
        return with_includes(_part(content, part), read, depth + 1)

    return _SNIPPET.sub(put, _MDBOOK.sub(put, text))


def _part(text: str, part: str) -> str:
    """All of a file, its lines `2:5`, or what stands between the anchors of a name."""
    lines = text.rstrip("\n").split("\n")
    first, _colon, last = part.partition(":")
    if part and not first.isdigit() and first:
        marks = [
            place
            for place, line in enumerate(lines)
            if re.search(rf"ANCHOR(_END)?:\s*{re.escape(first)}\b", line)
        ]
        lines = lines[marks[0] + 1 : marks[1]] if len(marks) > 1 else lines
    elif part:
        start = int(first) if first else 1
        end = int(last) if last.isdigit() else (len(lines) if _colon else start)
        lines = lines[max(start - 1, 0) : end]
    return "\n".join(line for line in lines if not _ANCHOR.fullmatch(line))
