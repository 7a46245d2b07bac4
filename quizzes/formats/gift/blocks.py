"""A file as its questions: they end at a blank line outside braces."""

import re


def blocks_of(lines):
    """(line number, text, comments) of each question and category."""
    block, comments, start, depth = [], [], 0, 0
    pending_blank = False

    def done():
        return start, "\n".join(block).strip(), "\n".join(comments)

    for number_, line in enumerate(lines, start=1):
        stripped = line.strip()
        if stripped.startswith("//"):
            comments.append(stripped[2:].strip())
            continue
        if stripped.startswith("$CATEGORY:"):
            if block:
                yield done()
            yield number_, stripped, ""
            block, comments, depth, pending_blank = [], [], 0, False
            continue
        # A name at the start of a line after a blank one begins a question even where a brace was left open.
        if pending_blank and block and depth and stripped.startswith("::"):
            yield done()
            block, depth = [], 0
        if not stripped:
            pending_blank = True
            if block and depth <= 0:
                yield done()
                block, comments, depth = [], [], 0
            elif block:
                block.append("")
            continue
        pending_blank = False
        if block and depth == 0 and stripped.startswith("::") and "}" in "".join(block):
            yield done()
            block, comments = [], []
        if not block:
            start = number_
        block.append(line)
        bare = re.sub(r"\\.", "", line)
        depth = max(0, depth + bare.count("{") - bare.count("}"))
    if block:
        yield done()
